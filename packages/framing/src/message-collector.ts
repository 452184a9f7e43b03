import { FramingError } from "./errors.ts";
import type { FrameSink } from "./frame-sink.ts";
import { checkLimit, DEFAULT_MAX_MESSAGE_BYTES } from "./limits.ts";

export interface MessageCollectorOptions {
  /** Bytes of one message. Default 256 MiB; `Infinity` for none. */
  readonly maxMessageBytes?: number;
}

/**
 * A sink that gives whole messages. A message that came in one piece is handed on as that view, without a copy; otherwise
 * its bytes are copied once into a buffer of their own. Small pieces are gathered in blocks first: a view costs about a
 * hundred bytes, and a peer that sends chunks of one byte must not make us hold a view for each.
 *
 * A message without a byte (`]]>]]>` alone) is given as an empty array.
 *
 * @example
 * const collector = new MessageCollector((message) => console.log(new TextDecoder().decode(message)));
 * collector.data(new TextEncoder().encode("<rpc"));
 * collector.data(new TextEncoder().encode("/>"));
 * collector.end(); // <rpc/>
 */
export class MessageCollector implements FrameSink {
  readonly #onMessage: (message: Uint8Array) => void;
  #maxMessageBytes: number;
  /** Complete pieces, in order. */
  #pieces: Uint8Array[] = [];
  /** Where small pieces are gathered, and how much of it is in use. It follows `#pieces`. */
  #block: Uint8Array | undefined;
  #blockUsed = 0;
  #length = 0;

  /** @throws FramingError `bad-limit` */
  constructor(onMessage: (message: Uint8Array) => void, options: MessageCollectorOptions = {}) {
    this.#onMessage = onMessage;
    this.#maxMessageBytes = checkLimit("maxMessageBytes", options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES);
  }

  /** Bytes of the unfinished message. */
  get length(): number {
    return this.#length;
  }

  /** May be changed at any time; a hello usually has a smaller limit than what follows. */
  get maxMessageBytes(): number {
    return this.#maxMessageBytes;
  }

  set maxMessageBytes(value: number) {
    this.#maxMessageBytes = checkLimit("maxMessageBytes", value);
  }

  /** @throws FramingError `limit-message` */
  data(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#length > this.#maxMessageBytes) {
      const limit = `it has more than ${this.#maxMessageBytes} bytes`;
      this.#clear();
      throw new FramingError("limit-message", `cannot collect a message: ${limit}`);
    }
    if (this.#length === bytes.length || bytes.length >= LARGE_PIECE) {
      this.#closeBlock();
      this.#pieces.push(bytes);
    } else {
      this.#gather(bytes);
    }
  }

  end(): void {
    const message = this.#join();
    this.#clear();
    this.#onMessage(message);
  }

  #gather(bytes: Uint8Array): void {
    if (this.#block === undefined || this.#block.length - this.#blockUsed < bytes.length) {
      this.#closeBlock();
      this.#block = new Uint8Array(BLOCK_LENGTH);
    }
    this.#block.set(bytes, this.#blockUsed);
    this.#blockUsed += bytes.length;
  }

  #closeBlock(): void {
    if (this.#block === undefined) return;
    this.#pieces.push(this.#block.subarray(0, this.#blockUsed));
    this.#block = undefined;
    this.#blockUsed = 0;
  }

  #join(): Uint8Array {
    this.#closeBlock();
    const [first] = this.#pieces;
    if (first !== undefined && this.#pieces.length === 1) return first;
    const message = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      message.set(piece, at);
      at += piece.length;
    }
    return message;
  }

  #clear(): void {
    this.#pieces = [];
    this.#block = undefined;
    this.#blockUsed = 0;
    this.#length = 0;
  }
}

/** From here on a view is cheaper to keep than its bytes are to copy. */
const LARGE_PIECE = 1024;
const BLOCK_LENGTH = 16 * 1024;
