import { scaledPi } from "../algorithms/pi.ts";

/**
 * Blowfish as `bcrypt` uses it: a cipher whose set-up is made slow on purpose, and nothing to encrypt with. The state is
 * one table: 18 round keys, then four boxes of 256 words.
 */
export class Blowfish {
  readonly #table: Int32Array = initialTable().slice();
  #left = 0;
  #right = 0;

  /** Mixes a key, and a salt where there is one, into the state. Both are 16 words long and used in turn. */
  expand(key: Int32Array, salt?: Int32Array): void {
    const table = this.#table;
    for (let i = 0; i < roundKeys; i++) table[i] = (table[i] ?? 0) ^ (key[i & 15] ?? 0);
    this.#left = 0;
    this.#right = 0;
    for (let i = 0; i < table.length; i += 2) {
      if (salt !== undefined) {
        this.#left ^= salt[i & 15] ?? 0;
        this.#right ^= salt[(i + 1) & 15] ?? 0;
      }
      this.#encipher();
      table[i] = this.#left;
      table[i + 1] = this.#right;
    }
  }

  /** Encrypts pairs of words in place. */
  encrypt(words: Int32Array): void {
    for (let i = 0; i < words.length; i += 2) {
      this.#left = words[i] ?? 0;
      this.#right = words[i + 1] ?? 0;
      this.#encipher();
      words[i] = this.#left;
      words[i + 1] = this.#right;
    }
  }

  #encipher(): void {
    const table = this.#table;
    let left = this.#left ^ at(table, 0);
    let right = this.#right;
    for (let i = 1; i < roundKeys - 1; i += 2) {
      right ^= at(table, i) ^ mix(table, left);
      left ^= at(table, i + 1) ^ mix(table, right);
    }
    this.#left = right ^ at(table, roundKeys - 1);
    this.#right = left;
  }
}

const roundKeys = 18;
const words = roundKeys + 4 * 256;

function mix(table: Int32Array, word: number): number {
  const sum = (at(table, roundKeys + (word >>> 24)) + at(table, roundKeys + 256 + ((word >>> 16) & 0xff))) | 0;
  const mixed = sum ^ at(table, roundKeys + 512 + ((word >>> 8) & 0xff));
  return (mixed + at(table, roundKeys + 768 + (word & 0xff))) | 0;
}

/** Every index is below the length of the table; the cast spares the innermost loop a comparison. */
function at(table: Int32Array, index: number): number {
  return table[index] as number;
}

let computed: Int32Array | undefined;

/**
 * The first 33 344 binary digits of the fraction of pi, which is what Blowfish starts from. They are computed at first
 * use, in a few dozen milliseconds, because a table of them would be a tenth of this package.
 */
export function initialTable(): Int32Array {
  if (computed !== undefined) return computed;
  const hex = (scaledPi(32 * words) - (3n << BigInt(32 * words))).toString(16).padStart(8 * words, "0");
  computed = Int32Array.from({ length: words }, (_, i) => Number.parseInt(hex.slice(8 * i, 8 * i + 8), 16));
  return computed;
}
