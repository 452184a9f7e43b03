import type { Duplex } from "node:stream";
import type { SshRivalChannel } from "./ssh-rival.ts";

/** A stream of Node as a channel of a rival, by the events: the fastest way to use one. */
export function streamChannel(stream: Duplex): SshRivalChannel {
  let received = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let done = (): void => {};
  stream.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received >= wanted) done();
  });
  stream.on("error", () => {});
  return {
    write: (bytes) => {
      if (stream.write(bytes)) return undefined;
      return new Promise((resolve) => stream.once("drain", resolve));
    },
    readAll: (bytes) => {
      if (received >= bytes) return Promise.resolve();
      wanted = bytes;
      return new Promise((resolve) => {
        done = resolve;
      });
    },
  };
}
