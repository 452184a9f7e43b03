import type { SecureChannel } from "@netconf-kit/core";
import type { NetconfServer } from "@netconf-kit/server";
import type { DuplexSocket } from "@netconf-kit/socket";
import type { SshServerConnection } from "@netconf-kit/ssh";

/** What happened on one connection, for a log. */
export type ServeEvent =
  | { readonly type: "listener-failed"; readonly error: unknown }
  | { readonly type: "connected"; readonly remote: string }
  | {
      readonly type: "authenticated";
      readonly remote: string;
      readonly username: string;
      /** Over SSH. */
      readonly ssh?: SshServerConnection;
      /** Over TLS. */
      readonly tls?: SecureChannel;
    }
  | { readonly type: "session-started"; readonly remote: string; readonly username: string; readonly sessionId: number }
  | { readonly type: "session-ended"; readonly remote: string; readonly username: string; readonly sessionId: number }
  | { readonly type: "refused"; readonly remote: string; readonly error: unknown }
  | { readonly type: "closed"; readonly remote: string };

/** Whom a session is for. */
export interface SessionPeer {
  readonly username: string;
  readonly remote: string;
  /** The identity of ietf-netconf-monitoring (RFC 6022 §2.1.3). */
  readonly transport: "netconf-ssh" | "netconf-tls";
}

/** What sessions are served by: a `NetconfServer`, or something in front of one. */
export type SessionServer = Pick<NetconfServer, "serve">;

/** Serves one session on a stream, to its end, and closes the stream. Never rejects: what goes wrong is an event. */
export async function serveSession(
  stream: DuplexSocket,
  { username, remote, transport }: SessionPeer,
  server: SessionServer,
  onEvent: (event: ServeEvent) => void,
): Promise<void> {
  try {
    const sourceHost = hostOf(remote);
    const peer = { username, transport, ...(sourceHost !== undefined && { sourceHost }) };
    const session = await server.serve(stream, peer);
    onEvent({ type: "session-started", remote, username, sessionId: session.sessionId });
    await session.closed;
    onEvent({ type: "session-ended", remote, username, sessionId: session.sessionId });
  } catch (error) {
    onEvent({ type: "refused", remote, error });
  } finally {
    await stream.close();
  }
}

/** The address without its port: RFC 6470 §2.2 wants `source-host` to be an IP address. Nothing when it is none. */
function hostOf(remote: string): string | undefined {
  const host = remote.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return /^[\d.]+$|^[\da-f:.]+$/i.test(host) ? host : undefined;
}

/** A log that throws is its own problem, never that of a connection. */
export function quiet(onEvent: ((event: ServeEvent) => void) | undefined): (event: ServeEvent) => void {
  return (event) => {
    try {
      onEvent?.(event);
    } catch {
      // Said above.
    }
  };
}
