/**
 * Something that signs with a private key: a key in memory, an agent, a hardware module. The promise form lets all of
 * them fit.
 */
export interface Signer {
  /** Signature algorithms this key can be used with, best first, such as `["rsa-sha2-512", "rsa-sha2-256"]`. */
  readonly algorithms: readonly string[];
  /** The public key in wire form (RFC 4253 §6.6). */
  readonly publicBlob: Uint8Array;
  /** The signature blob, algorithm name included. Throws `local-usage` for an algorithm that is not in `algorithms`. */
  sign(data: Uint8Array, algorithm: string): Uint8Array | Promise<Uint8Array>;
}
