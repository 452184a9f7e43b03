import { Duplex } from "node:stream";
import type { DuplexSocket } from "@netconf-kit/socket";

/**
 * A `DuplexSocket` as a stream of Node, for what takes nothing else. Back-pressure, half close and errors go through in both
 * directions; destroying the stream closes the socket.
 */
export class DuplexOfSocket extends Duplex {
  readonly #socket: DuplexSocket;
  #held = false;
  #wanted = false;

  constructor(socket: DuplexSocket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
  }

  /** Reads the socket only while `reader` flows. For TLS of Deno and Bun, which would take in all that a peer sends. */
  followFlowOf(reader: Duplex): void {
    reader.on("pause", () => {
      this.#held = true;
    });
    reader.on("resume", () => {
      this.#held = false;
      if (this.#wanted) this.#readSocket();
    });
  }

  /** Resolves when the socket wants more, or never will. For TLS of Bun, which takes in all that we write. */
  drained(): Promise<void> {
    if (!this.writableNeedDrain || this.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.off("drain", done).off("close", done);
        resolve();
      };
      this.on("drain", done).on("close", done);
    });
  }

  override _read(): void {
    if (this.#held) this.#wanted = true;
    else this.#readSocket();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.closeWrite().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.close(error ?? undefined).then(() => done(error));
  }

  #readSocket(): void {
    this.#wanted = false;
    this.#socket.read().then(
      (chunk) => this.push(chunk ?? null),
      (error: Error) => this.destroy(error),
    );
  }
}
