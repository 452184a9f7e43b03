/**
 * Every alert of TLS 1.2 and 1.3 by its name in the RFCs, with its number: RFC 8446 §6, RFC 5246 §7.2, and the registry they
 * share. An alert that ends a connection becomes the error code `alert-` and its name.
 */
export const tlsAlerts = {
  "close-notify": 0,
  "unexpected-message": 10,
  "bad-record-mac": 20,
  "decryption-failed": 21,
  "record-overflow": 22,
  "decompression-failure": 30,
  "handshake-failure": 40,
  "no-certificate": 41,
  "bad-certificate": 42,
  "unsupported-certificate": 43,
  "certificate-revoked": 44,
  "certificate-expired": 45,
  "certificate-unknown": 46,
  "illegal-parameter": 47,
  "unknown-ca": 48,
  "access-denied": 49,
  "decode-error": 50,
  "decrypt-error": 51,
  "export-restriction": 60,
  "protocol-version": 70,
  "insufficient-security": 71,
  "internal-error": 80,
  "inappropriate-fallback": 86,
  "user-canceled": 90,
  "no-renegotiation": 100,
  "missing-extension": 109,
  "unsupported-extension": 110,
  "certificate-unobtainable": 111,
  "unrecognized-name": 112,
  "bad-certificate-status-response": 113,
  "bad-certificate-hash-value": 114,
  "unknown-psk-identity": 115,
  "certificate-required": 116,
  "general-error": 117,
  "no-application-protocol": 120,
} as const;

/** The name of an alert of TLS, a key of `tlsAlerts`. */
export type TlsAlert = keyof typeof tlsAlerts;

const names: ReadonlyMap<string, TlsAlert> = new Map(
  // The keys of a constant are what its type says.
  (Object.keys(tlsAlerts) as TlsAlert[]).map((name) => [name.replaceAll("-", ""), name]),
);

const numbers: ReadonlyMap<number, TlsAlert> = new Map(
  (Object.keys(tlsAlerts) as TlsAlert[]).map((name) => [tlsAlerts[name], name]),
);

/**
 * The alert that a TLS library means: a number, or a name in any of their spellings.
 *
 * @example
 * alertOf("UNKNOWN_CA"); // "unknown-ca"
 * alertOf("HandshakeFailure"); // "handshake-failure"
 * alertOf(116); // "certificate-required"
 */
export function alertOf(label: string | number): TlsAlert | undefined {
  return typeof label === "number" ? numbers.get(label) : names.get(normal(label));
}

/** OpenSSL writes "cancelled" with two l. */
function normal(label: string): string {
  return label
    .toLowerCase()
    .replace(/[^a-z]/g, "")
    .replace("cancelled", "canceled");
}
