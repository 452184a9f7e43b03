import { createServer, type Server, type Socket } from "node:net";
import type { DuplexSocket, Listener } from "@netconf-kit/socket";
import { formatAddress, tcpSocket } from "./tcp-socket.ts";
import { transportErrorOf } from "./transport-error.ts";

/** Where to listen. */
export interface ListenTcpOptions {
  /** Address to listen at; `::` takes IPv4 as well. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: the system chooses, see `port` of the result. */
  readonly port?: number;
  /** Connections accepted and not yet taken by the iterator; more are closed at once. Default 128. */
  readonly maxWaiting?: number;
}

/** A `Listener` with the address it has in the end. */
export interface TcpListener extends Listener {
  readonly host: string;
  readonly port: number;
  readonly local: string;
}

const DEFAULT_MAX_WAITING = 128;

/**
 * Listens for TCP connections.
 *
 * @throws TransportError `address-in-use`, `permission-denied`, `address-not-available`.
 * @example
 * const listener = await listenTcp({ host: "::", port: 4334 });
 * for await (const socket of listener) console.log("called by", socket.remote);
 */
export function listenTcp(options: ListenTcpOptions = {}): Promise<TcpListener> {
  const { host = "127.0.0.1", port = 0, maxWaiting = DEFAULT_MAX_WAITING } = options;
  // Paused sockets keep early bytes in the kernel until somebody wants the connection.
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(transportErrorOf(error, `cannot listen at ${formatAddress(host, port)}`)));
    server.listen({ host, port }, () => resolve(new NodeListener(server, maxWaiting)));
  });
}

class NodeListener implements TcpListener {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  readonly #takers: ((result: IteratorResult<DuplexSocket, undefined>) => void)[] = [];
  readonly #over: Promise<void>;
  #closed = false;

  constructor(server: Server, maxWaiting: number) {
    this.#server = server;
    const address = server.address();
    // A server that listens on TCP has an address object; the other forms belong to pipes.
    this.host = typeof address === "object" && address !== null ? address.address : "";
    this.port = typeof address === "object" && address !== null ? address.port : 0;
    this.#over = new Promise((resolve) => server.once("close", () => resolve()));
    // Such as "too many open files": accepting goes on when the reason has passed.
    server.on("error", () => {});
    server.on("connection", (socket) => {
      const taker = this.#takers.shift();
      if (taker !== undefined) taker({ done: false, value: tcpSocket(socket) });
      else if (this.#waiting.length < maxWaiting) this.#wait(socket);
      else socket.destroy();
    });
  }

  get local(): string {
    return formatAddress(this.host, this.port);
  }

  [Symbol.asyncIterator](): AsyncIterator<DuplexSocket, undefined> {
    return {
      next: () => {
        const socket = this.#waiting.shift();
        if (socket !== undefined) {
          socket.removeAllListeners("error");
          return Promise.resolve({ done: false, value: tcpSocket(socket) });
        }
        if (this.#closed) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => this.#takers.push(resolve));
      },
    };
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#server.close();
      for (const socket of this.#waiting.splice(0)) socket.destroy();
      for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined });
    }
    // `net.Server` is closed only when its last connection is: ours may outlive the listener, so do not wait for them.
    return Promise.race([this.#over, new Promise<void>((resolve) => setImmediate(resolve))]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #wait(socket: Socket): void {
    socket.on("error", () => {});
    this.#waiting.push(socket);
  }
}
