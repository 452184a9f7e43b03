import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import type { TlsChannel, VerifyPeer } from "@netconf-kit/tls";
import { type IssuedCertificate, type TestAuthority, testAuthority } from "../../../test/support/test-authority.ts";
import { type TlsClientOptions, tlsClient } from "../src/tls-client.ts";
import { type TlsServerOptions, tlsServer } from "../src/tls-server.ts";

/** An authority with what both ends usually have. */
export interface World {
  readonly ca: TestAuthority;
  readonly device: IssuedCertificate;
  readonly manager: IssuedCertificate;
  readonly client: TlsClientOptions;
  readonly server: TlsServerOptions;
}

export const SERVER_NAME = "r7.example.net";

export function makeWorld(): World {
  const ca = testAuthority();
  const device = ca.issue({ subject: "/CN=router-7", altNames: `DNS:${SERVER_NAME},IP:192.0.2.7` });
  const manager = ca.issue({ subject: "/CN=ops", altNames: "email:Ops@EXAMPLE.net" });
  return {
    ca,
    device,
    manager,
    client: { ...pair(manager), ca: ca.cert, serverName: SERVER_NAME },
    server: { ...pair(device), clientCa: ca.cert, certToName: [{ id: 1, mapType: "san-any" }] },
  };
}

/** Without the files. */
export function pair({ cert, key }: IssuedCertificate): { readonly cert: string; readonly key: string } {
  return { cert, key };
}

export interface Ends {
  readonly client: PromiseSettledResult<TlsChannel<DuplexSocket>>;
  readonly server: PromiseSettledResult<TlsChannel<DuplexSocket>>;
}

export interface MeetOptions {
  readonly sockets?: readonly [client: DuplexSocket, server: DuplexSocket];
  readonly verifyPeer?: VerifyPeer;
  readonly signal?: AbortSignal;
}

/** Lets both ends do their handshake. */
export async function meet(
  client: TlsClientOptions,
  server: TlsServerOptions,
  options: MeetOptions = {},
): Promise<Ends> {
  const { sockets = memoryPair(), verifyPeer, signal = new AbortController().signal } = options;
  const [atClient, atServer] = await Promise.allSettled([
    tlsClient(client)(sockets[0], { signal, ...(verifyPeer && { verifyPeer }) }),
    tlsServer(server)(sockets[1], { signal }),
  ]);
  return { client: atClient, server: atServer };
}

/** Both channels, where nothing may go wrong. */
export function both({ client, server }: Ends): [client: TlsChannel<DuplexSocket>, server: TlsChannel<DuplexSocket>] {
  if (client.status === "rejected") throw client.reason;
  if (server.status === "rejected") throw server.reason;
  return [client.value, server.value];
}

/** What an end failed with; at a client that believed itself connected, what its first read says. */
export async function failureOf(end: PromiseSettledResult<TlsChannel<DuplexSocket>>): Promise<unknown> {
  if (end.status === "rejected") return end.reason;
  return end.value.socket.read().catch((error: unknown) => error);
}
