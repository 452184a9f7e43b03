import { type Dial, type DuplexSocket, systemClock, TransportError } from "@netconf-kit/socket";
import { type BunSocket, bun } from "./bun-api.ts";
import { formatAddress, handlers, TcpSocket } from "./tcp-socket.ts";
import { transportErrorOf } from "./transport-error.ts";

/** Where to connect to. */
export interface DialTcpOptions {
  /** Name or address. A name is resolved anew at each call. */
  readonly host: string;
  readonly port: number;
  /** Time for the connection to stand, in milliseconds. Default 10 000. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT = 10_000;

/**
 * Opens TCP connections to one address.
 *
 * @throws TransportError `connection-refused`, `unreachable`, `name-not-found`, `connect-timeout`, …; `signal.reason` when aborted.
 * @example
 * const dial = dialTcp({ host: "router.example", port: 830 });
 * const socket = await dial();
 */
export function dialTcp(options: DialTcpOptions): Dial {
  const { host, port, timeout = DEFAULT_TIMEOUT } = options;
  const target = formatAddress(host, port);
  return async ({ signal } = {}) => {
    signal?.throwIfAborted();
    return new Promise<DuplexSocket>((resolve, reject) => {
      let over = false;
      const finish = (): void => {
        over = true;
        stopWaiting();
        signal?.removeEventListener("abort", onAbort);
      };
      const giveUp = (reason: unknown): void => {
        finish();
        reject(reason);
      };
      const onAbort = (): void => giveUp(signal?.reason);
      const stopWaiting = systemClock.schedule(systemClock.now() + timeout, () =>
        giveUp(new TransportError("connect-timeout", `cannot connect to ${target}: no answer within ${timeout} ms`)),
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      // Bun cannot be told to stop connecting: a connection that comes too late is dropped.
      open(host, port).then(
        (socket) => {
          if (over) return socket.terminate();
          finish();
          resolve(new TcpSocket(socket));
        },
        (error: unknown) => {
          if (!over) giveUp(transportErrorOf(error, `cannot connect to ${target}`));
        },
      );
    });
  };
}

async function open(hostname: string, port: number): Promise<BunSocket<TcpSocket | undefined>> {
  return bun().connect<TcpSocket | undefined>({
    hostname,
    port,
    allowHalfOpen: true,
    data: undefined,
    socket: { ...handlers, open: (socket) => socket.pause() },
  });
}
