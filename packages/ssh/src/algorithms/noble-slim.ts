import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { SshError } from "../errors.ts";
import { nobleAesCtr, nobleAesGcm, nobleChacha20, noblePoly1305 } from "./noble-ciphers.ts";
import { orUndefined } from "./or-undefined.ts";
import type { CryptoProvider, HashName, HmacKey, Kem, KeyAgreement, SignatureScheme } from "./provider.ts";

/** `nobleProvider` without the NIST curves, which are a sixth of it in a bundle. Asking for one of them is `local-usage`. */
export const slimNobleProvider: CryptoProvider = {
  name: "noble, slim",
  hash: (name, data) => hashOf(name)(data),
  createHash: (name) => hashOf(name).create(),
  hmacKey,
  aesCtr: nobleAesCtr,
  aesGcm: nobleAesGcm,
  chacha20: nobleChacha20,
  poly1305: noblePoly1305,
  keyAgreement: (name) => (name === "x25519" ? x25519Agreement : notHere(name)),
  kem: () => mlkem768,
  signature: (name) => (name === "ed25519" ? ed25519Scheme : notHere(name)),
};

function notHere(name: string): never {
  throw new SshError("local-usage", `using ${name}: the slim provider has no NIST curves, take \`nobleProvider\``);
}

type NobleHash = typeof sha1 | typeof sha256 | typeof sha384 | typeof sha512;

function hashOf(name: HashName): NobleHash {
  switch (name) {
    case "sha1":
      return sha1;
    case "sha256":
      return sha256;
    case "sha384":
      return sha384;
    case "sha512":
      return sha512;
  }
}

function hmacKey(name: HashName, key: Uint8Array): HmacKey {
  // The two padded key blocks are hashed once; every packet starts from a copy of that state.
  const keyed = hmac.create(hashOf(name), key);
  let scratch = keyed.clone();
  return {
    tagLength: keyed.outputLen,
    compute: (first, second) => {
      scratch = keyed._cloneInto(scratch);
      scratch.update(first);
      if (second !== undefined) scratch.update(second);
      return scratch.digest();
    },
    destroy: () => keyed.destroy(),
  };
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
