import { isBlank } from "./blanks.ts";
import { FramingError } from "./errors.ts";
import type { FrameSink } from "./frame-sink.ts";
import type { ResolvedFrameLimits } from "./limits.ts";

/**
 * Cuts messages at `]]>]]>` (RFC 6242 §4.3).
 *
 * The search looks at half of the bytes, four at a time, and more closely only where it meets a `]`, with a fixed amount
 * of work: the whole is linear whatever the peer sends.
 *
 * A delimiter may be split over any number of pushes. Its beginning is held back as a number, not as bytes: if it turns
 * out to be data after all, the sink gets a small copy made from the delimiter itself (the one place where it gets no view).
 */
export class EndOfMessageDecoder {
  readonly #maxMessageBytes: number;
  /** How many bytes of the delimiter the input ended with: 0 to 5. They have not been delivered. */
  #held = 0;
  /** Bytes of the message delivered so far. */
  #length = 0;
  /** Whether the message so far is white space only. */
  #blank = true;
  #stopped = false;

  constructor(limits: ResolvedFrameLimits) {
    this.#maxMessageBytes = limits.maxMessageBytes;
  }

  /** Whether no message has begun. White space after a delimiter begins none. */
  get betweenMessages(): boolean {
    return this.#held === 0 && this.#blank;
  }

  /** Whether the last byte ended a message, or there was none yet. */
  get atBoundary(): boolean {
    return this.#held === 0 && this.#length === 0;
  }

  /**
   * Reads up to the end of the chunk, or of the message at whose end `stop()` is called. Gives the index after what it has
   * read.
   *
   * @param base offset of `chunk[0]` in the stream
   */
  push(chunk: Uint8Array, from: number, sink: FrameSink, base: number): number {
    const { buffer, byteOffset, length } = chunk;
    let at = this.#held > 0 ? this.#resume(chunk, from, sink, base) : from;
    if (at === length) return at;
    const words = new DataView(buffer, byteOffset, length);
    while (!this.#stopped) {
      const found = findDelimiter(words, at);
      if (found < 0) return this.#deliverRest(chunk, at, sink, base);
      if (found > at) {
        this.#count(found - at, base + at);
        this.#blank = false;
        // Not `subarray`: it looks for a species first and takes twice as long.
        sink.data(new Uint8Array(buffer, byteOffset + at, found - at));
      }
      at = found + DELIMITER_LENGTH;
      this.#end(sink);
    }
    return at;
  }

  /** Inside `sink.end()`: the bytes after this message are framed differently. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Goes on with a delimiter that began in an earlier push; it looks at five bytes at most. Gives the index after what is
   * settled: a complete delimiter, the end of the chunk with bytes still held back, or `from` when nothing is held back any
   * more and the chunk can be searched as a whole.
   */
  #resume(chunk: Uint8Array, from: number, sink: FrameSink, base: number): number {
    const held = this.#held;
    const next = chunk.subarray(from, from + DELIMITER_LENGTH - 1);
    const joined = new Uint8Array(held + next.length);
    joined.set(DELIMITER.subarray(0, held));
    joined.set(next, held);
    // What is held back and begins no delimiter has turned out to be data.
    const data = Math.min(delimiterStart(joined, 0), held);
    if (data > 0) this.#deliver(DELIMITER.slice(0, data), sink, base + from - held);
    this.#held = 0;
    if (data === held) return from;
    const matched = joined.length - data;
    if (matched < DELIMITER_LENGTH) {
      this.#held = matched;
      return chunk.length;
    }
    this.#end(sink);
    return from + data + DELIMITER_LENGTH - held;
  }

  /** There is no delimiter from here on, though one may begin in the last bytes. */
  #deliverRest(chunk: Uint8Array, from: number, sink: FrameSink, base: number): number {
    const end = delimiterStart(chunk, Math.max(from, chunk.length - DELIMITER_LENGTH + 1));
    this.#held = chunk.length - end;
    const size = end - from;
    if (size > 0) this.#deliver(new Uint8Array(chunk.buffer, chunk.byteOffset + from, size), sink, base + from);
    return chunk.length;
  }

  #deliver(bytes: Uint8Array, sink: FrameSink, offset: number): void {
    this.#count(bytes.length, offset);
    if (this.#blank) this.#blank = bytes.every(isBlank);
    sink.data(bytes);
  }

  #count(size: number, offset: number): void {
    this.#length += size;
    if (this.#length <= this.#maxMessageBytes) return;
    const over = offset + size - (this.#length - this.#maxMessageBytes);
    const limit = `it has more than ${this.#maxMessageBytes} bytes`;
    throw new FramingError("limit-message", `cannot take a message: ${limit}`, over);
  }

  #end(sink: FrameSink): void {
    this.#length = 0;
    this.#blank = true;
    sink.end();
  }
}

export const DELIMITER: Uint8Array = /* @__PURE__ */ new TextEncoder().encode("]]>]]>");
const DELIMITER_LENGTH = 6;

/**
 * Index of the first delimiter at or after `from`, or -1.
 *
 * Looks for `]` in four bytes out of every eight. A delimiter is six bytes long, so it cannot hide in the four bytes
 * between: it shows at least its last two or its first byte, and only its last byte alone would be no `]`.
 */
function findDelimiter(words: DataView, from: number): number {
  // Constants of the module would be read from memory again in each turn.
  const brackets = 0x5d5d5d5d;
  const ones = 0x01010101;
  const tops = 0x80808080;
  const length = words.byteLength;
  let at = from + 4;
  while (at + 4 <= length) {
    // Four words a turn: the loop's own cost is as large as a word's.
    for (const last = length - 28; at <= last; at += 32) {
      const a = words.getInt32(at, true) ^ brackets;
      const b = words.getInt32(at + 8, true) ^ brackets;
      const c = words.getInt32(at + 16, true) ^ brackets;
      const d = words.getInt32(at + 24, true) ^ brackets;
      // Enough for ASCII; a byte that had its top bit set before needs the second look.
      if ((((a - ones) | (b - ones) | (c - ones) | (d - ones)) & tops) === 0) continue;
      if (((((a - ones) & ~a) | ((b - ones) & ~b) | ((c - ones) & ~c) | ((d - ones) & ~d)) & tops) !== 0) break;
    }
    for (const end = Math.min(at + 32, length - 3); at < end; at += 8) {
      const word = words.getInt32(at, true) ^ brackets;
      if (((word - ones) & ~word & tops) === 0) continue;
      const found = firstDelimiter(words, Math.max(from, at - 4), at + 4);
      if (found >= 0) return found;
    }
  }
  return firstDelimiter(words, Math.max(from, at - 4), length);
}

/** The first delimiter that starts in `from..end - 1`, or -1. */
function firstDelimiter(words: DataView, from: number, end: number): number {
  const stop = Math.min(end, words.byteLength - DELIMITER_LENGTH + 1);
  for (let start = from; start < stop; start++) {
    if (words.getInt32(start, true) === 0x5d3e5d5d && words.getInt32(start + 2, true) === 0x3e5d5d3e) return start;
  }
  return -1;
}

/** Where a delimiter begins in the last bytes, whose end may cut it short; their end when none does. */
function delimiterStart(bytes: Uint8Array, from: number): number {
  const end = bytes.length;
  for (let start = from; start < end; start++) {
    let at = start;
    while (at < end && bytes[at] === DELIMITER[at - start]) at++;
    if (at === end || at - start === DELIMITER_LENGTH) return start;
  }
  return end;
}
