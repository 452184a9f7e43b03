import type { DuplexSocket } from "@netconf-kit/socket";

/** A socket that knows whether its peer has said anything: silence is how a flood of connections looks. */
export class WatchedSocket implements DuplexSocket {
  readonly #socket: DuplexSocket;
  #heard = false;

  constructor(socket: DuplexSocket) {
    this.#socket = socket;
  }

  get heard(): boolean {
    return this.#heard;
  }

  get closed(): Promise<void> {
    return this.#socket.closed;
  }

  get remote(): string {
    return this.#socket.remote ?? "unknown";
  }

  async read(): Promise<Uint8Array | undefined> {
    const chunk = await this.#socket.read();
    if (chunk !== undefined) this.#heard = true;
    return chunk;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#socket.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#socket.closeWrite();
  }

  close(reason?: Error): Promise<void> {
    return this.#socket.close(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#socket.close();
  }
}
