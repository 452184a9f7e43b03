import type { DuplexSocket } from "@netconf-kit/socket";

/** A socket of which some bytes had been read already: they come again first. */
export class ReplaySocket implements DuplexSocket {
  readonly #socket: DuplexSocket;
  readonly #remote: string | undefined;
  #taken: Uint8Array | undefined;

  /** `remote` is where it comes from, when a balancer has said so. */
  constructor(socket: DuplexSocket, taken: Uint8Array, remote: string | undefined = socket.remote) {
    this.#socket = socket;
    this.#taken = taken.length === 0 ? undefined : taken;
    this.#remote = remote;
  }

  get closed(): Promise<void> {
    return this.#socket.closed;
  }

  get remote(): string {
    return this.#remote ?? "unknown";
  }

  read(): Promise<Uint8Array | undefined> {
    const taken = this.#taken;
    if (taken === undefined) return this.#socket.read();
    this.#taken = undefined;
    return Promise.resolve(taken);
  }

  recycle(chunk: Uint8Array): void {
    this.#socket.recycle?.(chunk);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#socket.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#socket.closeWrite();
  }

  /** Bytes that nobody has read again are dropped, as those of a socket are. */
  close(reason?: Error): Promise<void> {
    this.#taken = undefined;
    return this.#socket.close(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
