import type { CipherAlgorithm } from "../packet-cipher.ts";
import { openerWithMac, sealerWithMac } from "./cipher-with-mac.ts";

// RFC 4344 §4, with a separate MAC in one of two orders.
/** aes256-ctr. */
export const aes256Ctr: CipherAlgorithm = /* @__PURE__ */ aesCtr("aes256-ctr", 32);
/** aes192-ctr. */
export const aes192Ctr: CipherAlgorithm = /* @__PURE__ */ aesCtr("aes192-ctr", 24);
/** aes128-ctr. */
export const aes128Ctr: CipherAlgorithm = /* @__PURE__ */ aesCtr("aes128-ctr", 16);

function aesCtr(name: string, keyLength: number): CipherAlgorithm {
  return {
    name,
    keyLength,
    ivLength: 16,
    authenticated: false,
    maxBytesPerKey: 2 ** 30,
    createSealer: (provider, keys, mac) => sealerWithMac(name, provider.aesCtr(keys.key, keys.iv), provider, keys, mac),
    createOpener: (provider, keys, mac) => openerWithMac(name, provider.aesCtr(keys.key, keys.iv), provider, keys, mac),
  };
}
