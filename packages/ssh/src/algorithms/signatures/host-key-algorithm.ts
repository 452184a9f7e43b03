import type { CryptoProvider } from "../provider.ts";

/** A public key algorithm of RFC 4253 §6.6: what is negotiated for host keys and named in user authentication. */
export interface HostKeyAlgorithm {
  /** The name of the signature algorithm, such as `rsa-sha2-512`. */
  readonly name: string;
  /** The name inside the key blob, such as `ssh-rsa`. */
  readonly keyType: string;
  /** Comes from `legacy.ts`, and is named in the negotiated result. */
  readonly legacy?: boolean;
  /**
   * Whether `signatureBlob` is a signature of this very algorithm over `data`, made with the key `publicBlob`.
   * `false` for anything malformed; never throws on bytes of a peer.
   */
  verify(provider: CryptoProvider, publicBlob: Uint8Array, data: Uint8Array, signatureBlob: Uint8Array): boolean;
}
