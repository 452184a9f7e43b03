import { type DuplexSocket, TransportError } from "@netconf-kit/socket";
import { transportErrorOf } from "./transport-error.ts";

/** Bytes asked of the kernel at once. The buffer is handed to the reader, so each read has one of its own. */
const READ_BYTES = 64 * 1024;

/**
 * A connection of `Deno.connect()` or `Deno.listen()` as a `DuplexSocket`.
 *
 * @example
 * const socket = tcpSocket(await Deno.connect({ hostname: "192.0.2.1", port: 830 }));
 */
export function tcpSocket(connection: Deno.TcpConn): DuplexSocket {
  return new TcpSocket(connection);
}

class TcpSocket implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly remote: string;
  readonly #connection: Deno.TcpConn;
  #settle!: { resolve(): void; reject(reason: Error): void };
  #writes: Promise<void> = Promise.resolve();
  #reading = false;
  #readEnded = false;
  #writeEnded = false;
  #closing = false;
  #failure: Error | undefined;

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.remote = formatAddress(connection.remoteAddr.hostname, connection.remoteAddr.port);
    connection.setNoDelay(true);
    this.closed = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.closed.catch(() => {});
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#reading) throw new TransportError("failed", "cannot read: another read is under way");
    if (this.#failure) throw this.#failure;
    if (this.#readEnded || this.#closing) return undefined;
    this.#reading = true;
    const buffer = new Uint8Array(READ_BYTES);
    try {
      const length = await this.#connection.read(buffer);
      if (length !== null) return buffer.subarray(0, length);
    } catch (error) {
      if (!this.#closing) throw this.#fail(error);
      if (this.#failure) throw this.#failure;
      return undefined;
    } finally {
      this.#reading = false;
    }
    this.#readEnded = true;
    if (this.#writeEnded) await this.close();
    return undefined;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#writeEnded || this.#closing) {
      return Promise.reject(
        this.#failure ?? new TransportError("closed", `cannot write to ${this.remote}: the connection is closed`),
      );
    }
    const writing = this.#writes.then(() => this.#writeAll(bytes));
    this.#writes = writing.catch(() => {});
    return writing;
  }

  async closeWrite(): Promise<void> {
    if (this.#writeEnded || this.#closing) return;
    this.#writeEnded = true;
    await this.#writes;
    // The peer may have gone meanwhile; reading tells.
    await this.#connection.closeWrite().catch(() => {});
    if (this.#readEnded) await this.close();
  }

  async close(reason?: Error): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#failure ??= reason;
    if (reason === undefined) await this.#writes;
    try {
      this.#connection.close();
    } catch {
      // The runtime has closed it already.
    }
    if (this.#failure) this.#settle.reject(this.#failure);
    else this.#settle.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) at += await this.#connection.write(bytes.subarray(at));
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #fail(error: unknown): Error {
    this.#failure ??= transportErrorOf(error, `the connection with ${this.remote} broke`);
    void this.close(this.#failure);
    return this.#failure;
  }
}

/** `192.0.2.1:830` or `[2001:db8::1]:830`. */
export function formatAddress(hostname: string, port: number): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
