import { isIP } from "node:net";
import { connect, createSecureContext, type TLSSocket } from "node:tls";
import type { DuplexSocket } from "@netconf-kit/socket";
import {
  type Certificate,
  checkValidity,
  identityOf,
  parsePin,
  parseServerName,
  readCertificate,
  type SecureWithTls,
  type TlsChannel,
  TlsError,
  type TlsPin,
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
  ownCertificate,
  type Pem,
  parseCertificates,
  type TlsOptions,
} from "./tls-options.ts";
import { findPath } from "./tls-path.ts";
import { tlsSocket } from "./tls-socket.ts";

/** How a manager proves who it is, and what a device has to prove. */
export interface TlsClientOptions extends TlsOptions {
  /** The authorities that may vouch for the device, roots included. The web's authorities are never asked. */
  readonly ca?: Pem;
  /** The device's certificate has to be one of these. With `ca` as well, both have to hold. */
  readonly pins?: readonly TlsPin[];
  /** The DNS name or IP address that the certificate has to carry, whatever address was dialled. */
  readonly serverName?: string;
}

/**
 * TLS in the client role, for managers (RFC 7589; RFC 8071 §3 on a socket that a device has opened). The device has to prove
 * who it is in one of three ways: a `serverName` vouched for by `ca`; a certificate that is pinned; or an identity that whoever
 * accepts the connection knows, as `listenCallHome` does with its list of devices.
 *
 * Certificates have to be valid now, pinned ones too. There is no session resumption: every connection proves everything anew.
 *
 * @throws TlsError `invalid-options` for unusable files, names and pins, and for `serverName` without `ca`. The function it gives
 *   rejects with the other codes of `tlsErrors`, or with `signal.reason`.
 * @example
 * const { session } = await connect({
 *   dial: dialTcp({ host: "192.0.2.7", port: 6513 }),
 *   tls: tlsClient({ cert, key, ca, serverName: "router-7.example.net" }),
 * });
 */
export function tlsClient(options: TlsClientOptions): SecureWithTls<DuplexSocket> {
  const { ca, pins, serverName, handshakeTimeout: timeout = DEFAULT_HANDSHAKE_TIMEOUT, maxRecordBytes } = options;
  if (serverName !== undefined && ca === undefined)
    throw new TlsError("invalid-options", "cannot expect a server name without an authority (ca) that vouches for it");
  checkRecordBytes(maxRecordBytes);
  const authorities = ca === undefined ? [] : parseCertificates(ca, "ca");
  const { names } = identityOf(ownCertificate(options.cert), undefined);
  const secureContext = misconfigured("cert, key or crl", () =>
    createSecureContext(contextOptions(options, authorities)),
  );
  const isExpected = serverName === undefined ? undefined : parseServerName(serverName);
  const pinned = pins?.map(parsePin);
  const now = options.now ?? Date.now;

  const checkPins = (certificate: Certificate): void => {
    if (pinned?.some((fits) => fits(certificate)) === false)
      throw new TlsError("wrong-pin", "the peer's certificate is none of the pinned ones");
  };

  const examine = (
    tls: TLSSocket,
    stream: DuplexOfSocket,
    verifyPeer: VerifyPeer | undefined,
    below: DuplexSocket,
  ): TlsChannel<DuplexSocket> => {
    const { certificate, leaf, sent } = peerCertificates(tls);
    checkValidity(certificate, now());
    // The runtime has seen to this already; it costs nothing not to rely on one place.
    if (ca !== undefined && !tls.authorized) throw verdictOf(tls.authorizationError);
    checkPins(certificate);
    // RFC 7589 §6: against what was expected, never against the address (RFC 8071 §3.1 C6).
    if (isExpected?.(certificate) === false)
      throw new TlsError("wrong-name", `the peer's certificate is not for "${serverName}"`);
    const authority = tls.authorized ? findPath(leaf, sent, authorities).at(-1) : undefined;
    const peer = identityOf(certificate, authority && readCertificate(authority.raw));
    verifyPeer?.(peer);
    if (maxRecordBytes !== undefined) tls.setMaxSendFragment(maxRecordBytes);
    const socket = tlsSocket(tls, stream, below, true);
    return {
      socket,
      username: names[0] ?? "",
      peer,
      security: describeTls(tls),
      close: (reason) => socket.close(reason),
    };
  };

  return (below, { signal, verifyPeer }) => {
    if (isExpected === undefined && pinned === undefined && verifyPeer === undefined) {
      void below.close();
      return Promise.reject(
        new TlsError("no-expected-identity", "cannot tell whether the peer is the right one: give serverName or pins"),
      );
    }
    return shakeHands(
      below,
      { signal, timeout },
      (stream, secured, failed) => {
        const tls = connect({
          socket: stream,
          secureContext,
          ...(serverName !== undefined && isIP(serverName) === 0 && { servername: serverName }),
          // Without authorities there is no path to validate: the pin, or whoever knows the device, decides in examine().
          rejectUnauthorized: ca !== undefined,
          // The runtimes differ in what they compare a name with; examine() does it in one way.
          checkServerIdentity: () => undefined,
        });
        const onError = (error: Error): void => failed(tlsErrorOf(error, "handshake"));
        tls.once("error", onError);
        tls.once("secureConnect", () => {
          tls.off("error", onError);
          secured(tls);
        });
      },
      (tls, stream) => examine(tls, stream, verifyPeer, below),
    );
  };
}
