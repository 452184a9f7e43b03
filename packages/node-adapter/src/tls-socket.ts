import type { TLSSocket } from "node:tls";
import { type DuplexSocket, isTransportError } from "@netconf-kit/socket";
import { TlsError } from "@netconf-kit/tls";
import { tcpSocket } from "./tcp-socket.ts";
import type { DuplexOfSocket } from "./tls-duplex.ts";
import { tlsErrorOf } from "./tls-error-of.ts";

/**
 * The stream inside a TLS connection.
 *
 * @param stream what TLS writes to and reads from
 * @param below the socket that TLS runs over: it gives the address, and is closed with this one
 * @param mayBeRefused at a client: in TLS 1.3 its handshake is over before the server has looked at its certificate. What ends
 *   without a byte was most likely refused (RFC 8446 §4.4.2.4 has servers send an alert, and many just close).
 */
export function tlsSocket(
  tls: TLSSocket,
  stream: DuplexOfSocket,
  below: DuplexSocket,
  mayBeRefused: boolean,
): DuplexSocket {
  return new TlsSocket(tls, stream, below, mayBeRefused);
}

class TlsSocket implements DuplexSocket {
  readonly closed: Promise<void>;
  readonly remote: string;
  readonly #inner: DuplexSocket;
  readonly #stream: DuplexOfSocket;
  #mayBeRefused: boolean;
  #closing = false;
  #failure: Error | undefined;

  constructor(tls: TLSSocket, stream: DuplexOfSocket, below: DuplexSocket, mayBeRefused: boolean) {
    this.#inner = tcpSocket(tls);
    this.#stream = stream;
    this.#mayBeRefused = mayBeRefused;
    this.remote = below.remote ?? "an unknown address";
    this.closed = this.#inner.closed.then(
      () => below.close(),
      async (error: Error) => {
        await below.close(error);
        throw this.#explain(error);
      },
    );
    this.closed.catch(() => {});
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      const chunk = await this.#inner.read();
      if (chunk === undefined && this.#mayBeRefused && !this.#closing) throw refused();
      this.#mayBeRefused = false;
      return chunk;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#inner.write(bytes);
      await this.#stream.drained();
      const broken = this.#failure ?? this.#stream.errored;
      if (broken) throw broken;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  closeWrite(): Promise<void> {
    return this.#inner.closeWrite();
  }

  close(reason?: Error): Promise<void> {
    this.#closing = true;
    this.#failure ??= reason;
    return this.#inner.close(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #explain(error: unknown): unknown {
    if (this.#closing || !isTransportError(error)) return error;
    const explained = tlsErrorOf(error.cause, "data");
    if (explained instanceof TlsError) return explained;
    // What broke below TLS comes up through its stream as the cause.
    const broken = isTransportError(error.cause) ? error.cause : error;
    return this.#mayBeRefused && (broken.code === "reset" || broken.code === "closed") ? refused(broken) : broken;
  }
}

function refused(cause?: unknown): TlsError {
  return new TlsError(
    "closed-after-handshake",
    "the peer closed the connection after the TLS handshake without sending anything: it has probably refused our certificate",
    cause === undefined ? {} : { cause },
  );
}
