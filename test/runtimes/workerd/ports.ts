import { connect, type Socket } from "cloudflare:sockets";
import { type Dial, type DuplexSocket, type Listener, TransportError } from "@netconf-kit/socket";
import { streamSocket } from "@netconf-kit/web-adapter";

const HOST = "127.0.0.1";
const halfOpen = { allowHalfOpen: true } as const;

/** Opens TCP connections by `cloudflare:sockets`. */
export function dialTcp(to: { readonly host: string; readonly port: number }): Dial {
  const target = `${to.host}:${to.port}`;
  return async ({ signal } = {}) => {
    signal?.throwIfAborted();
    const socket = connect({ hostname: to.host, port: to.port }, halfOpen);
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await Promise.race([socket.opened, aborted.promise]);
      return socketOf(socket, target);
    } catch (cause) {
      socket.close().catch(() => {});
      signal?.throwIfAborted();
      throw new TransportError("failed", `cannot connect to ${target}`, { cause });
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  };
}

/**
 * The ports that the configuration of workerd has opened: a program takes one for as long as it listens. It cannot close
 * it: who comes to a port where nobody listens is let in and cut off.
 */
export class Ports {
  /** The one that was given back last comes last: a straggler is not taken for a caller of the next listener. */
  readonly #free: number[];
  readonly #listeners = new Map<number, PortListener>();

  constructor(ports: readonly number[]) {
    this.#free = [...ports];
  }

  async listen(): Promise<PortListener> {
    const port = this.#free.shift();
    if (port === undefined) throw new TransportError("address-in-use", "the configuration has no more ports");
    const listener = new PortListener(port, () => {
      this.#listeners.delete(port);
      this.#free.push(port);
    });
    this.#listeners.set(port, listener);
    return listener;
  }

  /** Somebody has come to a port. Resolves when the connection is over. */
  async accept(port: number, socket: Socket): Promise<void> {
    const listener = this.#listeners.get(port);
    if (listener === undefined) return socket.close();
    const accepted = socketOf(socket, "whoever has called");
    listener.accept(accepted);
    await accepted.closed.catch(() => {});
  }
}

class PortListener implements Listener {
  readonly host = HOST;
  readonly port: number;
  readonly #giveBack: () => void;
  readonly #waiting: DuplexSocket[] = [];
  readonly #takers: ((result: IteratorResult<DuplexSocket, undefined>) => void)[] = [];
  #closed = false;

  constructor(port: number, giveBack: () => void) {
    this.port = port;
    this.#giveBack = giveBack;
  }

  [Symbol.asyncIterator](): AsyncIterator<DuplexSocket, undefined> {
    return {
      next: async () => {
        const socket = this.#waiting.shift();
        if (socket !== undefined) return { done: false, value: socket };
        if (this.#closed) return { done: true, value: undefined };
        return new Promise((resolve) => this.#takers.push(resolve));
      },
    };
  }

  accept(socket: DuplexSocket): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#waiting.push(socket);
    else taker({ done: false, value: socket });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#giveBack();
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined });
    await Promise.all(this.#waiting.splice(0).map((socket) => socket.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function socketOf(socket: Socket, remote: string): DuplexSocket {
  return streamSocket(socket, { closed: socket.closed, remote });
}
