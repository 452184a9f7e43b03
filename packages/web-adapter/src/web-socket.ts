import { type DuplexSocket, ReceiveQueue, sleep, systemClock, TransportError } from "@netconf-kit/socket";

/** What is used of a `WebSocket`. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
  addEventListener(type: "open" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number }) => void): void;
}

/** What a WebSocket may hold in each direction. */
export interface WebSocketOptions {
  /** Bytes received and not yet read. One byte more ends the connection: a WebSocket cannot tell its peer to wait. Default 1 MiB. */
  readonly maxReceivedBytes?: number;
  /** Bytes that the runtime has not sent yet before a write has to wait. Default 256 KiB. */
  readonly highWaterBytes?: number;
  /** What a log may show about the other end. */
  readonly remote?: string;
}

const DEFAULT_MAX_RECEIVED_BYTES = 1024 * 1024;
const DEFAULT_HIGH_WATER_BYTES = 256 * 1024;

/** The largest message we send, so that a peer with a bounded queue has room for it. */
const MAX_MESSAGE_BYTES = 32 * 1024;

/** A WebSocket has no event for "sent": how often to look, in milliseconds. */
const LOOK_AGAIN = 5;

/** How long a clean `close()` lets the peer take what was written before. */
const LINGER_MILLISECONDS = 1000;

/** RFC 6455 §7.4: scripts may use 1000 and what is private, from 4000 on. */
const closeCodes = { clean: 1000, broken: 4000, notBinary: 4003, tooMuch: 4009 } as const;

/** RFC 6455 §7.4.1: no close frame has come, as far as we know. */
const closedBefore = 1006;

/** RFC 6455 §7.4.1: a normal end, a peer that goes away, and an end without a code. */
const cleanCodes: ReadonlySet<number> = new Set([1000, 1001, 1005]);

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;

/**
 * A WebSocket as a `DuplexSocket`; it may still be connecting. Bytes travel in binary messages whose borders mean nothing.
 *
 * - There is no back-pressure on what comes in. What nobody reads is kept up to `maxReceivedBytes`; then the connection ends, and
 *   reads reject with `TransportError` `overrun` after what was kept. A single message is in memory before its size can be judged.
 * - There is no half close either: `closeWrite()` sends what is left and ends both directions.
 *
 * Reads and writes reject with `TransportError`: `overrun`, `reset` where the connection broke or the peer gave an error's code,
 * `failed` for a message of text, `closed` for a write after the end.
 *
 * @example
 * const socket = webSocket(new WebSocket("wss://relay.example/device-7", "binary"));
 */
export function webSocket(socket: WebSocketLike, options: WebSocketOptions = {}): DuplexSocket {
  return new WebSocketSocket(socket, options);
}

class WebSocketSocket implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly remote: string;
  readonly #socket: WebSocketLike;
  readonly #maxReceived: number;
  readonly #highWater: number;
  readonly #opened: Promise<void>;
  #settle!: { resolve(): void; reject(reason: Error): void };
  readonly #received: ReceiveQueue;
  #writes: Promise<void> = Promise.resolve();
  #writeEnded = false;
  #closing = false;
  #over = false;
  #failure: Error | undefined;

  constructor(socket: WebSocketLike, options: WebSocketOptions) {
    const { remote = "the other end of a WebSocket" } = options;
    this.remote = remote;
    this.#maxReceived = options.maxReceivedBytes ?? DEFAULT_MAX_RECEIVED_BYTES;
    this.#received = new ReceiveQueue({ maxBytes: this.#maxReceived });
    this.#highWater = options.highWaterBytes ?? DEFAULT_HIGH_WATER_BYTES;
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    this.closed = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.closed.catch(() => {});
    this.#opened = new Promise((resolve) => {
      if (socket.readyState !== CONNECTING) return resolve();
      socket.addEventListener("open", resolve);
      socket.addEventListener("close", () => resolve());
    });
    socket.addEventListener("message", ({ data }) => this.#take(data));
    // The event tells nothing; "close" follows, with code 1006.
    socket.addEventListener("error", () => {});
    socket.addEventListener("close", ({ code }) => this.#end(code));
    // Its event has been already.
    if (socket.readyState === CLOSED) this.#end(closedBefore);
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#received.read();
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#writeEnded || this.#closing || this.#over) return Promise.reject(this.#gone());
    const writing = this.#writes.then(() => this.#send(bytes));
    this.#writes = writing.catch(() => {});
    return writing;
  }

  async closeWrite(): Promise<void> {
    if (this.#writeEnded || this.#closing) return;
    this.#writeEnded = true;
    await this.#writes;
    this.#socket.close(closeCodes.clean);
  }

  async close(reason?: Error): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#received.discard(reason);
    if (reason !== undefined && !this.#over) this.#breakOff(reason, closeCodes.broken);
    if (this.#over) return;
    const written = new AbortController();
    const late = sleep(systemClock, LINGER_MILLISECONDS, written.signal).catch(() => {});
    await Promise.race([this.#writes, late]);
    written.abort();
    this.#socket.close(closeCodes.clean);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #send(bytes: Uint8Array): Promise<void> {
    await this.#opened;
    for (let at = 0; at < bytes.length; at += MAX_MESSAGE_BYTES) {
      if (this.#over || this.#socket.readyState !== OPEN) throw this.#gone();
      // A copy: runtimes differ in when they are done with what they were given.
      this.#socket.send(bytes.slice(at, at + MAX_MESSAGE_BYTES));
      while (this.#socket.bufferedAmount > this.#highWater) {
        if (this.#over) throw this.#gone();
        await sleep(systemClock, LOOK_AGAIN);
      }
    }
  }

  #take(data: unknown): void {
    if (this.#closing || this.#over) return;
    if (!(data instanceof ArrayBuffer)) {
      const error = new TransportError(
        "failed",
        `${this.remote} sent a message of text: only binary ones are expected`,
      );
      this.#breakOff(error, closeCodes.notBinary);
      return;
    }
    if (this.#received.push(new Uint8Array(data))) return;
    const words = `${this.remote} sent more than the ${this.#maxReceived} bytes that are kept for a slow reader`;
    this.#breakOff(new TransportError("overrun", words), closeCodes.tooMuch);
  }

  /** The peer learns no more than a code; we do not wait for its answer. */
  #breakOff(reason: Error, code: number): void {
    this.#failure ??= reason;
    this.#socket.close(code);
    this.#end(code);
  }

  #end(code: number): void {
    if (this.#over) return;
    this.#over = true;
    if (!this.#closing && !cleanCodes.has(code))
      this.#failure ??= new TransportError(
        "reset",
        `the connection with ${this.remote} ended with code ${code} (RFC 6455 §7.4)`,
      );
    this.#received.end(this.#failure);
    if (this.#failure) this.#settle.reject(this.#failure);
    else this.#settle.resolve();
  }

  #gone(): Error {
    return this.#failure ?? new TransportError("closed", `cannot write to ${this.remote}: the connection is closed`);
  }
}
