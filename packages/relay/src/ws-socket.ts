import { type Clock, type DuplexSocket, TransportError } from "@netconf-kit/socket";
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

interface Reader {
  resolve(chunk: Uint8Array | undefined): void;
  reject(reason: Error): void;
}

/**
 * An accepted WebSocket as a `DuplexSocket`: binary messages are the bytes, their boundaries mean nothing. A WebSocket has no
 * half-close, so `closeWrite()` closes it. It is told from a dead one by pings, unless it is we who do not read.
 */
export class WsSocket implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly remote: string;
  readonly #ws: WebSocket;
  readonly #maxQueued: number;
  readonly #stopPings: () => void;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #reader: Reader | undefined;
  /** Of writes under way. */
  readonly #rejections: Set<(reason: Error) => void> = new Set();
  #ended = false;
  #closing = false;
  #failure: Error | undefined;
  #unanswered = 0;

  constructor(ws: WebSocket, { remote, maxQueued, pingTime, clock }: WsSocketOptions) {
    this.remote = remote;
    this.#ws = ws;
    this.#maxQueued = maxQueued;
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
        this.#ended = true;
        this.#settleReader();
        if (this.#failure) reject(this.#failure);
        else resolve();
      });
    });
    this.closed.catch(() => {});
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#reader) return Promise.reject(new TransportError("failed", "cannot read: another read is under way"));
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#length -= chunk.length;
      if (this.#length < this.#maxQueued && this.#ws.isPaused) this.#ws.resume();
      return Promise.resolve(chunk);
    }
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#ended || this.#closing) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
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
    this.#chunks.length = 0;
    this.#length = 0;
    this.#failure ??= reason;
    this.#settleReader();
    if (reason !== undefined) for (const reject of this.#rejections) reject(reason);
    if (reason === undefined) this.#ws.close(1000);
    else if (!isRelayError(reason)) this.#ws.close(INTERNAL_ERROR);
    // RFC 6455 §7.4.1: 1006 is never sent.
    else if (reason.close === undefined || reason.close === 1006) this.#ws.close(INTERNAL_ERROR);
    else this.#ws.close(reason.close, cut(`${reason.code}: ${reason.message}`));
    // Its answer to the close comes behind whatever was not read.
    this.#ws.resume();
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
    const chunk = data as Uint8Array;
    if (chunk.length === 0) return;
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length >= this.#maxQueued) this.#ws.pause();
  }

  #settleReader(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    if (this.#failure) reader.reject(this.#failure);
    else reader.resolve(undefined);
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
