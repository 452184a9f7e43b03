import { FramingError } from "./errors.ts";
import type { FrameSink } from "./frame-sink.ts";
import type { ResolvedFrameLimits } from "./limits.ts";

/**
 * Cuts messages at `]]>]]>` (RFC 6242 §4.3).
 *
 * The delimiter is six bytes long, so whoever looks at every sixth byte meets each delimiter exactly once. A byte that
 * is neither `]` nor `>` rules out all six places around it; only the other bytes are looked at more closely, with a fixed
 * amount of work, so the whole is linear whatever the peer sends.
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
   * Reads up to the end of one message or of the chunk; gives the index after what it has read. It stops at a message's
   * end because the bytes after a hello may be framed differently.
   *
   * @param base offset of `chunk[0]` in the stream
   */
  push(chunk: Uint8Array, from: number, sink: FrameSink, base: number): number {
    if (this.#held > 0) {
      const end = this.#resume(chunk, from, sink, base);
      if (end !== undefined) return end;
    }
    const found = findDelimiter(chunk, from);
    const dataEnd = found < 0 ? chunk.length - delimiterPrefixAtEnd(chunk, from) : found;
    if (dataEnd > from) this.#deliver(chunk.subarray(from, dataEnd), sink, base + from);
    if (found < 0) {
      this.#held = chunk.length - dataEnd;
      return chunk.length;
    }
    this.#end(sink);
    return found + DELIMITER_LENGTH;
  }

  /**
   * Goes on with a delimiter that began in an earlier push, by Knuth-Morris-Pratt; it looks at six bytes at most. Gives the
   * index after what is settled (a complete delimiter, or the end of the chunk with bytes still held back), or `undefined`
   * when nothing is held back any more and the chunk can be searched as a whole.
   */
  #resume(chunk: Uint8Array, from: number, sink: FrameSink, base: number): number | undefined {
    let matched = this.#held;
    let carried = matched;
    for (let at = from; at < chunk.length; at++) {
      matched = nextMatch(matched, chunk[at]);
      // Of the bytes from earlier pushes those before the match have turned out to be data.
      const stillCarried = Math.max(0, matched - (at + 1 - from));
      if (stillCarried < carried) {
        this.#deliver(DELIMITER.slice(0, carried - stillCarried), sink, base + from - carried);
        carried = stillCarried;
      }
      if (matched === DELIMITER_LENGTH) {
        this.#held = 0;
        this.#end(sink);
        return at + 1;
      }
      if (carried === 0) {
        this.#held = 0;
        return undefined;
      }
    }
    this.#held = matched;
    return chunk.length;
  }

  #deliver(bytes: Uint8Array, sink: FrameSink, offset: number): void {
    this.#length += bytes.length;
    if (this.#length > this.#maxMessageBytes) {
      const over = offset + bytes.length - (this.#length - this.#maxMessageBytes);
      const limit = `it has more than ${this.#maxMessageBytes} bytes`;
      throw new FramingError("limit-message", `cannot take a message: ${limit}`, over);
    }
    if (this.#blank) this.#blank = isBlank(bytes);
    sink.data(bytes);
  }

  #end(sink: FrameSink): void {
    this.#length = 0;
    this.#blank = true;
    sink.end();
  }
}

const BRACKET = 0x5d;
const ANGLE = 0x3e;
/** `]]>]]>` */
export const DELIMITER: Uint8Array = Uint8Array.of(BRACKET, BRACKET, ANGLE, BRACKET, BRACKET, ANGLE);
const DELIMITER_LENGTH = 6;

/** Index of the first delimiter at or after `from`, or -1. */
function findDelimiter(chunk: Uint8Array, from: number): number {
  const length = chunk.length;
  let probe = from + DELIMITER_LENGTH - 1;
  while (probe < length) {
    // Four probes a turn: the loop's own cost is as large as a probe's.
    for (const last = length - 18; probe < last; probe += 24) {
      const a = chunk[probe];
      if (a === BRACKET || a === ANGLE) break;
      const b = chunk[probe + 6];
      if (b === BRACKET || b === ANGLE) {
        probe += 6;
        break;
      }
      const c = chunk[probe + 12];
      if (c === BRACKET || c === ANGLE) {
        probe += 12;
        break;
      }
      const d = chunk[probe + 18];
      if (d === BRACKET || d === ANGLE) {
        probe += 18;
        break;
      }
    }
    // Both bytes of the pattern have a `]` beside them; a single `>` or `]` of ordinary markup ends here.
    if (chunk[probe - 1] === BRACKET || chunk[probe + 1] === BRACKET) {
      const found = delimiterAround(chunk, Math.max(from, probe - 5), probe);
      if (found >= 0) return found;
    }
    probe += DELIMITER_LENGTH;
  }
  return -1;
}

/** The first delimiter that starts in `first..last`. */
function delimiterAround(chunk: Uint8Array, first: number, last: number): number {
  for (let start = first; start <= last; start++) {
    if (
      chunk[start] === BRACKET &&
      chunk[start + 1] === BRACKET &&
      chunk[start + 2] === ANGLE &&
      chunk[start + 3] === BRACKET &&
      chunk[start + 4] === BRACKET &&
      chunk[start + 5] === ANGLE
    ) {
      return start;
    }
  }
  return -1;
}

/** How many bytes at the end of `chunk`, at or after `from`, are the beginning of a delimiter: 0 to 5. */
function delimiterPrefixAtEnd(chunk: Uint8Array, from: number): number {
  let matched = 0;
  for (let at = Math.max(from, chunk.length - DELIMITER_LENGTH + 1); at < chunk.length; at++) {
    matched = nextMatch(matched, chunk[at]);
  }
  return matched;
}

/** The longest beginning of the delimiter that ends with `byte`, after one of `matched` bytes. */
function nextMatch(matched: number, byte: number | undefined): number {
  if (byte === BRACKET) return AFTER_BRACKET[matched] ?? 0;
  if (byte === ANGLE) return AFTER_ANGLE[matched] ?? 0;
  return 0;
}

/** After `]`: one more, except that a third `]` leaves the last two. */
const AFTER_BRACKET: readonly number[] = [1, 2, 2, 4, 5, 2];
/** After `>`: legal only after two `]`. */
const AFTER_ANGLE: readonly number[] = [0, 0, 3, 0, 0, 6];

function isBlank(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== 0x0a && byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}
