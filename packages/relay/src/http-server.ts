import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { isIPv6, type Socket } from "node:net";
import { sourceOf, TransportError, type TransportErrorCode } from "@netconf-kit/socket";
import type { RelayLimits } from "./limits.ts";
import { Places } from "./places.ts";
import type { RelayTls } from "./relay-options.ts";
import { formatTarget } from "./targets.ts";

/** How often Node looks for requests that take too long, in milliseconds. */
const CHECK_INTERVAL = 1000;

/** A server of HTTP that bounds what a stranger gets: connections in all and from one address, and the time for a request. */
export function httpServer(answer: RequestListener, limits: RelayLimits, tls: RelayTls | undefined): Server {
  const { handshakeTime, maxConnections, maxConnectionsPerAddress } = limits;
  const times: ServerOptions = {
    headersTimeout: handshakeTime,
    requestTimeout: handshakeTime,
    connectionsCheckingInterval: Math.min(handshakeTime, CHECK_INTERVAL),
  };
  const server =
    tls === undefined
      ? createServer(times, answer)
      : createTlsServer({ ...times, cert: pem(tls.cert), key: pem(tls.key), handshakeTimeout: handshakeTime }, answer);
  const places = new Places(maxConnections, maxConnectionsPerAddress);
  // Before a byte is read, that of a TLS handshake included.
  server.on("connection", (socket: Socket) => {
    const place = places.take(sourceOf(addressOf(socket)));
    if (typeof place === "string") socket.destroy();
    else socket.once("close", () => place.leave());
  });
  return server;
}

/** Listens; resolves with where that is. @throws TransportError */
export function listenAt(
  server: Server,
  host: string,
  port: number,
): Promise<{ readonly host: string; readonly port: number }> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const code = ("code" in cause && codes.get(String(cause.code))) || "failed";
      reject(new TransportError(code, `cannot listen at ${formatTarget({ host, port })}: ${cause.message}`, { cause }));
    });
    server.listen({ host, port }, () => {
      // Such as "too many open files": accepting goes on when the reason has passed.
      server.on("error", () => {});
      const address = server.address();
      resolve(
        typeof address === "object" && address !== null
          ? { host: address.address, port: address.port }
          : { host, port },
      );
    });
  });
}

const codes: ReadonlyMap<string, TransportErrorCode> = new Map([
  ["EADDRINUSE", "address-in-use"],
  ["EADDRNOTAVAIL", "address-not-available"],
  ["EACCES", "permission-denied"],
]);

/** `192.0.2.1:40123`; an IPv4 address that came in on an IPv6 socket is shown as IPv4. */
export function addressOf({ remoteAddress, remotePort = 0 }: Socket): string {
  if (remoteAddress === undefined) return "an unknown address";
  const plain = isIPv6(remoteAddress) ? remoteAddress.replace(/^::ffff:(?=\d+\.)/, "") : remoteAddress;
  return formatTarget({ host: plain, port: remotePort });
}

function pem(text: string | Uint8Array): string | Buffer {
  return typeof text === "string" ? text : Buffer.from(text);
}
