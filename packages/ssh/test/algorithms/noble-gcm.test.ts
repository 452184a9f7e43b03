import { gcm } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nobleAesGcm } from "../../src/algorithms/noble-gcm.ts";
import { toHex } from "../wire/hex.ts";

/** Around the ends of blocks, and where a message is too long for the memory that is kept. */
const lengths = fc.oneof(fc.nat(100), fc.integer({ min: 2030, max: 2070 }), fc.integer({ min: 2048, max: 2048 }));
const bytesOf = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => seed + i * 31);

describe("AES-GCM with @noble/ciphers (NIST SP 800-38D)", () => {
  it("agrees with the library for every length, wherever a message lies, with keys taking turns", () => {
    const keys = [bytesOf(16, 1), bytesOf(32, 2)].map((key) => ({ key, gcm: nobleAesGcm(key) }));
    fc.assert(
      fc.property(lengths, fc.nat(20), fc.nat(7), fc.nat(1), fc.nat(255), (length, additional, at, which, seed) => {
        const { key, gcm: ours } = keys[which] ?? { key: new Uint8Array(16), gcm: nobleAesGcm(new Uint8Array(16)) };
        const nonce = bytesOf(12, seed);
        const head = bytesOf(additional, seed + 5);
        const plain = bytesOf(length, seed + 9);
        const expected = gcm(key, nonce, head).encrypt(plain);
        const memory = new Uint8Array(at + length + 16);
        const [bytes, tag] = [memory.subarray(at, at + length), memory.subarray(at + length)];
        bytes.set(plain);
        ours.seal(nonce, head, bytes, tag);
        expect(toHex(memory.subarray(at))).toBe(toHex(expected));

        // One wrong bit anywhere: nothing is decrypted.
        const wrong = seed % (length + 16);
        memory[at + wrong] = (memory[at + wrong] ?? 0) ^ 1;
        const before = toHex(memory);
        expect(ours.open(nonce, head, bytes, tag)).toBe(false);
        expect(toHex(memory)).toBe(before);

        memory[at + wrong] = (memory[at + wrong] ?? 0) ^ 1;
        expect(ours.open(nonce, head, bytes, tag)).toBe(true);
        expect(toHex(bytes)).toBe(toHex(plain));
      }),
      { numRuns: 100 },
    );
  });
});
