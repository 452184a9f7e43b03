import { createSecureContext, createServer, type TLSSocket } from "node:tls";
import type { DuplexSocket } from "@netconf-kit/socket";
import {
  type CertToNameEntry,
  checkValidity,
  identityOf,
  parseCertToName,
  readCertificate,
  type SecureWithTls,
  type TlsChannel,
  TlsError,
  type VerifyPeer,
} from "@netconf-kit/tls";
import type { DuplexOfSocket } from "./tls-duplex.ts";
import { tlsErrorOf, verdictOf } from "./tls-error-of.ts";
import { describeTls, peerCertificates, shakeHands } from "./tls-handshake.ts";
import {
  checkRecordBytes,
  contextOptions,
  DEFAULT_HANDSHAKE_TIMEOUT,
  misconfigured,
  type Pem,
  parseCertificates,
  type TlsOptions,
} from "./tls-options.ts";
import { findPath } from "./tls-path.ts";
import { tlsSocket } from "./tls-socket.ts";

/** How a device proves who it is, and which managers it lets in under which names. */
export interface TlsServerOptions extends TlsOptions {
  /** The authorities that may vouch for managers, roots included. A certificate that signed itself may stand here on its own. */
  readonly clientCa: Pem;
  /** How a manager's certificate becomes a user name (RFC 7407 §4.4). Who gets none is refused. */
  readonly certToName: readonly CertToNameEntry[];
}

/**
 * Clients that read no more than 4096 bytes after each sign of life, such as ncclient, wait forever for the rest of a longer
 * record. Measured with bulk data: about 40 % more CPU time in TLS than with 16384, far less than XML takes for the same bytes.
 */
const DEFAULT_RECORD_BYTES = 4096;

/**
 * TLS in the server role, for devices (RFC 7589; RFC 8071 §2 on a socket that the device has opened). A manager needs a valid
 * certificate of `clientCa` from which `certToName` derives a user name; nobody gets in without.
 *
 * @throws TlsError `invalid-options`. The function it gives rejects with the other codes of `tlsErrors`, or with `signal.reason`.
 * @example
 * const tls = tlsServer({ cert, key, clientCa, certToName: [{ id: 1, mapType: "san-any" }] });
 * const service = serve({ listener: await listenTcp({ port: 6513 }), server, tls });
 */
export function tlsServer(options: TlsServerOptions): SecureWithTls<DuplexSocket> {
  const { handshakeTimeout: timeout = DEFAULT_HANDSHAKE_TIMEOUT, maxRecordBytes = DEFAULT_RECORD_BYTES } = options;
  checkRecordBytes(maxRecordBytes);
  const authorities = parseCertificates(options.clientCa, "clientCa");
  parseCertificates(options.cert, "cert");
  const userName = parseCertToName(options.certToName);
  const now = options.now ?? Date.now;
  const context = contextOptions(options, authorities);
  misconfigured("cert, key, clientCa or crl", () => createSecureContext(context));

  const examine = (
    tls: TLSSocket,
    stream: DuplexOfSocket,
    verifyPeer: VerifyPeer | undefined,
    below: DuplexSocket,
  ): TlsChannel<DuplexSocket> => {
    const { certificate, leaf, sent } = peerCertificates(tls);
    checkValidity(certificate, now());
    if (!tls.authorized) throw verdictOf(tls.authorizationError);
    const trusted = findPath(leaf, sent, authorities).map(({ raw }) => readCertificate(raw));
    // RFC 7589 §7: no name, no session.
    const username = userName({ certificate, authorities: trusted });
    if (username === undefined)
      throw new TlsError("no-user-name", "no cert-to-name entry gives a user name for the peer's certificate");
    const peer = identityOf(certificate, trusted.at(-1));
    verifyPeer?.(peer);
    tls.setMaxSendFragment(maxRecordBytes);
    const socket = tlsSocket(tls, stream, below, false);
    return { socket, username, peer, security: describeTls(tls), close: (reason) => socket.close(reason) };
  };

  return (below, { signal, verifyPeer }) =>
    shakeHands(
      below,
      { signal, timeout },
      (stream, secured, failed) => {
        // A server that never listens, one for each socket: only so node:tls enforces the client's certificate over any stream, and
        // tells which socket it refused. It keeps no session either.
        const server = createServer({
          ...context,
          requestCert: true,
          rejectUnauthorized: true,
          handshakeTimeout: timeout,
        });
        server.once("secureConnection", secured);
        server.once("tlsClientError", (error, tls) => {
          // Where the certificate was refused the error only says that the connection is over.
          const verdict = tls.authorizationError;
          failed(verdict ? verdictOf(verdict, error) : tlsErrorOf(error, "handshake"));
        });
        server.emit("connection", stream);
      },
      (tls, stream) => examine(tls, stream, verifyPeer, below),
    );
}
