import { GHASH } from "@noble/ciphers/_polyval.js";
import { writeU32 } from "../wire/writer.ts";

/** Packets are 32 KiB at most as a rule: sizes the library's table for them. */
const EXPECTED_LENGTH = 32 * 1024;

/**
 * GHASH (NIST SP 800-38D §6.4) whose table lives as long as its key. The library makes the table anew for every message, which
 * costs more than hashing a short packet does; here its state alone starts anew.
 */
export class GhashKey extends GHASH {
  constructor(hashKey: Uint8Array) {
    super(hashKey, EXPECTED_LENGTH);
  }

  /** Does without the copy that the library makes of everything. */
  override update(bytes: Uint8Array): this {
    const whole = bytes.length - (bytes.length % 16);
    for (let i = 0; i < whole; i += 16) this.#block(bytes, i);
    if (whole < bytes.length) {
      LAST.fill(0).set(bytes.subarray(whole));
      this.#block(LAST, 0);
    }
    return this;
  }

  /** Stores GHASH of A and C, each padded with zeros to whole blocks, and of their lengths in bits (§7.1, step 5). */
  digestOf(additional: Uint8Array, ciphertext: Uint8Array, target: Uint8Array): void {
    this.#restart();
    // Packets are far below 2^29 bytes: the upper halves of the lengths stay 0.
    writeU32(LENGTHS, 4, 8 * additional.length);
    writeU32(LENGTHS, 12, 8 * ciphertext.length);
    this.update(additional).update(ciphertext).update(LENGTHS);
    this.#store(target);
  }

  /** Stores GHASH of whole blocks that have the lengths already. */
  digestBlocks(blocks: Uint8Array, target: Uint8Array): void {
    this.#restart();
    this.update(blocks);
    this.#store(target);
  }

  #block(bytes: Uint8Array, at: number): void {
    this._updateBlock(
      readU32LE(bytes, at),
      readU32LE(bytes, at + 4),
      readU32LE(bytes, at + 8),
      readU32LE(bytes, at + 12),
    );
  }

  #restart(): void {
    this.s0 = 0;
    this.s1 = 0;
    this.s2 = 0;
    this.s3 = 0;
    this.finished = false;
  }

  /** `target` need not be aligned. */
  #store(target: Uint8Array): void {
    this.digestInto(DIGEST);
    target.set(DIGEST);
  }
}

/** Everybody's, as they are used up within a call. */
const LENGTHS = new Uint8Array(16);
const DIGEST = new Uint8Array(16);
const LAST = new Uint8Array(16);

function readU32LE(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}
