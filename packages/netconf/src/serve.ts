import type { NetconfServer } from "@netconf-kit/server";
import type { DuplexSocket, Listener } from "@netconf-kit/socket";
import { acceptSsh, type SshServerConnection, type SshServerOptions } from "@netconf-kit/ssh";
import { NETCONF_SUBSYSTEM } from "./ssh-channel.ts";

export interface ServeSocketOptions extends SshServerOptions {
  readonly server: NetconfServer;
}

/** What happened on one connection, for a log. */
export type ServeEvent =
  | { readonly type: "listener-failed"; readonly error: unknown }
  | { readonly type: "connected"; readonly remote: string }
  | {
      readonly type: "authenticated";
      readonly remote: string;
      readonly username: string;
      readonly ssh: SshServerConnection;
    }
  | { readonly type: "session-started"; readonly remote: string; readonly username: string; readonly sessionId: number }
  | { readonly type: "session-ended"; readonly remote: string; readonly username: string; readonly sessionId: number }
  | { readonly type: "refused"; readonly remote: string; readonly error: unknown }
  | { readonly type: "closed"; readonly remote: string };

export interface ServeOptions extends ServeSocketOptions {
  readonly listener: Listener;
  /** Connections at once; more are closed on arrival. Default 256. */
  readonly maxConnections?: number;
  readonly onEvent?: (event: ServeEvent) => void;
}

/** A listening NETCONF server. */
export interface Service extends AsyncDisposable {
  readonly connections: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

const DEFAULT_MAX_CONNECTIONS = 256;

/**
 * Serves NETCONF over SSH (RFC 6242) on every socket of a listener. A connection that fails disturbs no other.
 *
 * @example
 * const service = serve({ listener: await listenTcp({ port: 830 }), server, hostKeys: [hostKey], authenticate });
 */
export function serve(options: ServeOptions): Service {
  const { listener, maxConnections = DEFAULT_MAX_CONNECTIONS } = options;
  const onEvent = quiet(options.onEvent);
  const open = new Set<AbortController>();
  const run = async (socket: DuplexSocket): Promise<void> => {
    const abort = new AbortController();
    open.add(abort);
    try {
      await serveSocket(socket, { ...options, signal: abort.signal, onEvent });
    } catch {
      // serveSocket has reported why.
    } finally {
      open.delete(abort);
    }
  };
  const accept = async (): Promise<void> => {
    for await (const socket of listener) {
      if (open.size < maxConnections) void run(socket);
      else await socket.close();
    }
  };
  const accepting = accept().catch((error: unknown) => onEvent({ type: "listener-failed", error }));
  const close = async (): Promise<void> => {
    await listener.close();
    for (const abort of open) abort.abort(new Error("the server is shutting down"));
    await accepting;
  };
  return {
    get connections() {
      return open.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Serves NETCONF on one connected socket, whoever opened it: SSH in the *server* role, then a session for each `netconf`
 * subsystem the peer opens. Resolves when the connection is over; rejects with why it could not be used or broke.
 */
export async function serveSocket(
  socket: DuplexSocket,
  options: ServeSocketOptions & { readonly onEvent?: (event: ServeEvent) => void },
): Promise<void> {
  const { server } = options;
  const onEvent = quiet(options.onEvent);
  const remote = socket.remote ?? "an unknown address";
  onEvent({ type: "connected", remote });
  try {
    const ssh = await acceptSsh(socket, options);
    // The signal of acceptSsh() is for the login; from here on it ends the connection.
    const onAbort = (): void => void ssh.close();
    if (options.signal?.aborted) onAbort();
    options.signal?.addEventListener("abort", onAbort, { once: true });
    onEvent({ type: "authenticated", remote, username: ssh.username, ssh });
    for await (const request of ssh.incoming) {
      if (request.name === NETCONF_SUBSYSTEM)
        void startSession(request.accept(), ssh.username, remote, server, onEvent);
      else request.reject();
    }
    await ssh.closed;
    options.signal?.removeEventListener("abort", onAbort);
    onEvent({ type: "closed", remote });
  } catch (error) {
    onEvent({ type: "refused", remote, error });
    throw error;
  }
}

async function startSession(
  channel: DuplexSocket,
  username: string,
  remote: string,
  server: NetconfServer,
  onEvent: (event: ServeEvent) => void,
): Promise<void> {
  try {
    const sourceHost = hostOf(remote);
    const peer = { username, transport: "netconf-ssh", ...(sourceHost !== undefined && { sourceHost }) };
    const session = await server.serve(channel, peer);
    onEvent({ type: "session-started", remote, username, sessionId: session.sessionId });
    await session.closed;
    onEvent({ type: "session-ended", remote, username, sessionId: session.sessionId });
  } catch (error) {
    onEvent({ type: "refused", remote, error });
  } finally {
    await channel.close();
  }
}

/** The address without its port: RFC 6470 §2.2 wants `source-host` to be an IP address. Nothing when it is none. */
function hostOf(remote: string): string | undefined {
  const host = remote.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return /^[\d.]+$|^[\da-f:.]+$/i.test(host) ? host : undefined;
}

/** A log that throws is its own problem, never that of a connection. */
function quiet(onEvent: ((event: ServeEvent) => void) | undefined): (event: ServeEvent) => void {
  return (event) => {
    try {
      onEvent?.(event);
    } catch {
      // Said above.
    }
  };
}
