import type { DuplexSocket } from "./duplex-socket.ts";
import { TransportError } from "./errors.ts";

/** How much a memory pair holds. */
export interface MemoryPairOptions {
  /** Bytes each direction holds before `write()` has to wait. Default 64 KiB. */
  readonly highWaterBytes?: number;
  /** Longest chunk that `read()` gives; 1 brings out every bug of splitting. Default: as written. */
  readonly maxReadBytes?: number;
}

const DEFAULT_HIGH_WATER_BYTES = 64 * 1024;

/**
 * Two sockets joined in memory: what one writes the other reads. Behaves as TCP does, half close and back-pressure included.
 *
 * @example
 * const [left, right] = memoryPair();
 * await left.write(new Uint8Array([1, 2, 3]));
 * console.log(await right.read()); // Uint8Array [1, 2, 3]
 */
export function memoryPair(options: MemoryPairOptions = {}): [DuplexSocket, DuplexSocket] {
  const leftToRight = new Pipe(options);
  const rightToLeft = new Pipe(options);
  return [new MemorySocket(rightToLeft, leftToRight), new MemorySocket(leftToRight, rightToLeft)];
}

/** One direction: a bounded queue of chunks with one reader. */
class Pipe {
  readonly #highWater: number;
  readonly #maxRead: number;
  readonly #chunks: Uint8Array[] = [];
  readonly #writers: Waiter<void>[] = [];
  #reader: Waiter<Uint8Array | undefined> | undefined;
  #length = 0;
  #ended = false;
  #endError: Error | undefined;
  #broken: { readonly reason: Error | undefined } | undefined;

  constructor(options: MemoryPairOptions) {
    this.#highWater = options.highWaterBytes ?? DEFAULT_HIGH_WATER_BYTES;
    this.#maxRead = options.maxReadBytes ?? Number.POSITIVE_INFINITY;
  }

  get over(): boolean {
    return this.#broken !== undefined || (this.#ended && this.#length === 0);
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#broken)
      return Promise.reject(
        this.#broken.reason ?? new TransportError("closed", "cannot write: the connection is closed"),
      );
    if (this.#ended) return Promise.reject(new TransportError("closed", "cannot write: this direction has been ended"));
    if (bytes.length > 0) {
      this.#chunks.push(bytes.slice());
      this.#length += bytes.length;
      this.#serve();
    }
    if (this.#length <= this.#highWater) return Promise.resolve();
    return new Promise((resolve, reject) => this.#writers.push({ resolve, reject }));
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#reader) return Promise.reject(new TransportError("failed", "cannot read: another read is under way"));
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#serve();
    });
  }

  end(): void {
    this.#ended = true;
    this.#serve();
  }

  /** The writer is gone. What it wrote before still arrives; after that comes its error, or the end when there is none. */
  abandon(reason: Error | undefined): void {
    if (this.#broken || this.#ended) return;
    this.#ended = true;
    this.#endError =
      reason && new TransportError("reset", "the peer has closed the connection with an error", { cause: reason });
    this.#rejectWriters(reason);
    this.#serve();
  }

  /** The reader is gone: unread bytes are dropped and the writer is told. */
  break(reason: Error | undefined): void {
    if (this.#broken) return;
    this.#broken = { reason };
    this.#chunks.length = 0;
    this.#length = 0;
    this.#rejectWriters(reason);
    this.#serve();
  }

  #rejectWriters(reason: Error | undefined): void {
    const error = reason ?? new TransportError("closed", "cannot write: the connection is closed");
    for (const writer of this.#writers.splice(0)) writer.reject(error);
  }

  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    if (this.#broken) {
      this.#reader = undefined;
      if (this.#broken.reason) reader.reject(this.#broken.reason);
      else reader.resolve(undefined);
      return;
    }
    const first = this.#chunks[0];
    if (first !== undefined) {
      this.#reader = undefined;
      const chunk = first.length > this.#maxRead ? first.subarray(0, this.#maxRead) : first;
      if (chunk === first) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(this.#maxRead);
      this.#length -= chunk.length;
      if (this.#length <= this.#highWater) for (const writer of this.#writers.splice(0)) writer.resolve();
      reader.resolve(chunk);
    } else if (this.#ended) {
      this.#reader = undefined;
      if (this.#endError) reader.reject(this.#endError);
      else reader.resolve(undefined);
    }
  }
}

interface Waiter<T> {
  resolve(value: T): void;
  reject(reason: Error): void;
}

class MemorySocket implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;
  #settleClosed: Waiter<void> | undefined;
  #writeEnded = false;

  constructor(incoming: Pipe, outgoing: Pipe) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.closed = new Promise((resolve, reject) => {
      this.#settleClosed = { resolve, reject };
    });
    this.closed.catch(() => {});
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const chunk = await this.#incoming.read();
      if (chunk === undefined && this.#writeEnded) this.#settle(undefined);
      return chunk;
    } catch (error) {
      this.#settle(error as Error); // a Pipe rejects with nothing but an Error
      throw error;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#outgoing.write(bytes);
  }

  closeWrite(): Promise<void> {
    this.#writeEnded = true;
    this.#outgoing.end();
    if (this.#incoming.over) this.#settle(undefined);
    return Promise.resolve();
  }

  close(reason?: Error): Promise<void> {
    this.#outgoing.abandon(reason);
    this.#incoming.break(reason);
    this.#settle(reason);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #settle(reason: Error | undefined): void {
    if (reason) this.#settleClosed?.reject(reason);
    else this.#settleClosed?.resolve();
    this.#settleClosed = undefined;
  }
}
