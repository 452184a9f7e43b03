import type { DuplexSocket } from "@netconf-kit/socket";

/** The same socket, and `onBytes` is called for each chunk that comes or goes. */
export function observeSocket(socket: DuplexSocket, onBytes: () => void): DuplexSocket {
  return {
    closed: socket.closed,
    ...(socket.remote !== undefined && { remote: socket.remote }),
    read: async () => {
      const chunk = await socket.read();
      onBytes();
      return chunk;
    },
    write: (bytes) => {
      onBytes();
      return socket.write(bytes);
    },
    closeWrite: () => socket.closeWrite(),
    close: (reason) => socket.close(reason),
    [Symbol.asyncDispose]: () => socket.close(),
  };
}
