import type { CryptoProvider } from "../algorithms/provider.ts";
import type { HostKeyAlgorithm } from "../algorithms/signatures/host-key-algorithm.ts";
import { SshError } from "../errors.ts";
import { fingerprintSha256 } from "../keys/fingerprint.ts";

/** The key a server has shown and proved to hold. Whether it is the *right* key is for the caller to say. */
export interface OfferedHostKey {
  /** The signature algorithm that proved it, such as `rsa-sha2-512`. */
  readonly algorithm: string;
  /** The type of the key, such as `ssh-rsa`. */
  readonly keyType: string;
  /** The public key in wire form (RFC 4253 §6.6). */
  readonly publicBlob: Uint8Array;
  /** `SHA256:…`, as OpenSSH prints it. */
  readonly fingerprint: string;
}

declare const verifiedBrand: unique symbol;

/** Evidence that the caller has accepted this key. Made in this file only. */
export interface VerifiedHostKey extends OfferedHostKey {
  /** What the verifier found out about the peer: a device name, a record, anything. */
  readonly identity?: unknown;
  readonly [verifiedBrand]: true;
}

/** What a verifier answers. Anything that is not exactly `accept: true` is a rejection. */
export type HostKeyVerdict =
  | { readonly accept: true; readonly identity?: unknown }
  | { readonly accept: false; readonly reason: string };

/**
 * Checks the server's signature over the exchange hash (RFC 4253 §8) and gives the key that made it.
 * Throws `host-key-signature-invalid`.
 */
export function proveHostKey(
  provider: CryptoProvider,
  algorithm: HostKeyAlgorithm,
  publicBlob: Uint8Array,
  exchangeHash: Uint8Array,
  signature: Uint8Array,
): OfferedHostKey {
  // Only `true` passes: an exception or anything else inside the verification is a wrong signature.
  if (!verifies(() => algorithm.verify(provider, publicBlob, exchangeHash, signature)))
    throw new SshError(
      "host-key-signature-invalid",
      `checking the host key: its ${algorithm.name} signature over this exchange is wrong`,
      { phase: "key exchange" },
    );
  return {
    algorithm: algorithm.name,
    keyType: algorithm.keyType,
    publicBlob,
    fingerprint: fingerprintSha256(publicBlob, provider),
  };
}

/**
 * Turns a verdict into evidence. Throws `host-key-rejected`, with `cause`, for everything but an explicit acceptance.
 */
export function acceptHostKey(offered: OfferedHostKey, verdict: HostKeyVerdict, cause?: unknown): VerifiedHostKey {
  // The verdict comes from foreign code that types may not bind: `undefined` and truthy values are rejections.
  if (verdict?.accept === true) {
    const { algorithm, keyType, publicBlob, fingerprint } = offered;
    return { algorithm, keyType, publicBlob, fingerprint, identity: verdict.identity } as VerifiedHostKey; // made here only
  }
  const reason = typeof verdict?.reason === "string" ? verdict.reason : "the verifier did not accept it";
  throw hostKeyRejected(offered, reason, cause);
}

export function hostKeyRejected(offered: OfferedHostKey, reason: string, cause?: unknown): SshError {
  return new SshError(
    "host-key-rejected",
    `verifying the host key "${offered.fingerprint}" (${offered.keyType}): ${reason}`,
    cause === undefined ? { phase: "host key verification" } : { phase: "host key verification", cause },
  );
}

/** Runs a verification whose every failure means no. */
export function verifies(verify: () => boolean): boolean {
  try {
    return verify() === true;
  } catch {
    return false;
  }
}
