import { ghash } from "@noble/ciphers/_polyval.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GhashKey } from "../../src/algorithms/ghash.ts";
import { fromHex, toHex } from "../wire/hex.ts";

describe("GHASH", () => {
  it("gives the values of the GCM specification, test cases 2 and 4", () => {
    const key = new GhashKey(fromHex("66e94bd4ef8a2c3b884cfa59ca342b2e"));
    expect(toHex(digestOf(key, new Uint8Array(), fromHex("0388dace60b6a392f328c2b971b2fe78")))).toBe(
      "f38cbb1ad69223dcc3457ae5b6b0f885",
    );
    const other = new GhashKey(fromHex("b83b533708bf535d0aa6e52980d53b78"));
    const ciphertext =
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091";
    expect(toHex(digestOf(other, fromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2"), fromHex(ciphertext)))).toBe(
      "698e57f70e6ecc7fd9463b7260a9ae5f",
    );
  });

  it("agrees with the bit-by-bit definition and with a second implementation", () => {
    const block = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(block, fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 80 }), (hashKey, a, c) => {
        const digest = toHex(digestOf(new GhashKey(hashKey), a, c));
        const lengths = new Uint8Array(16);
        new DataView(lengths.buffer).setUint32(4, 8 * a.length);
        new DataView(lengths.buffer).setUint32(12, 8 * c.length);
        expect(digest).toBe(toHex(ghash.create(hashKey).update(a).update(c).update(lengths).digest()));
        expect(digest).toBe(slowGhash(hashKey, [a, c, lengths]));
      }),
      { numRuns: 30 },
    );
  });
});

function digestOf(key: GhashKey, a: Uint8Array, c: Uint8Array): Uint8Array {
  const target = new Uint8Array(16);
  key.digestOf(a, c, target);
  return target;
}

/** NIST SP 800-38D §6.3 and §6.4, word for word: bit 0 is the first bit of a block. */
function slowGhash(hashKey: Uint8Array, parts: readonly Uint8Array[]): string {
  const number = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes).padEnd(32, "0")}`);
  const h = number(hashKey);
  let y = 0n;
  for (const part of parts)
    for (let at = 0; at < part.length; at += 16) {
      const x = y ^ number(part.subarray(at, at + 16));
      let [z, v] = [0n, h];
      for (let bit = 127n; bit >= 0n; bit--) {
        if ((x >> bit) & 1n) z ^= v;
        v = v & 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
      }
      y = z;
    }
  return y.toString(16).padStart(32, "0");
}
