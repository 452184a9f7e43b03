import { type DuplexSocket, systemClock, TransportError } from "@netconf-kit/socket";

/** Two web streams of bytes that belong together, of whatever kind: what is used of them. */
export interface WebStreams {
  readonly readable: { getReader(): WebReader };
  readonly writable: { getWriter(): WebWriter };
  /** Ends the connection itself, where that takes more than giving up its streams: `cloudflare:sockets`. */
  close?(): Promise<unknown>;
}

/** What is used of a `ReadableStreamDefaultReader`. */
export interface WebReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

/** What is used of a `WritableStreamDefaultWriter`. */
export interface WebWriter {
  /** Positive while the stream wants more; null once it has failed. */
  readonly desiredSize: number | null;
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
}

/** What two streams do not tell by themselves. */
export interface StreamSocketOptions {
  /** Of the connection that the streams belong to, where it has one: its error is ours, and its end the end of writing. */
  readonly closed?: Promise<unknown>;
  /** What a log may show about the other end. */
  readonly remote?: string;
}

interface Waiter<T> {
  resolve(value: T): void;
  reject(reason: Error): void;
}

/** How long a clean `close()` lets the other end take what was written before. */
const LINGER_MILLISECONDS = 1000;

/** Bytes that a stream may hold before a write waits, however many more it wants: not every stream has a high-water mark. */
const MAX_UNSETTLED_BYTES = 256 * 1024;

/**
 * A pair of web streams as a `DuplexSocket`: a socket of `cloudflare:sockets`, a bidirectional stream of WebTransport, a
 * `TCPSocket` of Direct Sockets once it is open. Both streams are locked from the call on. Nothing is buffered here: a read asks the stream for one
 * chunk, and a write is done when the stream wants more, by its own high-water mark and at most 256 KiB.
 *
 * Reads and writes reject with `TransportError`: `reset` where a stream failed (its error is the `cause`), `failed` where it gave
 * something else than bytes, `closed` for a write after the end.
 *
 * @example
 * import { connect } from "cloudflare:sockets";
 * const tcp = connect({ hostname: "192.0.2.1", port: 830 }, { allowHalfOpen: true });
 * const socket = streamSocket(tcp, { closed: tcp.closed, remote: "192.0.2.1:830" });
 */
export function streamSocket(streams: WebStreams, options: StreamSocketOptions = {}): DuplexSocket {
  return new StreamSocket(streams, options);
}

class StreamSocket implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly remote: string;
  readonly #reader: WebReader;
  readonly #writer: WebWriter;
  readonly #streams: WebStreams;
  /** Writes that are held back. */
  readonly #writers: Waiter<void>[] = [];
  /** Bytes that the stream has and has not passed on. */
  #unsettled = 0;
  #settle!: { resolve(): void; reject(reason: Error): void };
  #waiter: Waiter<Uint8Array | undefined> | undefined;
  #ending: Promise<void> | undefined;
  #readEnded = false;
  #closing = false;
  #failure: Error | undefined;

  constructor(streams: WebStreams, { closed, remote = "the other end" }: StreamSocketOptions) {
    this.remote = remote;
    this.#streams = streams;
    this.#reader = streams.readable.getReader();
    this.#writer = streams.writable.getWriter();
    this.closed = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.closed.catch(() => {});
    closed?.then(
      // What has come before the end is still to be read.
      () => this.closeWrite(),
      (error: unknown) => this.#fail(error),
    );
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#waiter) return Promise.reject(new TransportError("failed", "cannot read: another read is under way"));
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#readEnded || this.#closing) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#ask();
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#ending || this.#closing) return Promise.reject(this.#gone());
    // Some streams take an empty chunk for an error.
    if (bytes.length === 0) return Promise.resolve();
    const { length } = bytes;
    this.#unsettled += length;
    // A copy: the stream keeps it beyond the moment when it wants more.
    this.#writer.write(bytes.slice()).then(
      () => this.#passedOn(length),
      (error: unknown) => this.#fail(error),
    );
    if (this.#wantsMore()) return Promise.resolve();
    return new Promise((resolve, reject) => this.#writers.push({ resolve, reject }));
  }

  closeWrite(): Promise<void> {
    void this.#endWriting();
    return Promise.resolve();
  }

  close(reason?: Error): Promise<void> {
    if (this.#closing) return Promise.resolve();
    this.#closing = true;
    this.#failure ??= reason;
    if (this.#failure === undefined) void this.#linger();
    else this.#drop(this.#failure);
    this.#settleReader();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What was written before still goes out, as long as the other end takes it. */
  async #linger(): Promise<void> {
    const late = systemClock.schedule(systemClock.now() + LINGER_MILLISECONDS, () => this.#drop());
    void this.#discard();
    await this.#endWriting();
    late();
    this.#drop();
  }

  /** Takes what nobody wants any more: an end that waits for us to read would not read either. */
  async #discard(): Promise<void> {
    try {
      while (!(await this.#reader.read()).done);
    } catch {
      // The end as well.
    }
  }

  /** Resolves when the other end has taken everything. */
  #endWriting(): Promise<void> {
    this.#ending ??= this.#writer.close().then(
      () => {
        if (this.#readEnded) this.#over();
      },
      // The peer may have gone meanwhile; reading tells.
      () => {},
    );
    return this.#ending;
  }

  /** Gives up both streams. */
  #drop(reason?: Error): void {
    // workerd leaves a connection open whose streams were given up, even if it is closed then.
    if (this.#streams.close === undefined) {
      this.#reader.cancel(reason).catch(() => {});
      this.#writer.abort(reason).catch(() => {});
    }
    this.#over();
  }

  #wantsMore(): boolean {
    if (this.#unsettled === 0) return true;
    return this.#unsettled <= MAX_UNSETTLED_BYTES && (this.#writer.desiredSize ?? 0) > 0;
  }

  #passedOn(length: number): void {
    this.#unsettled -= length;
    if (this.#wantsMore()) for (const { resolve } of this.#writers.splice(0)) resolve();
  }

  #ask(): void {
    this.#reader.read().then(
      ({ done, value }) => {
        if (done) this.#end();
        else if (!(value instanceof Uint8Array))
          this.#fail(new Error("the stream gave something else than bytes"), "failed");
        else if (value.length === 0 && this.#waiter) this.#ask();
        else this.#give(value);
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #give(chunk: Uint8Array): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.resolve(chunk);
  }

  #end(): void {
    this.#readEnded = true;
    void this.#ending?.then(() => this.#over());
    this.#settleReader();
  }

  #fail(error: unknown, code: "failed" | "reset" = "reset"): void {
    if (!this.#closing) {
      const words = error instanceof Error ? error.message : String(error);
      this.#failure ??= new TransportError(code, `the connection with ${this.remote} broke: ${words}`, {
        cause: error,
      });
      void this.close(this.#failure);
    }
  }

  #gone(): Error {
    return this.#failure ?? new TransportError("closed", `cannot write to ${this.remote}: the connection is closed`);
  }

  /** Both directions are over. */
  #over(): void {
    this.#readEnded = true;
    this.#closing = true;
    this.#streams.close?.().catch(() => {});
    for (const { reject } of this.#writers.splice(0)) reject(this.#gone());
    if (this.#failure) this.#settle.reject(this.#failure);
    else this.#settle.resolve();
  }

  #settleReader(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (this.#failure) waiter?.reject(this.#failure);
    else waiter?.resolve(undefined);
  }
}
