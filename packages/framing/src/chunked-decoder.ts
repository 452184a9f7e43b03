import { isBlank } from "./blanks.ts";
import { FramingError, type FramingErrorCode, showByte } from "./errors.ts";
import type { FrameSink } from "./frame-sink.ts";
import { MAX_CHUNK_SIZE, type ResolvedFrameLimits } from "./limits.ts";

/**
 * Reads chunks (RFC 6242 §4.2) and hands out their data as views.
 *
 * Only headers are looked at byte by byte; data is skipped by its announced size, whatever it holds.
 */
export class ChunkedDecoder {
  readonly #maxMessageBytes: number;
  readonly #maxChunkBytes: number;
  /** What has been read of a header that is cut off, and where in the stream it began. */
  #header = "";
  #headerOffset = 0;
  /** Octets of the chunk still to come. */
  #remaining = 0;
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
    return this.#header === "" && this.#remaining === 0 && this.#length === 0;
  }

  /** @param base offset of `chunk[0]` in the stream */
  push(chunk: Uint8Array, from: number, sink: FrameSink, base: number): void {
    let at = from;
    while (at < chunk.length) {
      if (this.#remaining > 0) at = this.#deliver(chunk, at, sink);
      if (this.#remaining === 0 && this.#header === "") at = this.#readChunks(chunk, at, sink);
      if (this.#remaining === 0) at = this.#readHeader(chunk, at, sink, base);
    }
  }

  /** The rest of a chunk that an earlier push began, as far as this one holds it. */
  #deliver(chunk: Uint8Array, from: number, sink: FrameSink): number {
    const size = Math.min(this.#remaining, chunk.length - from);
    this.#remaining -= size;
    sink.data(new Uint8Array(chunk.buffer, chunk.byteOffset + from, size));
    return from + size;
  }

  /**
   * Reads chunks whose headers lie whole in `chunk`, in one straight loop: this is where small chunks cost their time. It
   * stops at the beginning of anything else: a header cut off, an error, a limit, a size of ten digits. `#readHeader` reads
   * that header again and knows what to say.
   */
  #readChunks(chunk: Uint8Array, from: number, sink: FrameSink): number {
    const lineFeed = 0x0a;
    const hash = 0x23;
    const zero = 0x30;
    // Locals, because fields are read from memory again in each turn.
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
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      const next = String.fromCharCode(byte);
      const [allowed, code, wanted] = ruleBehind(this.#header);
      if (allowed.test(next)) this.#header += next;
      else if (this.#forgives(byte)) this.#header = next === "\n" ? next : "";
      else {
        const problem = `expected ${wanted}, found ${showByte(byte)}`;
        throw new FramingError(code, `cannot read chunked framing: ${problem}`, base + at);
      }
      if (this.#header === "\n") this.#headerOffset = base + at;
      else if (this.#header === "\n##\n") {
        // RFC 6242 §4.2: Chunked-Message = 1*chunk end-of-chunks.
        if (this.#length === 0) {
          throw new FramingError("empty-message", "cannot read a message: it has no chunk", this.#headerOffset);
        }
        this.#header = "";
        this.#length = 0;
        sink.end();
        return at + 1;
      } else {
        const size = Number(this.#header.slice(2));
        // At the digit that makes it too large: a peer cannot make us wait for a line feed.
        if (size > MAX_CHUNK_SIZE) {
          const problem = `its size begins with "${size}", the largest is ${MAX_CHUNK_SIZE}`;
          throw this.#badSize("chunk-size-too-large", `cannot read a chunk: ${problem}`);
        }
        if (size > 0 && next === "\n") {
          this.#openChunk(size);
          return at + 1;
        }
      }
    }
    return chunk.length;
  }

  /** The header is complete. Both limits are checked before a byte of the data is taken. */
  #openChunk(size: number): void {
    if (size > this.#maxChunkBytes) {
      const problem = `its size is "${size}", the limit is ${this.#maxChunkBytes}`;
      throw this.#badSize("limit-chunk", `cannot take a chunk: ${problem}`);
    }
    this.#length += size;
    if (this.#length > this.#maxMessageBytes) {
      const problem = `its chunks have ${this.#length} bytes so far, the limit is ${this.#maxMessageBytes}`;
      throw this.#badSize("limit-message", `cannot take a message: ${problem}`);
    }
    this.#header = "";
    this.#remaining = size;
    this.#blanksForgiven = 0;
  }

  /** Whether a blank is passed over before the first chunk. */
  #forgives(byte: number): boolean {
    return this.#header.length < 2 && isBlank(byte) && this.#blanksForgiven-- > 0;
  }

  #badSize(code: FramingErrorCode, message: string): FramingError {
    return new FramingError(code, message, this.#headerOffset + "\n#".length);
  }
}

type HeaderRule = readonly [allowed: RegExp, code: FramingErrorCode, wanted: string];

/** What may come behind the beginning of a header: `\n#123\n` before a chunk, `\n##\n` at the end. RFC 6242 §4.2. */
function ruleBehind(header: string): HeaderRule {
  return header === "\n##" ? LAST_RULE : (FIRST_RULES[header.length] ?? SIZE_RULE);
}

const FIRST_RULES: readonly HeaderRule[] = [
  [/\n/, "expected-line-feed", "a line feed"],
  [/#/, "expected-hash", 'a "#"'],
  // Leading zeros are prohibited, and with them the size 0.
  [/[#1-9]/, "bad-chunk-size", "a digit from 1 to 9"],
];
const SIZE_RULE: HeaderRule = [/[0-9\n]/, "bad-chunk-size", "a digit or a line feed"];
const LAST_RULE: HeaderRule = [/\n/, "bad-end-of-chunks", 'a line feed after "##"'];

/** A line feed, `#`, nine digits and a line feed. Larger sizes are rare, and as numbers not small for the engine. */
const HEADER_ROOM = 12;
/** `\n##\n` */
const END_LENGTH = 4;

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
