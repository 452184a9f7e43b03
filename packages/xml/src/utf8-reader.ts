/**
 * Decodes UTF-8 that comes in pieces, and knows where it is. A sequence that is not UTF-8 does not throw: what comes before
 * it is still given, then `failed` is set. So an error that comes earlier in the document can be reported first.
 */
export class Utf8Reader {
  // The byte order mark is left in: it is the parser that may skip one, once.
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** The bytes of an unfinished character, 0 to 3. */
  #unfinished: Uint8Array = new Uint8Array(0);
  #byteLength = 0;
  /** UTF-16 units given so far, and the piece that was given last. */
  #units = 0;
  #last = "";
  #failed = false;

  /** Bytes taken so far; after a failure only those before the byte that cannot be. */
  get byteLength(): number {
    return this.#byteLength;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** Whether the input does not end inside a character. */
  get complete(): boolean {
    return this.#unfinished.length === 0;
  }

  /** Gives the characters that are complete, also those before bytes that are not UTF-8. */
  decode(bytes: Uint8Array): string {
    let text: string;
    try {
      text = this.#decoder.decode(bytes, { stream: true });
      this.#byteLength += bytes.length;
      this.#unfinished = unfinishedTail(this.#unfinished, bytes);
    } catch {
      text = this.#decodeUpToFailure(bytes);
    }
    this.#units += text.length;
    if (text !== "") this.#last = text;
    return text;
  }

  /** Which byte the given position, in UTF-16 units, belongs to. Exact inside the last piece. */
  byteOffset(position: number): number {
    const back = Math.min(Math.max(this.#units - position, 0), this.#last.length);
    const after = this.#last.slice(this.#last.length - back);
    return this.#byteLength - this.#unfinished.length - new TextEncoder().encode(after).length;
  }

  #decodeUpToFailure(bytes: Uint8Array): string {
    this.#failed = true;
    const input = new Uint8Array(this.#unfinished.length + bytes.length);
    input.set(this.#unfinished);
    input.set(bytes, this.#unfinished.length);
    // Every prefix up to some length decodes and no longer one does: search by halves.
    let valid = 0;
    let invalid = input.length;
    while (invalid - valid > 1) {
      const middle = (valid + invalid) >> 1;
      if (decodePrefix(input, middle) === undefined) invalid = middle;
      else valid = middle;
    }
    this.#byteLength += valid - this.#unfinished.length;
    this.#unfinished = unfinishedTail(new Uint8Array(0), input.subarray(0, valid));
    return decodePrefix(input, valid) ?? "";
  }
}

function decodePrefix(bytes: Uint8Array, length: number): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, length), {
      stream: true,
    });
  } catch {
    return undefined;
  }
}

/** The bytes of the unfinished character at the end of valid UTF-8 that came in two pieces. */
function unfinishedTail(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  let lead = bytes.length - 1;
  while (lead >= 0 && isContinuation(bytes[lead])) lead -= 1;
  if (lead >= 0) {
    const tail = bytes.subarray(lead);
    return tail.length < sequenceLength(bytes[lead]) ? tail.slice() : NO_BYTES;
  }
  if (before.length === 0) return NO_BYTES;
  const joined = Uint8Array.of(...before, ...bytes);
  return joined.length < sequenceLength(joined[0]) ? joined : NO_BYTES;
}

const NO_BYTES = new Uint8Array(0);

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function sequenceLength(lead: number | undefined): number {
  if (lead === undefined || lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
