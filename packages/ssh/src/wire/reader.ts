import { SshError, type SshErrorCode } from "../errors.ts";
import { printable } from "./printable.ts";

export interface NameListLimits {
  /** Most names in a list. Default 256. */
  readonly maxNames?: number;
  /** Most characters of a name. Default 64, the limit of RFC 4251 §6. */
  readonly maxNameLength?: number;
}

// An RSA modulus of 16384 bit and its sign byte: nothing larger is ever used here.
const maxMpintBytes = 2049;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads the data types of RFC 4251 §5 from bytes. Every length is compared with the bytes left before it is used.
 * Anything wrong is an `SshError` with the code given to the constructor: `malformed-message` for bytes of a peer,
 * `key-format` for key files. What it returns as `Uint8Array` is a view of the input.
 *
 * @example
 * const reader = new SshReader(payload);
 * const number = reader.u8();
 * const service = reader.text();
 * reader.end();
 */
export class SshReader {
  readonly #bytes: Uint8Array;
  readonly #code: SshErrorCode;
  readonly #what: string;
  #at = 0;

  /** `what` names the thing being read in error messages. */
  constructor(bytes: Uint8Array, code: SshErrorCode = "malformed-message", what = "a message") {
    this.#bytes = bytes;
    this.#code = code;
    this.#what = what;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  get offset(): number {
    return this.#at;
  }

  u8(): number {
    const at = this.#advance(1);
    return this.#bytes[at] ?? 0;
  }

  bool(): boolean {
    // RFC 4251 §5: all non-zero values are TRUE.
    return this.u8() !== 0;
  }

  u32(): number {
    return readU32(this.#bytes, this.#advance(4));
  }

  u64(): bigint {
    const high = this.u32();
    return (BigInt(high) << 32n) | BigInt(this.u32());
  }

  /** The next `count` bytes. */
  bytes(count: number): Uint8Array {
    const at = this.#advance(count);
    return this.#bytes.subarray(at, at + count);
  }

  string(): Uint8Array {
    return this.bytes(this.u32());
  }

  /** A string that has to be UTF-8. */
  text(): string {
    const bytes = this.string();
    try {
      return strictUtf8.decode(bytes);
    } catch {
      return this.fail("a text is not UTF-8");
    }
  }

  /** A string meant for people: wrong UTF-8 becomes U+FFFD, because a bad description must not hide the event itself. */
  description(): string {
    return lenientUtf8.decode(this.string());
  }

  nameList(limits: NameListLimits = {}): readonly string[] {
    const { maxNames = 256, maxNameLength = 64 } = limits;
    const bytes = this.string();
    if (bytes.length === 0) return [];
    // A list that cannot be within the limits is not even decoded.
    if (bytes.length > maxNames * (maxNameLength + 1)) this.fail(`a name-list has ${bytes.length} bytes`);
    // RFC 4251 §5: a name MUST have a non-zero length. libssh 0.10 leaves one empty all the same; it names nothing.
    const names = lenientUtf8
      .decode(bytes)
      .split(",")
      .filter((name) => name !== "");
    if (names.length > maxNames) this.fail(`a name-list has ${names.length} names, more than ${maxNames}`);
    for (const name of names) {
      // RFC 4251 §6: printable US-ASCII without blanks, at most 64 characters.
      if (name.length > maxNameLength || !/^[\x21-\x7e]+$/.test(name))
        this.fail(`a name-list holds the name "${printable(name, 64)}"`);
    }
    return names;
  }

  /** A non-negative integer as big-endian bytes without leading zeros. Superfluous zeros are tolerated: devices send them. */
  mpintBytes(): Uint8Array {
    const bytes = this.string();
    if (bytes.length > maxMpintBytes) this.fail(`an mpint has ${bytes.length} bytes, more than ${maxMpintBytes}`);
    if ((bytes[0] ?? 0) >= 0x80) this.fail("an mpint is negative");
    let start = 0;
    while (start < bytes.length && bytes[start] === 0) start++;
    return bytes.subarray(start);
  }

  mpint(): bigint {
    return bytesToBigInt(this.mpintBytes());
  }

  /** Everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** Says that nothing may follow. */
  end(): void {
    if (this.remaining > 0) this.fail(`${this.remaining} bytes follow its end`);
  }

  /** Ends the reading with the error of this reader. */
  fail(problem: string): never {
    throw new SshError(this.#code, `reading ${this.#what}: ${problem}, at byte ${this.#at}`);
  }

  #advance(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at)
      this.fail(`${count} bytes are announced and only ${this.#bytes.length - at} are left`);
    this.#at = at + count;
    return at;
  }
}

/** The uint32 in network order at `at`; the caller knows that four bytes are there. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  );
}

/** An unsigned big-endian number. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  let hex = "0x0";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return BigInt(hex);
}

/** The number as `length` big-endian bytes; the caller knows that it fits. */
export function bigIntToBytes(value: bigint, length: number): Uint8Array {
  const hex = value.toString(16).padStart(2 * length, "0");
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
