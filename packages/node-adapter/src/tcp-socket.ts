import { Socket } from "node:net";
import { type DuplexSocket, ReceiveQueue, TransportError } from "@netconf-kit/socket";
import { freeBytes } from "./crypto-bytes.ts";
import { transportErrorOf } from "./transport-error.ts";

/** How long a clean `close()` keeps discarding input while it waits for the peer's end. */
const LINGER_MILLISECONDS = 1000;

/**
 * A connected `net.Socket` (or anything that behaves like one, such as a `TLSSocket`) as a `DuplexSocket`. The socket has to
 * have been made with `allowHalfOpen: true`, or the peer's end also ends our direction. TCP_NODELAY is set: with Nagle's
 * algorithm each step of a handshake may wait 40 ms for a delayed acknowledgement.
 *
 * @example
 * const socket = tcpSocket(net.connect({ host: "192.0.2.1", port: 830, allowHalfOpen: true }));
 */
export function tcpSocket(socket: Socket): DuplexSocket {
  return new TcpSocket(socket);
}

class TcpSocket implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly remote: string;
  readonly #socket: Socket;
  readonly #received: ReceiveQueue;
  #closing = false;
  #failure: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#received = new ReceiveQueue({ source: socket, paused: socket.isPaused() });
    this.remote = formatAddress(socket.remoteAddress, socket.remotePort);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Uint8Array) => this.#received.push(chunk));
    socket.on("end", () => this.#received.end());
    socket.on("error", (error) => {
      this.#failure ??= transportErrorOf(error, `the connection with ${this.remote} broke`);
    });
    this.closed = new Promise((resolve, reject) => {
      socket.on("close", () => {
        this.#received.end(this.#failure);
        if (this.#failure) reject(this.#failure);
        else resolve();
      });
    });
    this.closed.catch(() => {});
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#received.read();
  }

  recycle(chunk: Uint8Array): void {
    // What a stream of somebody else's gives may be in use there.
    if (this.#socket instanceof Socket) freeBytes(chunk);
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#closing || this.#socket.writableEnded || this.#socket.destroyed) {
      return Promise.reject(new TransportError("closed", `cannot write to ${this.remote}: the connection is closed`));
    }
    // TLS of Deno fails at them.
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        if (error) reject(this.#failure ?? transportErrorOf(error, `cannot write to ${this.remote}`));
        // Node reports what a destroyed socket has dropped as written.
        else if (this.#failure) reject(this.#failure);
        else resolve();
      });
    });
  }

  closeWrite(): Promise<void> {
    if (this.#socket.writableEnded || this.#socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.once("close", done);
      this.#socket.end(done);
    });
  }

  close(reason?: Error): Promise<void> {
    if (this.#closing || this.#socket.destroyed) return Promise.resolve();
    this.#closing = true;
    if (reason !== undefined) this.#failure ??= reason;
    this.#received.discard(this.#failure);
    if (reason === undefined && !this.#socket.readableEnded) this.#linger();
    else if (reason === undefined) this.#socket.destroySoon();
    else this.#socket.destroy();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Destroying a socket with unread input resets the connection, and the peer may lose our last bytes: discard input first. */
  #linger(): void {
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MILLISECONDS);
    timer.unref();
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.once("end", () => this.#socket.destroySoon());
    // A second end is an error to `net.Socket`, and making one costs more than all the rest.
    if (!this.#socket.writableEnded) this.#socket.end();
    this.#socket.resume();
  }
}

/** `192.0.2.1:830` or `[2001:db8::1]:830`; an IPv4 address that came in on an IPv6 socket is shown as IPv4. */
export function formatAddress(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return "an unknown address";
  const plain = address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
  return plain.includes(":") ? `[${plain}]:${port ?? 0}` : `${plain}:${port ?? 0}`;
}
