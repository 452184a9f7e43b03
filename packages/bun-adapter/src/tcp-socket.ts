import { type DuplexSocket, ReceiveQueue, systemClock, TransportError } from "@netconf-kit/socket";
import type { BunHandlers, BunSocket } from "./bun-api.ts";
import { transportErrorOf } from "./transport-error.ts";

/** How long a clean `close()` keeps discarding input while it waits for the peer's end. */
const LINGER_MILLISECONDS = 1000;

/** What Bun calls for every socket of ours: the `DuplexSocket` is the socket's `data` from the moment it is open. */
export const handlers: BunHandlers<TcpSocket | undefined> = {
  binaryType: "uint8array",
  data: (socket, chunk) => socket.data?.take(chunk),
  end: (socket) => socket.data?.end(),
  drain: (socket) => socket.data?.drain(),
  close: (socket, error) => socket.data?.over(error),
  error: (socket, error) => socket.data?.over(error),
};

interface Waiter<T> {
  resolve(value: T): void;
  reject(reason: Error): void;
}

/** Bytes the kernel has not taken yet, from `at` on. */
interface PendingWrite extends Waiter<void> {
  readonly bytes: Uint8Array;
  at: number;
}

/** A socket of Bun as a `DuplexSocket`. TCP_NODELAY is set: with Nagle's algorithm each step of a handshake may wait 40 ms. */
export class TcpSocket implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly remote: string;
  readonly #socket: BunSocket<TcpSocket | undefined>;
  #settle: Waiter<void> | undefined;
  readonly #received: ReceiveQueue;
  readonly #writes: PendingWrite[] = [];
  readonly #flushed: (() => void)[] = [];
  #readEnded = false;
  #writeEnded = false;
  #closing = false;
  #failure: Error | undefined;

  /** @param socket open, paused: nothing is read before somebody asks for it */
  constructor(socket: BunSocket<TcpSocket | undefined>) {
    this.#socket = socket;
    this.remote = formatAddress(socket.remoteAddress, socket.remotePort);
    socket.setNoDelay(true);
    socket.data = this;
    const resume = (): void => void (this.#settle !== undefined && socket.resume());
    this.#received = new ReceiveQueue({ source: { pause: () => socket.pause(), resume }, paused: true });
    this.closed = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.closed.catch(() => {});
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#received.read();
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#closing || this.#writeEnded || this.#settle === undefined) {
      return Promise.reject(new TransportError("closed", `cannot write to ${this.remote}: the connection is closed`));
    }
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#writes.push({ bytes, at: 0, resolve, reject });
      if (this.#writes.length === 1) this.drain();
    });
  }

  async closeWrite(): Promise<void> {
    if (this.#writeEnded || this.#closing) return;
    this.#writeEnded = true;
    await this.#flush();
    if (this.#settle === undefined) return;
    if (this.#readEnded) this.#socket.end();
    else this.#socket.shutdown();
  }

  async close(reason?: Error): Promise<void> {
    if (this.#closing || this.#settle === undefined) return;
    this.#closing = true;
    if (reason !== undefined) {
      this.#failure ??= reason;
      this.#received.discard(reason);
      this.#socket.terminate();
      this.over(reason);
      return;
    }
    const stopWaiting = systemClock.schedule(systemClock.now() + LINGER_MILLISECONDS, () => this.#socket.terminate());
    this.closed.then(stopWaiting, stopWaiting);
    // Closing a socket with unread input resets the connection, and the peer may lose our last bytes: discard input first.
    this.#received.discard();
    await this.#flush();
    if (this.#settle === undefined) return;
    if (this.#readEnded) this.#socket.end();
    else if (!this.#writeEnded) this.#socket.shutdown();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  take(chunk: Uint8Array): void {
    this.#received.push(chunk);
  }

  /** The peer has ended its direction. */
  end(): void {
    this.#readEnded = true;
    this.#received.end();
    if (this.#closing || this.#writeEnded) void this.#flush().then(() => this.#socket.end());
  }

  /** The kernel has room: hands it what waits. */
  drain(): void {
    for (let first = this.#writes[0]; first !== undefined; first = this.#writes[0]) {
      const taken = this.#socket.write(first.bytes, first.at, first.bytes.length - first.at);
      if (taken < 0) {
        // Bun would wait for the rest of a paused socket, and keep the process alive for it.
        this.#socket.terminate();
        this.over(new TransportError("reset", `the connection with ${this.remote} is gone`));
        return;
      }
      first.at += taken;
      if (first.at < first.bytes.length) return;
      this.#writes.shift();
      first.resolve();
    }
    for (const resolve of this.#flushed.splice(0)) resolve();
  }

  /** Both directions are over. */
  over(error?: Error): void {
    if (this.#settle === undefined) return;
    if (error !== undefined) {
      this.#failure ??= transportErrorOf(error, `the connection with ${this.remote} broke`);
    }
    const gone =
      this.#failure ?? new TransportError("closed", `cannot write to ${this.remote}: the connection is closed`);
    for (const { reject } of this.#writes.splice(0)) reject(gone);
    for (const resolve of this.#flushed.splice(0)) resolve();
    this.#readEnded = true;
    this.#received.end(this.#failure);
    if (this.#failure) this.#settle.reject(this.#failure);
    else this.#settle.resolve();
    this.#settle = undefined;
  }

  #flush(): Promise<void> {
    if (this.#writes.length === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#flushed.push(resolve));
  }
}

/** `192.0.2.1:830` or `[2001:db8::1]:830`; an IPv4 address that came in on an IPv6 socket is shown as IPv4. */
export function formatAddress(address: string, port: number): string {
  const plain = address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}
