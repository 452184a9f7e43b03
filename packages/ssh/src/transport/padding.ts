import type { RandomSource } from "../algorithms/provider.ts";

/**
 * Random bytes for padding (RFC 4253 §6: they SHOULD be random). One call of the source serves many packets, also of other
 * connections with the same source: an idle connection keeps nothing for it. No byte is used twice.
 */
export class Padding {
  readonly #random: RandomSource;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  private constructor(random: RandomSource) {
    this.#random = random;
  }

  static from(random: RandomSource): Padding {
    let padding = known.get(random);
    if (padding === undefined) {
      padding = new Padding(random);
      known.set(random, padding);
    }
    return padding;
  }

  /** Fills a part of `target`, which is no longer than the largest padding, 255 bytes. */
  fill(target: Uint8Array, start = 0, end: number = target.length): void {
    const length = end - start;
    if (this.#at + length > this.#bytes.length) {
      this.#bytes = this.#random(POOL_BYTES);
      this.#at = 0;
    }
    for (let i = 0; i < length; i++) target[start + i] = this.#bytes[this.#at + i] ?? 0;
    this.#at += length;
  }
}

const known = new WeakMap<RandomSource, Padding>();
/** At least one largest padding. */
const POOL_BYTES = 512;
