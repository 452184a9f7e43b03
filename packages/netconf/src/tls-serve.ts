import type { Secure } from "@netconf-kit/core";
import type { DuplexSocket } from "@netconf-kit/socket";
import { type ServeEvent, type SessionServer, serveSession } from "./serve-session.ts";

/** What is served over TLS. */
export interface ServeTlsOptions {
  readonly server: SessionServer;
  /** TLS in the server role, such as `tlsServer()` of an adapter: it says under which name a client is let in. */
  readonly tls: Secure;
  readonly signal?: AbortSignal;
}

/**
 * Serves NETCONF over TLS (RFC 7589) on one connected socket, whoever opened it: one session, for there are no channels.
 * Resolves when it is over; rejects with why it could not be secured.
 */
export async function serveTlsSocket(
  socket: DuplexSocket,
  options: ServeTlsOptions & { readonly onEvent: (event: ServeEvent) => void },
): Promise<void> {
  const { server, tls, onEvent, signal = new AbortController().signal } = options;
  const remote = socket.remote ?? "an unknown address";
  const channel = await tls(socket, { signal });
  const end = (): void => void channel.close();
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  const { username } = channel;
  onEvent({ type: "authenticated", remote, username, tls: channel });
  await serveSession(channel.socket, { username, remote, transport: "netconf-tls" }, server, onEvent);
  signal.removeEventListener("abort", end);
}
