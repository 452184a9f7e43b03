import { type Dial, TransportError } from "@netconf-kit/socket";
import { formatAddress, tcpSocket } from "./tcp-socket.ts";
import { transportErrorOf } from "./transport-error.ts";

/** Where to connect to, and how long to try. */
export interface DialTcpOptions {
  /** Name or address. A name is resolved anew at each call. */
  readonly host: string;
  readonly port: number;
  /** Time for the connection to stand, in milliseconds. Default 10 000. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT = 10_000;

/**
 * Opens TCP connections to one address. Needs `--allow-net`.
 *
 * @throws TransportError `connection-refused`, `unreachable`, `connect-timeout`, `permission-denied`, …; `signal.reason` when aborted.
 * @example
 * const dial = dialTcp({ host: "router.example", port: 830 });
 * const socket = await dial();
 */
export function dialTcp(options: DialTcpOptions): Dial {
  const { host, port, timeout = DEFAULT_TIMEOUT } = options;
  const target = formatAddress(host, port);
  return async ({ signal } = {}) => {
    signal?.throwIfAborted();
    const late = AbortSignal.timeout(timeout);
    const either = signal === undefined ? late : AbortSignal.any([signal, late]);
    try {
      return tcpSocket(await Deno.connect({ hostname: host, port, signal: either }));
    } catch (error) {
      signal?.throwIfAborted();
      if (late.aborted) {
        throw new TransportError("connect-timeout", `cannot connect to ${target}: no answer within ${timeout} ms`);
      }
      throw transportErrorOf(error, `cannot connect to ${target}`);
    }
  };
}
