import { type Clock, type DuplexSocket, ReceiveQueue, TransportError } from "@netconf-kit/socket";
import type { RawData, WebSocket } from "ws";
import { isRelayError, RelayError } from "./errors.ts";

export interface WsSocketOptions {
  readonly remote: string;
  /** Bytes that nobody reads, until we stop taking more. One message and what ws has begun to read may come on top. */
  readonly maxQueued: number;
  /** Milliseconds between pings. */
  readonly pingTime: number;
  readonly clock: Clock;
}

/** Control frames that may wait for a client that reads nothing, in bytes of everything that waits for it. */
const MAX_BEFORE_PONG = 64 * 1024;

/** RFC 6455 §5.5: a control frame has 125 bytes at most, two of them for the close code. */
const MAX_REASON_BYTES = 123;

/** RFC 6455 §7.4.1: something went wrong that has no code of its own. */
const INTERNAL_ERROR = 1011;

/**
 * An accepted WebSocket as a `DuplexSocket`: binary messages are the bytes, their boundaries mean nothing. A WebSocket has no
 * half-close, so `closeWrite()` closes it. It is told from a dead one by pings, unless it is we who do not read.
 */
export class WsSocket implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly remote: string;
  /** While this is so nobody reads until a device has called; who says too much then is ended: paused, it could not be seen to go. */
  readsNothing = false;
  readonly #ws: WebSocket;
  readonly #stopPings: () => void;
  readonly #received: ReceiveQueue;
  /** Of writes under way. */
  readonly #rejections: Set<(reason: Error) => void> = new Set();
  #closing = false;
  #failure: Error | undefined;
  #unanswered = 0;

  constructor(ws: WebSocket, { remote, maxQueued, pingTime, clock }: WsSocketOptions) {
    this.remote = remote;
    this.#ws = ws;
    this.#received = new ReceiveQueue({
      maxBytes: maxQueued,
      source: { pause: () => this.#pause(maxQueued), resume: () => ws.resume() },
    });
    ws.on("message", (data, isBinary) => this.#receive(data, isBinary));
    // RFC 6455 §5.5.3: of several pings only the last needs an answer, so none is owed to who does not take them.
    ws.on("ping", (data) => void (ws.bufferedAmount < MAX_BEFORE_PONG && ws.pong(data)));
    ws.on("pong", () => this.#seen());
    ws.on("error", (error) => {
      this.#failure ??= relayErrorOfWs(error, remote);
    });
    this.#stopPings = this.#startPings(clock, pingTime);
    this.closed = new Promise((resolve, reject) => {
      ws.on("close", (code) => {
        this.#stopPings();
        if (code === 1006 && !this.#closing) this.#failure ??= lost(remote);
        this.#received.end(this.#failure);
        if (this.#failure) reject(this.#failure);
        else resolve();
      });
    });
    this.closed.catch(() => {});
  }

  /** Whether neither end has begun to close. */
  get isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#received.read();
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#send(bytes);
  }

  /** A text message: what the relay itself has to say. */
  writeText(text: string): Promise<void> {
    return this.#send(text);
  }

  closeWrite(): Promise<void> {
    return this.close();
  }

  /** The other end sees the close code of a `RelayError`; of any other error only that there was one. */
  close(reason?: Error): Promise<void> {
    if (this.#closing) return Promise.resolve();
    this.#closing = true;
    this.#failure ??= reason;
    if (reason !== undefined) for (const reject of this.#rejections) reject(reason);
    if (reason === undefined) this.#ws.close(1000);
    else if (!isRelayError(reason)) this.#ws.close(INTERNAL_ERROR);
    // RFC 6455 §7.4.1: 1006 is never sent.
    else if (reason.close === undefined || reason.close === 1006) this.#ws.close(INTERNAL_ERROR);
    else this.#ws.close(reason.close, cut(`${reason.code}: ${reason.message}`));
    // Its answer to the close comes behind whatever was not read.
    this.#received.discard(this.#failure);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(data: Uint8Array | string): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#closing) return Promise.reject(new TransportError("closed", `the WebSocket of ${this.remote} is closed`));
    return new Promise((resolve, reject) => {
      this.#rejections.add(reject);
      this.#ws.send(data, (error) => {
        this.#rejections.delete(reject);
        if (error !== undefined && error !== null) reject(this.#failure ?? lost(this.remote, error));
        else {
          this.#seen();
          resolve();
        }
      });
    });
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#seen();
    if (this.#closing) return;
    if (!isBinary) {
      void this.close(new RelayError("text-message", "bytes go in binary messages, and this one was text"));
      return;
    }
    // With its default binaryType ws gives one Buffer for a message, which nobody else has.
    this.#received.push(data as Uint8Array);
  }

  #pause(maxQueued: number): void {
    if (!this.readsNothing) this.#ws.pause();
    else void this.close(new RelayError("message-too-big", `${maxQueued} bytes, and no device has called yet`));
  }

  #seen(): void {
    this.#unanswered = 0;
  }

  #startPings(clock: Clock, every: number): () => void {
    let cancel: () => void = () => {};
    const beat = (): void => {
      // While we read nothing its pongs wait with the rest.
      if (this.#ws.isPaused) this.#unanswered = 0;
      if (this.#unanswered >= 2) {
        void this.close(new RelayError("client-silent", `${this.remote} has not answered for ${2 * every} ms`));
        return;
      }
      this.#unanswered++;
      if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping();
      cancel = clock.schedule(clock.now() + every, beat);
    };
    cancel = clock.schedule(clock.now() + every, beat);
    return () => cancel();
  }
}

function lost(remote: string, cause?: unknown): RelayError {
  return new RelayError("connection-lost", `the connection with ${remote} broke off`, { cause });
}

/** ws names each rule that a peer has broken, and has answered with the right close code itself. */
function relayErrorOfWs(error: Error, remote: string): RelayError {
  const code = "code" in error ? String(error.code) : "";
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH")
    return new RelayError("message-too-big", `${remote} sent a message that is too long`, { cause: error });
  if (code.startsWith("WS_ERR_"))
    return new RelayError("bad-frame", `${remote} broke the WebSocket protocol: ${error.message}`, { cause: error });
  return lost(remote, error);
}

/** At most so many bytes of UTF-8, whole characters only. */
function cut(text: string): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(MAX_REASON_BYTES));
  return text.slice(0, read);
}
