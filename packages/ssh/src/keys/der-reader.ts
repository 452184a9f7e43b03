import { SshError } from "../errors.ts";

/** The tags of X.690 §8 that key files have. */
const tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  sequence: 0x30,
} as const;

/**
 * Reads DER (X.690 §10), the strict form of ASN.1: one spelling for each value, definite lengths in the fewest bytes,
 * nothing left over. Anything else is `key-format`. What it returns as `Uint8Array` is a view of the input.
 *
 * @example
 * const fields = new DerReader(bytes, "an RSA key").sequence();
 * const version = fields.smallInteger();
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** A sequence, in a reader of its own. */
  sequence(): DerReader {
    return new DerReader(this.#value(tags.sequence), this.#what);
  }

  /** A non-negative integer in big-endian bytes without leading zeros; zero has none. */
  integer(): Uint8Array {
    const bytes = this.#value(tags.integer);
    const [first = 0x80, second = 0] = bytes;
    if (first >= 0x80) this.fail("an integer is empty or negative");
    // X.690 §8.3.2: the first nine bits are not all alike.
    if (first === 0 && bytes.length > 1 && second < 0x80) this.fail("an integer has superfluous zeros");
    return first === 0 ? bytes.subarray(1) : bytes;
  }

  /** An integer of at most four bytes. */
  smallInteger(): number {
    const bytes = this.integer();
    if (bytes.length > 4) this.fail(`an integer has ${bytes.length} bytes, more than 4`);
    return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  }

  octetString(): Uint8Array {
    return this.#value(tags.octetString);
  }

  /** A bit string of whole bytes. */
  bitString(): Uint8Array {
    return this.#wholeBytes(this.#value(tags.bitString));
  }

  /** An object identifier, in hex: identifiers are only compared. */
  objectIdentifier(): string {
    const bytes = this.#value(tags.objectIdentifier);
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  null(): void {
    if (this.#value(tags.null).length > 0) this.fail("a NULL is not empty");
  }

  /** The content behind the context tag `[number]`, if that comes next. */
  optional(number: number): DerReader | undefined {
    const tag = 0xa0 | number;
    return this.#bytes[this.#at] === tag ? new DerReader(this.#value(tag), this.#what) : undefined;
  }

  /** A bit string of whole bytes whose tag is replaced by the context tag `[number]`, if that comes next. */
  optionalBitString(number: number): Uint8Array | undefined {
    const tag = 0x80 | number;
    return this.#bytes[this.#at] === tag ? this.#wholeBytes(this.#value(tag)) : undefined;
  }

  /** Whether an element with this tag comes next. */
  nextIs(tag: keyof typeof tags): boolean {
    return this.#bytes[this.#at] === tags[tag];
  }

  /** Says that nothing may follow. */
  end(): void {
    if (this.#at < this.#bytes.length) this.fail(`${this.#bytes.length - this.#at} bytes follow its end`);
  }

  fail(problem: string): never {
    throw new SshError("key-format", `reading ${this.#what}: ${problem}`);
  }

  /** X.690 §8.6.2: the first byte counts the unused bits of the last one. */
  #wholeBytes(bytes: Uint8Array): Uint8Array {
    if (bytes[0] !== 0) this.fail("a bit string does not end with a whole byte");
    return bytes.subarray(1);
  }

  #value(tag: number): Uint8Array {
    if (this.#bytes[this.#at] !== tag) this.fail(`element 0x${tag.toString(16)} is missing at byte ${this.#at}`);
    const length = this.#length();
    if (length > this.#bytes.length - this.#at) this.fail(`an element is announced with ${length} bytes and cut off`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** X.690 §10.1: the definite form, in the fewest bytes. */
  #length(): number {
    const first = this.#bytes[this.#at + 1] ?? 0;
    this.#at += 2;
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 3) this.fail("an element has an indefinite or an enormous length");
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (this.#bytes[this.#at++] ?? 0);
    if (length < 0x80 || length < 256 ** (count - 1)) this.fail("a length has superfluous bytes");
    return length;
  }
}
