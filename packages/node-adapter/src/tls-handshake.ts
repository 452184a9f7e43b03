import { X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { DuplexSocket } from "@netconf-kit/socket";
import { type Certificate, readCertificate, TlsError } from "@netconf-kit/tls";
import { DuplexOfSocket } from "./tls-duplex.ts";

/** How a role starts its handshake: exactly one of the two functions is called, later calls have no effect. */
export type StartHandshake = (
  stream: Duplex,
  secured: (tls: TLSSocket) => void,
  failed: (error: Error) => void,
) => void;

/** How long a peer that does not read may hold up our good-bye. */
const LINGER_MILLISECONDS = 2000;

/**
 * Runs a handshake over a socket, and what has to be found out before anybody may use the result. Whatever goes wrong closes the
 * socket, without a reason: closing with one would cut off the alert that tells the peer why.
 */
export function shakeHands<T>(
  socket: DuplexSocket,
  options: { readonly signal: AbortSignal; readonly timeout: number },
  start: StartHandshake,
  examine: (tls: TLSSocket, stream: DuplexOfSocket) => T,
): Promise<T> {
  const { signal, timeout } = options;
  return new Promise<T>((resolve, reject) => {
    let tls: TLSSocket | undefined;
    let over = false;
    const giveUp = (reason: unknown): void => {
      finish();
      reject(reason);
      if (tls === undefined) return void socket.close();
      setTimeout(() => void socket.close(), LINGER_MILLISECONDS).unref();
      // Our last flight and a good-bye still go out; then the streams close one after the other, and the socket with them.
      tls.on("error", () => {}).destroySoon();
    };
    const timer = setTimeout(
      () => giveUp(new TlsError("handshake-timeout", `the TLS handshake was not done within ${timeout} ms`)),
      timeout,
    );
    const onAbort = (): void => giveUp(signal.reason);
    const finish = (): void => {
      over = true;
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    if (signal.aborted) return giveUp(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const secured = (ready: TLSSocket): void => {
      tls = ready;
      stream.followFlowOf(ready);
      if (over) return void ready.destroy();
      try {
        const result = examine(ready, stream);
        finish();
        resolve(result);
      } catch (error) {
        giveUp(error);
      }
    };
    const failed = (error: Error): void => {
      if (!over && tls === undefined) giveUp(error);
    };
    const stream = new DuplexOfSocket(socket);
    stream.on("error", () => {});
    // Streams that may be half open wait for more, where there is nothing more to come. What came before it goes first.
    stream.once("end", () =>
      setImmediate(() =>
        failed(new TlsError("closed-in-handshake", "the peer ended the connection in the TLS handshake")),
      ),
    );
    try {
      start(stream, secured, failed);
    } catch (error) {
      giveUp(error);
    }
  });
}

/** The peer's certificate, and the ones it sent along. */
export interface PeerCertificates {
  readonly certificate: Certificate;
  readonly leaf: X509Certificate;
  readonly sent: readonly X509Certificate[];
}

const MAX_SENT = 8;

/** @throws TlsError `certificate-missing`, `certificate-malformed` */
export function peerCertificates(tls: TLSSocket): PeerCertificates {
  const chain: X509Certificate[] = [];
  let each = tls.getPeerCertificate(true);
  // The chain ends in a certificate that is its own issuer.
  while (each?.raw !== undefined && chain.length < MAX_SENT) {
    chain.push(new X509Certificate(each.raw));
    if (each.issuerCertificate === each) break;
    each = each.issuerCertificate;
  }
  const [leaf, ...sent] = chain;
  if (leaf === undefined) throw new TlsError("certificate-missing", "the peer has shown no certificate");
  return { certificate: readCertificate(leaf.raw), leaf, sent };
}

/** What was negotiated, as pairs for people. */
export function describeTls(tls: TLSSocket): Readonly<Record<string, string>> {
  return { version: tls.getProtocol() ?? "unknown", cipher: tls.getCipher()?.name ?? "unknown" };
}
