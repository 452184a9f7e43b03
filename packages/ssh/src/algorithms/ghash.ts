import { readU32 } from "../wire/reader.ts";
import { writeU32 } from "../wire/writer.ts";

/*
 * GHASH (NIST SP 800-38D §6.4) with a table that lives as long as its key. The library at hand makes its table anew for
 * every message, which costs more than hashing a short packet does.
 *
 * The product X·H is the sum of H·x^i over the bits i that are set in X, bit 0 being the first bit of the first byte.
 * For each of the 16 byte positions and each of the 256 values the sum is made beforehand: 16 look-ups per block.
 */
export class GhashKey {
  /** Four words for each (position, value). */
  readonly #table = new Uint32Array(16 * 256 * 4);
  readonly #padded = new Uint8Array(16);

  constructor(hashKey: Uint8Array) {
    const table = this.#table;
    const power = new Uint32Array([0, 4, 8, 12].map((at) => readU32(hashKey, at)));
    for (let bit = 0; bit < 128; bit++) {
      // One bit set: H·x^bit.
      table.set(power, entry(bit >> 3, 0x80 >> (bit & 7)));
      timesX(power);
    }
    for (let position = 0; position < 16; position++)
      for (let value = 1; value < 256; value++) {
        const lowest = value & -value;
        if (lowest === value) continue;
        const [target, one, rest] = [entry(position, value), entry(position, lowest), entry(position, value ^ lowest)];
        for (let i = 0; i < 4; i++) table[target + i] = (table[one + i] ?? 0) ^ (table[rest + i] ?? 0);
      }
  }

  /** GHASH of A and C, each padded with zeros to whole blocks, and of their lengths in bits (§7.1, step 5). */
  digest(additional: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    const state = new Uint8Array(16);
    this.#absorb(state, additional);
    this.#absorb(state, ciphertext);
    const lengths = new Uint8Array(16);
    // Packets are far below 2^29 bytes: the upper halves of the lengths stay 0.
    writeU32(lengths, 4, 8 * additional.length);
    writeU32(lengths, 12, 8 * ciphertext.length);
    this.#absorb(state, lengths);
    return state;
  }

  destroy(): void {
    this.#table.fill(0);
  }

  #absorb(state: Uint8Array, bytes: Uint8Array): void {
    const whole = bytes.length & ~15;
    this.#absorbBlocks(state, bytes, whole);
    if (whole === bytes.length) return;
    this.#padded.fill(0).set(bytes.subarray(whole));
    this.#absorbBlocks(state, this.#padded, 16);
  }

  #absorbBlocks(state: Uint8Array, bytes: Uint8Array, length: number): void {
    const table = this.#table;
    for (let start = 0; start < length; start += 16) {
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let position = 0; position < 16; position++) {
        const at = entry(position, (state[position] ?? 0) ^ (bytes[start + position] ?? 0));
        a ^= table[at] ?? 0;
        b ^= table[at + 1] ?? 0;
        c ^= table[at + 2] ?? 0;
        d ^= table[at + 3] ?? 0;
      }
      writeU32(state, 0, a);
      writeU32(state, 4, b);
      writeU32(state, 8, c);
      writeU32(state, 12, d);
    }
  }
}

function entry(position: number, value: number): number {
  return (position << 10) | (value << 2);
}

/** Multiplies by x modulo x^128 + x^7 + x^2 + x + 1 (§6.3): a shift towards the last bit. */
function timesX(words: Uint32Array): void {
  const [a = 0, b = 0, c = 0, d = 0] = words;
  words[3] = (c << 31) | (d >>> 1);
  words[2] = (b << 31) | (c >>> 1);
  words[1] = (a << 31) | (b >>> 1);
  words[0] = (a >>> 1) ^ ((d & 1) === 1 ? 0xe1000000 : 0);
}
