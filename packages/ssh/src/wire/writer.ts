import { SshError } from "../errors.ts";

const utf8 = new TextEncoder();

/**
 * Writes the data types of RFC 4251 §5 into one growing buffer.
 *
 * @example
 * const payload = new SshWriter().u8(5).text("ssh-userauth").take();
 */
export class SshWriter {
  #buffer: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#buffer = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
    return this;
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  u32(value: number): this {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
      throw new SshError("local-usage", `writing a uint32: "${value}" is not in 0..4294967295`);
    const at = this.#reserve(4);
    writeU32(this.#buffer, at, value);
    return this;
  }

  u64(value: bigint): this {
    if (value < 0n || value > 0xffffffffffffffffn)
      throw new SshError("local-usage", `writing a uint64: "${value}" is not in 0..2^64-1`);
    return this.u32(Number(value >> 32n)).u32(Number(value & 0xffffffffn));
  }

  /** Bytes as they are, without a length. */
  bytes(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
    return this;
  }

  string(bytes: Uint8Array): this {
    return this.u32(bytes.length).bytes(bytes);
  }

  text(text: string): this {
    const { length } = text;
    const at = this.#reserve(4 + length);
    writeU32(this.#buffer, at, length);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        // Rare in this protocol, and longer than its characters.
        this.#length = at;
        return this.string(utf8.encode(text));
      }
      this.#buffer[at + 4 + i] = code;
    }
    return this;
  }

  nameList(names: readonly string[]): this {
    for (const name of names) {
      // RFC 4251 §5: a name has at least one character and no comma; §6: printable US-ASCII, at most 64.
      if (!/^[\x21-\x2b\x2d-\x7e]{1,64}$/.test(name))
        throw new SshError("local-usage", `writing a name-list: "${name}" is not an algorithm name`);
    }
    return this.text(names.join(","));
  }

  /** A non-negative integer given as big-endian bytes; leading zeros are allowed and dropped. */
  mpint(magnitude: Uint8Array): this {
    let start = 0;
    while (start < magnitude.length && magnitude[start] === 0) start++;
    const significant = magnitude.subarray(start);
    // RFC 4251 §5: a positive number whose top bit is set is preceded by a zero byte.
    if ((significant[0] ?? 0) < 0x80) return this.string(significant);
    return this.u32(significant.length + 1)
      .u8(0)
      .bytes(significant);
  }

  /** What has been written; the writer is empty again and may be used for the next message. */
  take(): Uint8Array {
    const length = this.#length;
    this.#length = 0;
    if (length < this.#buffer.length) return this.#buffer.slice(0, length);
    const full = this.#buffer;
    this.#buffer = new Uint8Array(0);
    return full;
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length = at + count;
    if (this.#length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#buffer.length, 64));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    return at;
  }
}

/** Stores a uint32 in network order. */
export function writeU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
