import { FramingError } from "./errors.ts";
import type { FrameSink } from "./frame-sink.ts";
import { checkLimit, DEFAULT_MAX_MESSAGE_BYTES } from "./limits.ts";

/** How large a message may become. */
export interface MessageCollectorOptions {
  /** Bytes of one message. Default 256 MiB; `Infinity` for none. */
  readonly maxMessageBytes?: number;
  /**
   * Keeps the buffer for the next message, while it has at most so many bytes. **A message is then valid only until the next
   * one begins**: whoever needs it longer copies it. Default 0: each message has a buffer of its own.
   *
   * For large messages this is what counts: memory that the process has not used before costs several times what copying does.
   */
  readonly reuseBytes?: number;
}

/**
 * A sink that gives whole messages. A message that came in one piece is handed on as that view, without a copy; otherwise
 * its bytes are copied as they come into a buffer that grows, so that what a message holds is bounded by its bytes and not
 * by its pieces: a peer that sends chunks of one byte must not make us hold a view for each. The buffer doubles, so a byte
 * is copied once more on average while it grows, and once when `reuseBytes` has kept a buffer that is large enough.
 *
 * A message may be the beginning of a larger buffer, up to twice its size. A message without a byte (`]]>]]>` alone) is
 * given as an empty array.
 *
 * @example
 * const collector = new MessageCollector((message) => console.log(new TextDecoder().decode(message)));
 * collector.data(new TextEncoder().encode("<rpc"));
 * collector.data(new TextEncoder().encode("/>"));
 * collector.end(); // <rpc/>
 */
export class MessageCollector implements FrameSink {
  readonly #onMessage: (message: Uint8Array) => void;
  readonly #reuseBytes: number;
  #maxMessageBytes: number;
  /** The message so far, while it is a single view. */
  #only: Uint8Array | undefined;
  /** Holds the message so far, when it is more than one view. */
  #buffer: Uint8Array = EMPTY;
  #length = 0;

  /** @throws FramingError `bad-limit` */
  constructor(onMessage: (message: Uint8Array) => void, options: MessageCollectorOptions = {}) {
    this.#onMessage = onMessage;
    this.#maxMessageBytes = checkLimit("maxMessageBytes", options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES);
    const reuseBytes = options.reuseBytes ?? 0;
    this.#reuseBytes = reuseBytes === 0 ? 0 : checkLimit("reuseBytes", reuseBytes);
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
    const used = this.#length;
    const length = used + bytes.length;
    if (length > this.#maxMessageBytes) {
      this.#clear();
      const limit = `it has more than ${this.#maxMessageBytes} bytes`;
      throw new FramingError("limit-message", `cannot collect a message: ${limit}`);
    }
    this.#length = length;
    if (used === 0) {
      this.#only = bytes;
      return;
    }
    if (this.#only !== undefined || length > this.#buffer.length) this.#makeRoom(length, used);
    this.#buffer.set(bytes, used);
  }

  end(): void {
    const message = this.#only ?? this.#buffer.subarray(0, this.#length);
    this.#clear();
    this.#onMessage(message);
  }

  /** Moves the `used` bytes that there are to the beginning of a buffer with room for `length`. */
  #makeRoom(length: number, used: number): void {
    const before = this.#only ?? this.#buffer.subarray(0, used);
    this.#only = undefined;
    if (length > this.#buffer.length) {
      const most = length <= this.#reuseBytes ? this.#reuseBytes : this.#maxMessageBytes;
      this.#buffer = new Uint8Array(Math.min(Math.max(2 * length, SMALLEST_BUFFER), most));
    }
    this.#buffer.set(before);
  }

  #clear(): void {
    this.#only = undefined;
    this.#length = 0;
    if (this.#buffer.length > this.#reuseBytes) this.#buffer = EMPTY;
  }
}

const EMPTY = /* @__PURE__ */ new Uint8Array(0);
const SMALLEST_BUFFER = 1024;
