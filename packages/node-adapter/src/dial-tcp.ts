import { connect } from "node:net";
import { type Dial, TransportError } from "@netconf-kit/socket";
import { formatAddress, tcpSocket } from "./tcp-socket.ts";
import { transportErrorOf } from "./transport-error.ts";

export interface DialTcpOptions {
  /** Name or address. A name is resolved anew at each call, and all its addresses are tried (RFC 8305). */
  readonly host: string;
  readonly port: number;
  /** Our own address and port, where policy asks for certain ones. Default: the system chooses. */
  readonly localAddress?: string;
  readonly localPort?: number;
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
  const { host, port, localAddress, localPort, timeout = DEFAULT_TIMEOUT } = options;
  const target = formatAddress(host, port);
  return ({ signal } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const socket = connect({
        host,
        port,
        allowHalfOpen: true,
        noDelay: true,
        ...(localAddress === undefined ? {} : { localAddress }),
        ...(localPort === undefined ? {} : { localPort }),
      });
      const giveUp = (reason: unknown): void => {
        finish();
        socket.destroy();
        reject(reason);
      };
      const onAbort = (): void => giveUp(signal?.reason);
      const onError = (error: Error): void => giveUp(transportErrorOf(error, `cannot connect to ${target}`));
      const timer = setTimeout(
        () =>
          giveUp(new TransportError("connect-timeout", `cannot connect to ${target}: no answer within ${timeout} ms`)),
        timeout,
      );
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        socket.off("error", onError);
        // A late error of a socket we gave up must not become an uncaught one.
        socket.on("error", () => {});
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      socket.on("error", onError);
      socket.once("connect", () => {
        finish();
        resolve(tcpSocket(socket));
      });
    });
}
