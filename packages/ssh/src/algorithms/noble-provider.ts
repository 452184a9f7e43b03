import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha384 } from "@noble/hashes/sha2.js";
import { nobleAesCtr } from "./noble-ciphers.ts";
import { nistAgreements, nistSchemes } from "./noble-nist.ts";
import { type NobleHash, slimHash, slimNobleProvider } from "./noble-slim.ts";
import type { CryptoProvider, HashName, HmacKey } from "./provider.ts";

/**
 * The default provider: audited cryptography in plain JavaScript, the same on every runtime. It makes no promise about
 * timing beyond what a JIT compiler allows.
 */
export const nobleProvider: CryptoProvider = {
  ...slimNobleProvider,
  name: "noble",
  hash: (name, data) => hashOf(name)(data),
  createHash: (name) => hashOf(name).create(),
  hmacKey,
  aesCtr: nobleAesCtr,
  keyAgreement: (name) => (name === "x25519" ? slimNobleProvider.keyAgreement(name) : nistAgreements[name]),
  signature: (name) => (name === "ed25519" ? slimNobleProvider.signature(name) : nistSchemes[name]),
};

function hashOf(name: HashName): NobleHash {
  switch (name) {
    case "sha1":
      return sha1;
    case "sha384":
      return sha384;
    default:
      return slimHash(name);
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
