import type { CryptoProvider } from "@netconf-kit/ssh";
import { nodeAesCtr, nodeAesGcm, nodeChacha20, recyclePlain, runsCipher } from "./crypto-ciphers.ts";
import { nodeHash, nodeHmacKey, nodeIncrementalHash } from "./crypto-hashes.ts";
import { nodeNistAgreement, nodeX25519 } from "./crypto-key-agreement.ts";
import { nistCurves } from "./crypto-nist-curves.ts";
import { agrees, signs } from "./crypto-probe.ts";
import { nodeEcdsa, nodeEd25519 } from "./crypto-signatures.ts";

const GCM = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"] as const;
const CTR = ["aes128-ctr", "aes256-ctr"] as const;
/** Measured: OpenSSL's GCM is the fastest where the processor knows AES. Deno's, which is not OpenSSL's, is behind its CTR. */
const PREFERRED_CIPHERS = "deno" in process.versions ? [...CTR, ...GCM] : [...GCM, ...CTR];

/**
 * node:crypto as the cryptography of SSH connections: hashes, HMAC, X25519, Ed25519, the NIST curves, AES and ChaCha20.
 *
 * What the runtime at hand lacks comes from `fallback`: ML-KEM and Poly1305 everywhere, ChaCha20 in Bun. That is found out by trying,
 * once, when the provider is made (about a millisecond): keep one provider for all connections.
 *
 * @param fallback a complete provider, such as `nobleProvider`
 * @example
 * const provider = nodeCryptoProvider(nobleProvider);
 * const connection = await connectSsh(socket, { ...options, provider });
 */
export function nodeCryptoProvider(fallback: CryptoProvider): CryptoProvider {
  const agreements = new Map(
    [nodeX25519, ...nistCurves.map(nodeNistAgreement)]
      .filter(({ agreement }) => agrees(agreement))
      .map(({ name, agreement }) => [name, agreement]),
  );
  const schemes = new Map(
    [nodeEd25519, ...nistCurves.map(nodeEcdsa)]
      .filter(({ scheme }) => signs(scheme))
      .map(({ name, scheme }) => [name, scheme]),
  );
  return {
    name: "node:crypto",
    preferredCiphers: PREFERRED_CIPHERS,
    hash: nodeHash,
    createHash: nodeIncrementalHash,
    hmacKey: nodeHmacKey,
    aesCtr: runsCipher("aes-128-ctr", 16, 16) ? nodeAesCtr : fallback.aesCtr,
    aesGcm: runsCipher("aes-128-gcm", 16, 12) ? nodeAesGcm : fallback.aesGcm,
    chacha20: runsCipher("chacha20", 32, 16) ? nodeChacha20 : fallback.chacha20,
    // node:crypto has Poly1305 only inside ChaCha20-Poly1305 of RFC 8439, which is not what SSH uses.
    poly1305: (key, data) => fallback.poly1305(key, data),
    recycle: recyclePlain,
    keyAgreement: (name) => agreements.get(name) ?? fallback.keyAgreement(name),
    kem: (name) => fallback.kem(name),
    signature: (name) => schemes.get(name) ?? fallback.signature(name),
  };
}
