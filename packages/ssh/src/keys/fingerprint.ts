import { sha256 } from "@noble/hashes/sha2.js";
import type { CryptoProvider } from "../algorithms/provider.ts";
import { encodeBase64 } from "../wire/base64.ts";

/**
 * `SHA256:…`, the fingerprint that OpenSSH prints: SHA-256 over the public key in wire form, base64 without padding.
 *
 * @example
 * fingerprintSha256(hostKey.publicBlob); // "SHA256:JQ6FV0rf7qqJHZqIj4zNH8eV0oB8KLKh9Pph3FTD98g"
 */
export function fingerprintSha256(publicBlob: Uint8Array, provider?: Pick<CryptoProvider, "hash">): string {
  const digest = provider === undefined ? sha256(publicBlob) : provider.hash("sha256", publicBlob);
  return `SHA256:${encodeBase64(digest).replace(/=+$/, "")}`;
}
