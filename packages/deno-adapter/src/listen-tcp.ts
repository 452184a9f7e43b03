import type { DuplexSocket, Listener } from "@netconf-kit/socket";
import { formatAddress, tcpSocket } from "./tcp-socket.ts";
import { transportErrorOf } from "./transport-error.ts";

/** Where to listen. */
export interface ListenTcpOptions {
  /** Address to listen at. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: the system chooses, see `port` of the result. */
  readonly port?: number;
}

/** A `Listener` with the address it has in the end. */
export interface TcpListener extends Listener {
  readonly host: string;
  readonly port: number;
  readonly local: string;
}

/**
 * Listens for TCP connections. Needs `--allow-net`. Connections that nobody takes wait in the kernel's backlog.
 *
 * @throws TransportError `address-in-use`, `permission-denied`, `address-not-available`.
 * @example
 * const listener = listenTcp({ host: "0.0.0.0", port: 4334 });
 * for await (const socket of listener) console.log("called by", socket.remote);
 */
export function listenTcp(options: ListenTcpOptions = {}): TcpListener {
  const { host = "127.0.0.1", port = 0 } = options;
  try {
    return new DenoListener(Deno.listen({ hostname: host, port }));
  } catch (error) {
    throw transportErrorOf(error, `cannot listen at ${formatAddress(host, port)}`);
  }
}

class DenoListener implements TcpListener {
  readonly host: string;
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(listener: Deno.TcpListener) {
    this.#listener = listener;
    this.host = listener.addr.hostname;
    this.port = listener.addr.port;
  }

  get local(): string {
    return formatAddress(this.host, this.port);
  }

  [Symbol.asyncIterator](): AsyncIterator<DuplexSocket, undefined> {
    return {
      next: () => {
        // Deno takes one accept at a time.
        const next = this.#turn.then(() => this.#accept());
        this.#turn = next.catch(() => {});
        return next;
      },
    };
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#listener.close();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(): Promise<IteratorResult<DuplexSocket, undefined>> {
    while (!this.#closed) {
      try {
        return { done: false, value: tcpSocket(await this.#listener.accept()) };
      } catch (error) {
        // A caller that has gone before it was accepted is no reason to stop listening.
        if (!this.#closed && !(error instanceof Deno.errors.ConnectionAborted)) {
          throw transportErrorOf(error, `cannot accept at ${this.local}`);
        }
      }
    }
    return { done: true, value: undefined };
  }
}
