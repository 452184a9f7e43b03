import { NetconfError } from "@netconf-kit/core";
import {
  type Admission,
  AdmissionControl,
  type AdmissionOptions,
  type AdmissionRefusal,
  type DuplexSocket,
  type Listener,
  systemClock,
} from "@netconf-kit/socket";
import { acceptSsh, createRefusalTiming, type SshServerOptions } from "@netconf-kit/ssh";
import { quiet, type ServeEvent, type SessionServer, serveSession } from "./serve-session.ts";
import { NETCONF_SUBSYSTEM } from "./ssh-channel.ts";
import { type ServeTlsOptions, serveTlsSocket } from "./tls-serve.ts";

/** What is served over SSH, and who may log in. */
export interface ServeSshOptions extends SshServerOptions {
  readonly server: SessionServer;
}

/** SSH, or TLS where there is `tls`. */
export type ServeSocketOptions = ServeSshOptions | ServeTlsOptions;

/** What is served, where, and who may log in. */
export type ServeOptions = ServeSocketOptions & {
  readonly listener: Listener;
  /** Connections at once; more are closed on arrival. Default 256. */
  readonly maxConnections?: number;
  /**
   * Who may connect, and what strangers may take until they have logged in. Default: anybody; 128 at once and 32 from one
   * address; 256 failures and then 32 a second, from one address 64 and then 1 a second. The rest is closed on arrival.
   */
  readonly admission?: AdmissionOptions;
  readonly onEvent?: (event: ServeEvent) => void;
};

/** A listening NETCONF server. */
export interface Service extends AsyncDisposable {
  readonly connections: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

const DEFAULT_MAX_CONNECTIONS = 256;

/**
 * Serves NETCONF over SSH (RFC 6242) or TLS (RFC 7589) on every socket of a listener. A connection that fails disturbs no other.
 *
 * @example
 * const service = serve({ listener: await listenTcp({ port: 830 }), server, hostKeys: [hostKey], authenticate });
 * const overTls = serve({ listener: await listenTcp({ port: 6513 }), server, tls: tlsServer({ cert, key, clientCa, certToName }) });
 */
export function serve(options: ServeOptions): Service {
  const { listener, maxConnections = DEFAULT_MAX_CONNECTIONS } = options;
  const onEvent = quiet(options.onEvent);
  const clock = ("clock" in options ? options.clock : undefined) ?? systemClock;
  const control = new AdmissionControl(options.admission);
  // One for all connections: a user name is refused after the same time in each of them.
  const serving =
    "tls" in options
      ? options
      : { ...options, refusalTiming: options.refusalTiming ?? createRefusalTiming({}, options) };
  const open = new Set<AbortController>();
  const run = async (socket: DuplexSocket, admission: Admission): Promise<void> => {
    const abort = new AbortController();
    open.add(abort);
    try {
      await serveSocket(socket, {
        ...serving,
        signal: abort.signal,
        onEvent: (event) => {
          if (event.type === "authenticated") admission.succeed(clock.now());
          onEvent(event);
        },
      });
    } catch {
      // serveSocket has reported why.
    } finally {
      admission.end(clock.now());
      open.delete(abort);
    }
  };
  const accept = async (): Promise<void> => {
    for await (const socket of listener) {
      const admission = open.size < maxConnections ? control.admit(socket.remote, clock.now()) : undefined;
      if (admission?.admitted === true) void run(socket, admission);
      else {
        if (admission !== undefined) onEvent(refusedOnArrival(socket, admission));
        await socket.close();
      }
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

function refusedOnArrival(socket: DuplexSocket, { reason }: AdmissionRefusal): ServeEvent {
  const words = `the connection was closed on arrival: ${reason.replaceAll("-", " ")}`;
  const error = new NetconfError("limit-connecting", words);
  return { type: "refused", remote: socket.remote ?? "an unknown address", error };
}

/**
 * Serves NETCONF on one connected socket, whoever opened it: SSH in the *server* role, then a session for each `netconf`
 * subsystem the peer opens; or TLS in the server role, and one session. Resolves when the connection is over; rejects with why
 * it could not be used or broke.
 *
 * @example
 * await serveSocket(socket, { server, hostKeys: [hostKey], authenticate });
 */
export async function serveSocket(
  socket: DuplexSocket,
  options: ServeSocketOptions & { readonly onEvent?: (event: ServeEvent) => void },
): Promise<void> {
  const onEvent = quiet(options.onEvent);
  const remote = socket.remote ?? "an unknown address";
  onEvent({ type: "connected", remote });
  try {
    if ("tls" in options) await serveTlsSocket(socket, { ...options, onEvent });
    else await serveSshSocket(socket, { ...options, onEvent }, remote);
    onEvent({ type: "closed", remote });
  } catch (error) {
    onEvent({ type: "refused", remote, error });
    throw error;
  }
}

async function serveSshSocket(
  socket: DuplexSocket,
  options: ServeSshOptions & { readonly onEvent: (event: ServeEvent) => void },
  remote: string,
): Promise<void> {
  const { server, onEvent } = options;
  const ssh = await acceptSsh(socket, options);
  // The signal of acceptSsh() is for the login; from here on it ends the connection.
  const onAbort = (): void => void ssh.close();
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const { username } = ssh;
  onEvent({ type: "authenticated", remote, username, ssh });
  for await (const request of ssh.incoming) {
    if (request.name === NETCONF_SUBSYSTEM)
      void serveSession(request.accept(), { username, remote, transport: "netconf-ssh" }, server, onEvent);
    else request.reject();
  }
  await ssh.closed;
  options.signal?.removeEventListener("abort", onAbort);
}
