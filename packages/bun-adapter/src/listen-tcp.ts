import type { DuplexSocket, Listener } from "@netconf-kit/socket";
import { type BunListener, type BunSocket, bun } from "./bun-api.ts";
import { formatAddress, handlers, TcpSocket } from "./tcp-socket.ts";
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

/** A listener that knows its address and its port, also when the system chose it. */
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
 * const listener = listenTcp({ host: "::", port: 4334 });
 * for await (const socket of listener) console.log("called by", socket.remote);
 */
export function listenTcp(options: ListenTcpOptions = {}): TcpListener {
  const { host = "127.0.0.1", port = 0, maxWaiting = DEFAULT_MAX_WAITING } = options;
  try {
    return new TcpListenerOfBun(host, port, maxWaiting);
  } catch (error) {
    throw transportErrorOf(error, `cannot listen at ${formatAddress(host, port)}`);
  }
}

class TcpListenerOfBun implements TcpListener {
  readonly host: string;
  readonly port: number;
  readonly #listener: BunListener;
  readonly #maxWaiting: number;
  readonly #waiting: TcpSocket[] = [];
  readonly #takers: ((result: IteratorResult<DuplexSocket, undefined>) => void)[] = [];
  #closed = false;

  constructor(host: string, port: number, maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
    this.#listener = bun().listen<TcpSocket | undefined>({
      hostname: host,
      port,
      allowHalfOpen: true,
      socket: { ...handlers, open: (socket) => this.#accept(socket) },
    });
    this.host = this.#listener.hostname;
    this.port = this.#listener.port;
  }

  get local(): string {
    return formatAddress(this.host, this.port);
  }

  [Symbol.asyncIterator](): AsyncIterator<DuplexSocket, undefined> {
    return {
      next: () => {
        const socket = this.#waiting.shift();
        if (socket !== undefined) return Promise.resolve({ done: false, value: socket });
        if (this.#closed) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => this.#takers.push(resolve));
      },
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.stop();
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined });
    await Promise.all(this.#waiting.splice(0).map((socket) => socket.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(socket: BunSocket<TcpSocket | undefined>): void {
    // Early bytes stay in the kernel until somebody wants the connection.
    socket.pause();
    const taker = this.#takers.shift();
    if (this.#closed) socket.terminate();
    else if (taker !== undefined) taker({ done: false, value: new TcpSocket(socket) });
    else if (this.#waiting.length < this.#maxWaiting) this.#waiting.push(new TcpSocket(socket));
    else socket.terminate();
  }
}
