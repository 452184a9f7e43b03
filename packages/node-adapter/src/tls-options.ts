import { constants, X509Certificate } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import { type Certificate, readCertificate, TlsError } from "@netconf-kit/tls";

/** Certificates or keys in PEM: text, bytes, or several of them. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** What both ends of a TLS connection need. */
export interface TlsOptions {
  /** Our certificate, and behind it the ones between it and the root that the peer trusts. */
  readonly cert: Pem;
  readonly key: string | Uint8Array;
  /** Of an encrypted key. */
  readonly passphrase?: string;
  /** Revocation lists, one for each authority of `ca` and those below it. A missing or outdated one refuses everybody. Not in Deno. */
  readonly crl?: Pem;
  /** Default `TLSv1.2`, which RFC 7589 §8 demands and RFC 9325 §3.1.1 sets as the floor. */
  readonly minVersion?: TlsVersion;
  /** Default `TLSv1.3`. */
  readonly maxVersion?: TlsVersion;
  /** Milliseconds for the handshake. Default 30 000. */
  readonly handshakeTimeout?: number;
  /** The largest record sent, from 512 to 16384 bytes. Default 16384 at a client, and 4096 at a server for clients that
   * read no more at once. */
  readonly maxRecordBytes?: number;
  /** Milliseconds since 1970, for validity. Default the system's clock. */
  readonly now?: () => number;
}

/** A version of TLS that is allowed here. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

export const DEFAULT_HANDSHAKE_TIMEOUT = 30_000;

/** RFC 9325 §4.2: forward secrecy and authenticated encryption only. */
const CIPHERS = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
].join(":");

/** The options in the words of node:tls. */
export function contextOptions(options: TlsOptions, authorities: readonly X509Certificate[]): SecureContextOptions {
  const { cert, key, passphrase, crl, minVersion = "TLSv1.2", maxVersion = "TLSv1.3" } = options;
  // Deno takes lists and does not look at them: somebody who was shut out would come in.
  if (crl !== undefined && "deno" in process.versions)
    throw new TlsError("unsupported", "cannot use revocation lists: Deno does not check them");
  return {
    cert: pemTexts(cert),
    key: pemTexts(key),
    ...(passphrase === undefined ? {} : { passphrase }),
    // An empty list means: nobody. Without it the runtime would trust the web's authorities.
    ca: authorities.map(String),
    ...(crl === undefined ? {} : { crl: pemTexts(crl) }),
    minVersion,
    maxVersion,
    ciphers: CIPHERS,
    honorCipherOrder: true,
    // Nobody becomes somebody else half way, and whoever comes again proves everything again: a resumed session would skip
    // revocation and the look at the certificate.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/** @throws TlsError `invalid-options` for what OpenSSL would not take, and would not say so */
export function checkRecordBytes(bytes: number | undefined): void {
  if (bytes !== undefined && !(Number.isInteger(bytes) && bytes >= 512 && bytes <= 16384))
    throw new TlsError("invalid-options", `cannot send records of ${bytes} bytes: 512 to 16384 are possible`);
}

/** The certificates in PEM texts, in their order. */
export function parseCertificates(pem: Pem, what: string): readonly X509Certificate[] {
  const blocks = pemTexts(pem).flatMap(
    (text) => text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [],
  );
  if (blocks.length === 0) throw new TlsError("invalid-options", `cannot use ${what}: no certificate in PEM is in it`);
  return blocks.map((block) =>
    misconfigured(what, () => {
      const certificate = new X509Certificate(block);
      // Ours is the stricter reader: what it does not take is told now, and not with the first connection.
      readCertificate(certificate.raw);
      return certificate;
    }),
  );
}

/** Our own certificate: the first one. */
export function ownCertificate(cert: Pem): Certificate {
  return readCertificate(parseCertificates(cert, "cert")[0]?.raw ?? new Uint8Array());
}

/** Whatever the runtime does not like about our own files is an error of ours. */
export function misconfigured<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TlsError && error.fault === "local") throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new TlsError("invalid-options", `cannot use ${what}: ${words}`, { cause: error });
  }
}

function pemTexts(pem: Pem): string[] {
  const texts = typeof pem === "string" || pem instanceof Uint8Array ? [pem] : pem;
  return texts.map((text) => (typeof text === "string" ? text : new TextDecoder().decode(text)));
}
