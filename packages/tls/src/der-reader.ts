import { TlsError } from "./errors.ts";

/** The tags of X.690 §8 that certificates have. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One element: its tag, its content, and both together as they were read. */
export interface DerElement {
  readonly tag: number;
  readonly value: Uint8Array;
  readonly whole: Uint8Array;
}

/**
 * Reads DER (X.690 §10) as certificates have it: definite lengths in the fewest bytes, one-byte tags, nothing left over.
 * Anything else is `certificate-malformed`. Every `Uint8Array` it returns is a view of the input.
 *
 * @example
 * const fields = new DerReader(bytes).sequence();
 * const serialNumber = fields.value(tags.integer);
 * fields.end();
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  /** The next element, whatever it is. */
  element(): DerElement {
    const start = this.#at;
    const tag = this.#byte();
    // X.690 §8.1.2.4: a tag number above 30 takes more bytes; no certificate needs one.
    if ((tag & 0x1f) === 0x1f) this.fail("an element has a long tag");
    const length = this.#length();
    if (length > this.#bytes.length - this.#at) this.fail(`an element is announced with ${length} bytes and cut off`);
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return { tag, value, whole: this.#bytes.subarray(start, this.#at) };
  }

  /** The content of the next element, which has to have this tag. */
  value(tag: number): Uint8Array {
    if (!this.nextIs(tag)) this.fail(`element 0x${tag.toString(16)} is missing at byte ${this.#at}`);
    return this.element().value;
  }

  /** A sequence, in a reader of its own. */
  sequence(): DerReader {
    return new DerReader(this.value(tags.sequence));
  }

  /** The content behind this tag in a reader of its own, if it comes next. */
  optional(tag: number): DerReader | undefined {
    return this.nextIs(tag) ? new DerReader(this.element().value) : undefined;
  }

  /** X.690 §11.1: TRUE is 0xff, and a default of FALSE is not written. */
  optionalTrue(): boolean {
    if (!this.nextIs(tags.boolean)) return false;
    const value = this.element().value;
    if (value.length !== 1 || value[0] !== 0xff) this.fail("a boolean is neither absent nor TRUE");
    return true;
  }

  /** An object identifier as `2.5.4.3`. */
  objectIdentifier(): string {
    const bytes = this.value(tags.objectIdentifier);
    const arcs: number[] = [];
    let arc = 0;
    for (const [index, byte] of bytes.entries()) {
      // X.690 §8.19.2: an arc takes the fewest bytes. Arcs past 2^53 name nothing that is looked for here.
      if (arc === 0 && byte === 0x80) this.fail("an object identifier has superfluous bytes");
      if (arc > Number.MAX_SAFE_INTEGER / 128) this.fail("an object identifier has an enormous arc");
      arc = arc * 128 + (byte & 0x7f);
      if (byte < 0x80) {
        arcs.push(arc);
        arc = 0;
      } else if (index === bytes.length - 1) this.fail("an object identifier is cut off");
    }
    const [first] = arcs;
    if (first === undefined) this.fail("an object identifier is empty");
    // X.690 §8.19.4: the first two arcs share a number.
    const top = Math.min(2, Math.floor(first / 40));
    return [top, first - 40 * top, ...arcs.slice(1)].join(".");
  }

  nextIs(tag: number): boolean {
    return this.#bytes[this.#at] === tag;
  }

  /** Says that nothing may follow. */
  end(): void {
    if (this.more) this.fail(`${this.#bytes.length - this.#at} bytes follow its end`);
  }

  fail(problem: string): never {
    throw new TlsError("certificate-malformed", `reading a certificate: ${problem}`);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) this.fail("it is cut off");
    this.#at++;
    return byte;
  }

  /** X.690 §10.1: the definite form, in the fewest bytes. */
  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 3) this.fail("an element has an indefinite or an enormous length");
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (count - 1)) this.fail("a length has superfluous bytes");
    return length;
  }
}
