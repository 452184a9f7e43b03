import { NetconfError, type ServeContext, type ServedConnection } from "@netconf-kit/core";
import type { DuplexSocket } from "@netconf-kit/socket";
import { observeSocket } from "./observe-socket.ts";
import { type ServeSocketOptions, serveSocket } from "./serve.ts";
import type { ServeEvent, SessionServer } from "./serve-session.ts";

/** Who was reached by a call. */
export interface CalledManager {
  readonly username: string;
  /** Known from the first session on. */
  readonly sessionId: number | undefined;
}

export interface ServeCallOptions extends Pick<ServeContext, "signal" | "active"> {
  readonly onEvent: (event: ServeEvent) => void;
  /** What counts as reached: a manager that has logged in, or an open NETCONF session. */
  readonly reached: "authenticated" | "session-started";
}

/** Serves a manager on the socket of a call; resolves when it is reached, rejects when that came to nothing. */
export function serveCall(
  socket: DuplexSocket,
  serving: ServeSocketOptions,
  { signal, active, onEvent, reached }: ServeCallOptions,
): Promise<ServedConnection & CalledManager> {
  const stop = new AbortController();
  return new Promise((resolve, reject) => {
    let probe: (() => Promise<unknown>) | undefined;
    let broken: Error | undefined;
    const observe = (event: ServeEvent): void => {
      onEvent(event);
      if (event.type === "authenticated") {
        const { ssh, tls } = event;
        probe = ssh === undefined ? tls?.probe?.bind(tls) : () => ssh.ping();
        // Of a connection that breaks later serveSocket() says only that it is over.
        void ssh?.closed.then((reason) => {
          if (reason.kind === "failed") broken = reason.error;
        });
        tls?.socket.closed.catch((error: Error) => {
          broken = error;
        });
      }
      if (event.type === reached) {
        const sessionId = "sessionId" in event ? event.sessionId : undefined;
        const over = closed.then(() => ({ error: broken }));
        over.catch(() => {}); // whoever waits for it is told
        resolve({ closed: over, close, username: event.username, sessionId, ...(probe && { probe }) });
      } else if (event.type === "refused") reject(event.error);
    };
    const closed = serveSocket(socket, {
      ...patient(serving),
      server: observed(serving.server, active),
      signal: AbortSignal.any([signal, stop.signal]),
      onEvent: observe,
    });
    const close = async (): Promise<void> => {
      stop.abort(new NetconfError("device-stopped", "the device ends the connection"));
      await closed.catch(() => {});
    };
    closed.then(
      () => reject(new NetconfError("peer-closed-before-hello", "the manager ended the connection without a session")),
      reject,
    );
  });
}

/** Milliseconds. A manager whom a whole fleet calls says nothing to a device before it is that one's turn. */
const VERSION_EXCHANGE_TIMEOUT = 60_000;

function patient(serving: ServeSocketOptions): ServeSocketOptions {
  if ("tls" in serving) return serving;
  return { ...serving, timeouts: { versionExchange: VERSION_EXCHANGE_TIMEOUT, ...serving.timeouts } };
}

/** A server that tells of each chunk of its sessions. What keeps the transport alive is no activity. */
function observed(server: SessionServer, active: () => void): SessionServer {
  return { serve: (stream, peer) => server.serve(observeSocket(stream, active), peer) };
}
