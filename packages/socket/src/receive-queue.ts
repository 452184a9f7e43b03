import { TransportError } from "./errors.ts";

/** A source that can be told to wait: its peer is held back by the flow control of what carries the bytes. */
export interface PausableSource {
  pause(): void;
  resume(): void;
}

/** What a `ReceiveQueue` holds, and whom it tells. */
export interface ReceiveQueueOptions {
  /** Bytes kept for a slow reader. Default 256 KiB. */
  readonly maxBytes?: number;
  /** Is paused at `maxBytes`, and goes on below. Without one `push()` refuses what does not fit. */
  readonly source?: PausableSource;
  /** Whether the source stands still at first, until somebody reads. Default false. */
  readonly paused?: boolean;
}

const DEFAULT_MAX_BYTES = 256 * 1024;

/** Kept chunks are joined up to this length: chunks of one byte each would take a hundred times what is counted. */
const JOINED_BYTES = 4096;

/**
 * The receiving half of a `DuplexSocket` whose runtime pushes: what nobody reads is kept, up to a limit. One read at a time; the
 * borders of chunks mean nothing.
 *
 * @example
 * const received = new ReceiveQueue({ maxBytes: 64 * 1024, source: { pause: () => {}, resume: () => {} } });
 * received.push(new Uint8Array([1, 2, 3])); // whenever the runtime has something
 * received.end();
 * console.log(await received.read(), await received.read()); // Uint8Array [1, 2, 3] undefined
 */
export class ReceiveQueue {
  readonly #maxBytes: number;
  readonly #source: PausableSource | undefined;
  readonly #chunks: Uint8Array[] = [];
  /** The last of the chunks when it is one of ours, with room behind it. */
  #joined: Uint8Array | undefined;
  #length = 0;
  #paused: boolean;
  #reader: Reader | undefined;
  #ended = false;
  #reason: Error | undefined;

  constructor({ maxBytes = DEFAULT_MAX_BYTES, source, paused = false }: ReceiveQueueOptions = {}) {
    this.#maxBytes = maxBytes;
    this.#source = source;
    this.#paused = paused;
  }

  /**
   * The next chunk; `undefined` after the end. Rejects with the reason of `end()` or `discard()`, and with `TransportError`
   * `failed` while another read is under way.
   */
  read(): Promise<Uint8Array | undefined> {
    if (this.#reader) return Promise.reject(new TransportError("failed", "cannot read: another read is under way"));
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#length -= chunk.length;
      if (this.#length < this.#maxBytes) this.#resume();
      return Promise.resolve(chunk);
    }
    if (this.#reason) return Promise.reject(this.#reason);
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#resume();
    });
  }

  /**
   * What has come; the queue owns it from now on. After the end it is dropped.
   *
   * @returns false when it does not fit and there is no source to pause: it is not kept, and the connection has to end
   */
  push(chunk: Uint8Array): boolean {
    if (this.#ended || chunk.length === 0) return true;
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve(chunk);
      return true;
    }
    if (this.#source === undefined && this.#length + chunk.length > this.#maxBytes) return false;
    this.#keep(chunk);
    if (this.#length >= this.#maxBytes && !this.#paused) {
      this.#paused = true;
      this.#source?.pause();
    }
    return true;
  }

  /** Nothing comes any more: once what was kept is read, reads give `undefined`, or reject with `reason`. The first call counts. */
  end(reason?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reason = reason;
    this.#settleReader();
  }

  /** Our own side has closed: what was kept is dropped, and what still comes too, so that a source that stood still goes on. */
  discard(reason?: Error): void {
    this.#chunks.length = 0;
    this.#length = 0;
    this.#ended = true;
    this.#reason ??= reason;
    this.#settleReader();
    this.#resume();
  }

  #keep(chunk: Uint8Array): void {
    this.#length += chunk.length;
    const last = this.#chunks.at(-1);
    if (last === undefined || last.length + chunk.length > JOINED_BYTES) {
      this.#chunks.push(chunk);
      return;
    }
    const isOurs = last === this.#joined;
    const joined = new Uint8Array(isOurs ? last.buffer : new ArrayBuffer(JOINED_BYTES), 0, last.length + chunk.length);
    if (!isOurs) joined.set(last);
    joined.set(chunk, last.length);
    this.#chunks[this.#chunks.length - 1] = joined;
    this.#joined = joined;
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#source?.resume();
  }

  #settleReader(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (this.#reason) reader?.reject(this.#reason);
    else reader?.resolve(undefined);
  }
}

interface Reader {
  resolve(chunk: Uint8Array | undefined): void;
  reject(reason: Error): void;
}
