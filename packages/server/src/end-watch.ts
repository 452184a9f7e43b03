import type { DuplexSocket } from "@netconf-kit/socket";

/** A socket, and what became of it. */
export interface WatchedSocket {
  readonly socket: DuplexSocket;
  /** Whether the peer ended the connection before we did. */
  readonly peerEndedFirst: () => boolean;
  /** Resolves when our side begins to end it, which may be long before it is closed. */
  readonly ending: Promise<void>;
}

/**
 * Watches how a connection ends. An answered close-session makes our side end it; a peer that ends it of its own accord
 * has dropped the session (RFC 6470 §2.2, termination-reason).
 */
export function watchEnd(socket: DuplexSocket): WatchedSocket {
  let peerEnded = false;
  let weEnded = false;
  let beginEnding = (): void => {};
  const ending = new Promise<void>((resolve) => {
    beginEnding = (): void => {
      weEnded = true;
      resolve();
    };
  });
  const watched: DuplexSocket = {
    read: async () => {
      const chunk = await socket.read();
      if (chunk === undefined && !weEnded) peerEnded = true;
      return chunk;
    },
    write: (bytes) => socket.write(bytes),
    closeWrite: () => {
      beginEnding();
      return socket.closeWrite();
    },
    close: (reason) => {
      beginEnding();
      return socket.close(reason);
    },
    closed: socket.closed,
    [Symbol.asyncDispose]: () => watched.close(),
    ...(socket.remote !== undefined && { remote: socket.remote }),
  };
  return { socket: watched, peerEndedFirst: () => peerEnded, ending };
}
