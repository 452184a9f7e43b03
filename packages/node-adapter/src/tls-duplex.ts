import { Duplex } from "node:stream";
import type { DuplexSocket } from "@netconf-kit/socket";

/**
 * A `DuplexSocket` as a stream of Node, for what takes nothing else. Back-pressure, half close and errors go through in both
 * directions; destroying the stream closes the socket.
 */
export function duplexOf(socket: DuplexSocket): Duplex {
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => {
      socket.read().then(
        (chunk) => stream.push(chunk ?? null),
        (error: Error) => stream.destroy(error),
      );
    },
    write: (chunk: Uint8Array, _encoding, done) => {
      socket.write(chunk).then(() => done(), done);
    },
    final: (done) => {
      socket.closeWrite().then(() => done(), done);
    },
    destroy: (error, done) => {
      socket.close(error ?? undefined).then(() => done(error));
    },
  });
  return stream;
}
