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
    let at = from;
    while (at < chunk.length) {
      if (this.#state === DATA) at = this.#deliver(chunk, at, sink);
      if (this.#state === START) at = this.#readChunks(chunk, at, sink);
      if (this.#state !== DATA) at = this.#readHeader(chunk, at, sink, base);
    }
  }

  /** The rest of a chunk that an earlier push began, as far as this one holds it. */
  #deliver(chunk: Uint8Array, from: number, sink: FrameSink): number {
    const size = Math.min(this.#remaining, chunk.length - from);
    this.#remaining -= size;
    if (this.#remaining === 0) this.#state = START;
    sink.data(new Uint8Array(chunk.buffer, chunk.byteOffset + from, size));
    return from + size;
  }

  /**
   * Reads chunks whose headers lie whole in `chunk`, in one straight loop: this is where small chunks cost their time. It
   * stops at the beginning of anything else: a header cut off, an error, a limit, a size of ten digits. `#readHeader` reads
   * that header again and knows what to say.
   */
  #readChunks(chunk: Uint8Array, from: number, sink: FrameSink): number {
    // Locals, because constants of a module are read from memory again in each turn.
    const lineFeed = LF;
    const hash = HASH;
    const zero = ZERO;
    const maxChunkBytes = this.#maxChunkBytes;
    const maxMessageBytes = this.#maxMessageBytes;
    const { buffer, byteOffset, length } = chunk;
    let messageLength = this.#length;
    let header = from;
    let warmUntil = from;
    let at = from;
    while (length - at >= HEADER_ROOM && chunk[at] === lineFeed && chunk[at + 1] === hash) {
      let data = at + 3;
      let size = (chunk[at + 2] ?? 0) - zero;
      if (size < 1 || size > 9) break;
      let digit = (chunk[data] ?? 0) - zero;
      while (digit >= 0 && digit <= 9 && data - at < HEADER_ROOM - 1) {
        size = size * 10 + digit;
        data += 1;
        digit = (chunk[data] ?? 0) - zero;
      }
      messageLength += size;
      if (digit !== lineFeed - zero || size > maxChunkBytes || messageLength > maxMessageBytes) break;
      this.#length = messageLength;
      this.#blanksForgiven = 0;
      data += 1;
      const room = length - data;
      if (size > room) {
        this.#state = DATA;
        this.#remaining = size - room;
        size = room;
      }
      if (at >= warmUntil && at > header && at - header <= NEAR) warmUntil = warm(chunk, at);
      header = at;
      at = data + size;
      // Not `subarray`: it looks for a species first and takes twice as long.
      if (size > 0) sink.data(new Uint8Array(buffer, byteOffset + data, size));
      if (length - at < END_LENGTH || chunk[at + 2] !== hash) continue;
      if (chunk[at] !== lineFeed || chunk[at + 1] !== hash || chunk[at + 3] !== lineFeed) break;
      at += END_LENGTH;
      messageLength = 0;
      this.#length = 0;
      sink.end();
    }
    return at;
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

/** A line feed, `#`, nine digits and a line feed. Larger sizes are rare, and as numbers not small for the engine. */
const HEADER_ROOM = 12;
/** `\n##\n` */
const END_LENGTH = 4;

const LF = 0x0a;
const HASH = 0x23;
const ZERO = 0x30;
const NINE = 0x39;

function wrong(code: FramingErrorCode, wanted: string, byte: number | undefined, offset: number): FramingError {
  return new FramingError(code, `cannot read chunked framing: expected ${wanted}, found ${showByte(byte)}`, offset);
}

/**
 * Headers a few hundred bytes apart are a pattern that processors do not foresee: where the input is not in their caches,
 * each header waits for memory in its turn. Touching what comes next, line by line, fetches it in one go. Who reads the
 * data as well needs those lines anyway; where headers are far apart it would fetch what nobody may ask for.
 *
 * Gives the index up to which the input is warm.
 */
function warm(chunk: Uint8Array, from: number): number {
  const end = from + WARM_AHEAD;
  const stop = Math.min(end, chunk.length);
  let mixed = 0;
  for (let at = from; at < stop; at += CACHE_LINE) mixed ^= chunk[at] ?? 0;
  // Never true of bytes; but reads whose result nobody needs may be left out by the engine.
  return mixed > 0xff ? from : end;
}

const NEAR = 512;
const WARM_AHEAD = 3072;
const CACHE_LINE = 64;
