import { FramingError, type FramingErrorCode, showByte } from "./errors.ts";
import type { FrameSink } from "./frame-sink.ts";
import { MAX_CHUNK_SIZE, type ResolvedFrameLimits } from "./limits.ts";

/**
 * Reads chunks (RFC 6242 §4.2) and hands out their data as views.
 *
 * ```
 * start --LF--> hash --#--> size --1-9--> digits --LF--> data --all octets--> start
 *                             \--#--> end --LF--> start, message complete
 * ```
 *
 * Only headers are looked at byte by byte; data is skipped by its announced size, whatever it holds.
 */
export class ChunkedDecoder {
  readonly #maxMessageBytes: number;
  readonly #maxChunkBytes: number;
  #state: State = START;
  /** Value of the size read so far, then octets of the chunk still to come. */
  #remaining = 0;
  /** Where the chunk's header or its size began, for errors. */
  #headerOffset = 0;
  #sizeOffset = 0;
  /** Octets announced for this message so far; 0 means that no chunk has come. */
  #length = 0;
  /** White space that is still forgiven before the first chunk. */
  #blanksForgiven: number;

  constructor(limits: ResolvedFrameLimits, blanksForgiven: number) {
    this.#maxMessageBytes = limits.maxMessageBytes;
    this.#maxChunkBytes = limits.maxChunkBytes;
    this.#blanksForgiven = blanksForgiven;
  }

  get betweenMessages(): boolean {
    return this.#state === START && this.#length === 0;
  }

  /** @param base offset of `chunk[0]` in the stream */
  push(chunk: Uint8Array, from: number, sink: FrameSink, base: number): void {
    const length = chunk.length;
    let at = from;
    while (at < length) {
      if (this.#state === DATA) {
        const end = Math.min(length, at + this.#remaining);
        this.#remaining -= end - at;
        if (this.#remaining === 0) this.#state = START;
        sink.data(chunk.subarray(at, end));
        at = end;
      } else {
        at = this.#readHeader(chunk, at, sink, base);
      }
    }
  }

  /** Reads header bytes until data begins, the message ends or the chunk does. */
  #readHeader(chunk: Uint8Array, from: number, sink: FrameSink, base: number): number {
    const length = chunk.length;
    let state: State = this.#state;
    let size = this.#remaining;
    for (let at = from; at < length; at++) {
      const byte = chunk[at];
      switch (state) {
        case DIGITS:
          if (byte !== undefined && byte >= ZERO && byte <= NINE) {
            size = size * 10 + (byte - ZERO);
            // At the digit that makes it too large: a peer cannot make us wait for a line feed.
            if (size > MAX_CHUNK_SIZE) throw this.#tooLarge(size);
          } else if (byte === LF) {
            this.#openChunk(size);
            return at + 1;
          } else {
            throw wrong("bad-chunk-size", "a digit or a line feed", byte, base + at);
          }
          break;
        case START:
          if (byte === LF) {
            this.#headerOffset = base + at;
            state = HASH_MARK;
          } else if (!this.#forgive(byte)) {
            throw wrong("expected-line-feed", "a line feed", byte, base + at);
          }
          break;
        case HASH_MARK:
          if (byte === HASH) {
            this.#sizeOffset = base + at + 1;
            state = SIZE;
          } else if (!this.#forgive(byte)) {
            throw wrong("expected-hash", 'a "#"', byte, base + at);
          } else if (byte !== LF) {
            state = START;
          }
          break;
        case SIZE:
          if (byte !== undefined && byte > ZERO && byte <= NINE) {
            size = byte - ZERO;
            state = DIGITS;
          } else if (byte === HASH) {
            state = END;
          } else {
            // RFC 6242 §4.2: leading zeros are prohibited, and with them the size 0.
            throw wrong("bad-chunk-size", "a digit from 1 to 9", byte, base + at);
          }
          break;
        case END:
          if (byte !== LF) throw wrong("bad-end-of-chunks", 'a line feed after "##"', byte, base + at);
          // RFC 6242 §4.2: Chunked-Message = 1*chunk end-of-chunks.
          if (this.#length === 0) throw this.#emptyMessage();
          this.#state = START;
          this.#length = 0;
          sink.end();
          return at + 1;
      }
    }
    this.#state = state;
    this.#remaining = size;
    return length;
  }

  /** The header is complete. Both limits are checked before a byte of the data is taken. */
  #openChunk(size: number): void {
    if (size > this.#maxChunkBytes) {
      const problem = `its size is "${size}", the limit is ${this.#maxChunkBytes}`;
      throw new FramingError("limit-chunk", `cannot take a chunk: ${problem}`, this.#sizeOffset);
    }
    this.#length += size;
    if (this.#length > this.#maxMessageBytes) {
      const problem = `its chunks have ${this.#length} bytes so far, the limit is ${this.#maxMessageBytes}`;
      throw new FramingError("limit-message", `cannot take a message: ${problem}`, this.#sizeOffset);
    }
    this.#state = DATA;
    this.#remaining = size;
    this.#blanksForgiven = 0;
  }

  #forgive(byte: number | undefined): boolean {
    if (this.#blanksForgiven === 0) return false;
    this.#blanksForgiven -= 1;
    return byte === LF || byte === 0x20 || byte === 0x0d || byte === 0x09;
  }

  #tooLarge(size: number): FramingError {
    const problem = `its size begins with "${size}", the largest is ${MAX_CHUNK_SIZE}`;
    return new FramingError("chunk-size-too-large", `cannot read a chunk: ${problem}`, this.#sizeOffset);
  }

  #emptyMessage(): FramingError {
    return new FramingError("empty-message", "cannot read a message: it has no chunk", this.#headerOffset);
  }
}

type State = 0 | 1 | 2 | 3 | 4 | 5;
const START = 0;
const HASH_MARK = 1;
const SIZE = 2;
const DIGITS = 3;
const DATA = 4;
const END = 5;

const LF = 0x0a;
const HASH = 0x23;
const ZERO = 0x30;
const NINE = 0x39;

function wrong(code: FramingErrorCode, wanted: string, byte: number | undefined, offset: number): FramingError {
  return new FramingError(code, `cannot read chunked framing: expected ${wanted}, found ${showByte(byte)}`, offset);
}
