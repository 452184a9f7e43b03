import type { Dial } from "@netconf-kit/socket";
import { type ConnectTcpOptions, connectTcp } from "./connect-tcp.ts";
import { tcpSocket } from "./tcp-socket.ts";

/** Where to connect to, from where, and how long to try. */
export type DialTcpOptions = ConnectTcpOptions;

/**
 * Opens TCP connections to one address.
 *
 * @throws TransportError `connection-refused`, `unreachable`, `name-not-found`, `connect-timeout`, …; `signal.reason` when aborted.
 * @example
 * const dial = dialTcp({ host: "router.example", port: 830 });
 * const socket = await dial();
 */
export function dialTcp(options: DialTcpOptions): Dial {
  return async (context) => tcpSocket(await connectTcp(options, context));
}
