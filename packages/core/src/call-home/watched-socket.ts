import type { DuplexSocket } from "@netconf-kit/socket";

/** A socket that knows whether its peer has said anything: silence is how a flood of connections looks. */
export class WatchedSocket implements DuplexSocket {
  readonly #socket: DuplexSocket;
  #heard = false;
  #ahead: Promise<Uint8Array | undefined> | undefined;
  #listeners: (() => void)[] = [];

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
    return this.address ?? "unknown";
  }

  /** What the socket says of its peer's address, if anything. */
  get address(): string | undefined {
    return this.#socket.remote;
  }

  /** Reads one chunk for a later `read()`, so that `heard` is true of a peer that speaks while nobody reads. */
  listen(): void {
    if (this.#heard || this.#ahead !== undefined) return;
    this.#ahead = this.#take();
    this.#ahead.catch(() => {}); // a later read() gives the error
  }

  /** Resolves when the peer says something, from now on. */
  heardAgain(): Promise<void> {
    return new Promise((resolve) => this.#listeners.push(resolve));
  }

  read(): Promise<Uint8Array | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead ?? this.#take();
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

  close(reason?: Error): Promise<void> {
    return this.#socket.close(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#socket.close();
  }

  async #take(): Promise<Uint8Array | undefined> {
    const chunk = await this.#socket.read();
    if (chunk === undefined) return undefined;
    this.#heard = true;
    if (this.#listeners.length > 0) for (const tell of this.#listeners.splice(0)) tell();
    return chunk;
  }
}
