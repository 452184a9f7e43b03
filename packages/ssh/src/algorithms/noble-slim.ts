import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import type { sha1 } from "@noble/hashes/legacy.js";
import { sha256, type sha384, sha512 } from "@noble/hashes/sha2.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { SshError } from "../errors.ts";
import { nobleChacha20, noblePoly1305 } from "./noble-ciphers.ts";
import { nobleAesGcm } from "./noble-gcm.ts";
import { orUndefined } from "./or-undefined.ts";
import type { CryptoProvider, HashName, Kem, KeyAgreement, SignatureScheme } from "./provider.ts";

/**
 * `nobleProvider` without what the preset `slim` does not need: the NIST curves, which are a sixth of it in a bundle, AES-CTR,
 * HMAC, SHA-1 and SHA-384. Asking for one of them is `local-usage`. For connections: what reads and makes keys takes all of
 * `nobleProvider`.
 */
export const slimNobleProvider: CryptoProvider = {
  name: "noble, slim",
  hash: (name, data) => slimHash(name)(data),
  createHash: (name) => slimHash(name).create(),
  hmacKey: () => notHere("HMAC"),
  aesCtr: () => notHere("AES-CTR"),
  aesGcm: nobleAesGcm,
  chacha20: nobleChacha20,
  poly1305: noblePoly1305,
  keyAgreement: (name) => (name === "x25519" ? x25519Agreement : notHere(name)),
  kem: () => mlkem768,
  signature: (name) => (name === "ed25519" ? ed25519Scheme : notHere(name)),
};

function notHere(name: string): never {
  throw new SshError(
    "local-usage",
    `using ${name}: the slim provider has neither NIST curves nor SHA-1, take \`nobleProvider\``,
  );
}

export type NobleHash = typeof sha1 | typeof sha256 | typeof sha384 | typeof sha512;

export function slimHash(name: HashName): NobleHash {
  switch (name) {
    case "sha256":
      return sha256;
    case "sha512":
      return sha512;
    default:
      return notHere(name);
  }
}

const x25519Agreement: KeyAgreement = {
  publicKeyLength: 32,
  generate: (random) => {
    const secretKey = random(32);
    return { secretKey, publicKey: x25519.getPublicKey(secretKey) };
  },
  // Throws for a wrong length and for every point of low order, so an all-zero secret cannot come out (RFC 8731 §3).
  sharedSecret: (secretKey, peer) => orUndefined(() => x25519.getSharedSecret(secretKey, peer)),
};

const mlkem768: Kem = {
  publicKeyLength: 1184,
  ciphertextLength: 1088,
  generate: (random) => ml_kem768.keygen(random(64)),
  encapsulate: (publicKey, random) => {
    if (publicKey.length !== 1184) return undefined;
    const seed = random(32);
    // Throws for keys whose coefficients are not reduced (FIPS 203 §7.2).
    return orUndefined(() => {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, seed);
      return { ciphertext: cipherText, secret: sharedSecret };
    });
  },
  decapsulate: (ciphertext, secretKey) => {
    if (ciphertext.length !== 1088) return undefined;
    return orUndefined(() => ml_kem768.decapsulate(ciphertext, secretKey));
  },
};

const ed25519Scheme: SignatureScheme = {
  secretKeyLength: 32,
  publicKeyLength: 32,
  signatureLength: 64,
  generate: (random) => {
    const secretKey = random(32);
    return { secretKey, publicKey: ed25519.getPublicKey(secretKey) };
  },
  publicKey: (secretKey) => orUndefined(() => ed25519.getPublicKey(secretKey)),
  sign: (secretKey, data) => ed25519.sign(data, secretKey),
  // zip215 would accept signatures that RFC 8032 §5.1.7 does not.
  verify: (publicKey, data, signature) =>
    orUndefined(() => ed25519.verify(signature, data, publicKey, { zip215: false })) === true,
};
