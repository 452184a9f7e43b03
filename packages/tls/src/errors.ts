import { type TlsAlert, tlsAlerts } from "./alerts.ts";

/** Who has to change something for the error to go away. `"local"` never comes from what the peer sent. */
export type Fault = "peer" | "local" | "transport";

/** What one code means. The reaction is the same for all: the connection is closed. */
export interface TlsErrorRule {
  readonly rfc: string;
  readonly fault: Fault;
}

type Entry = readonly [rfc: string, fault: Fault];

/** Every error of this layer but the alerts: where the rule stands, whose fault it is. Codes are API. */
const TABLE = {
  "invalid-options": ["RFC 7589 §5", "local"],
  "no-expected-identity": ["RFC 7589 §6", "local"],
  unsupported: ["RFC 5280 §6.3", "local"],
  "not-tls": ["RFC 8446 §5.1", "peer"],
  "version-unsupported": ["RFC 7589 §8", "peer"],
  "no-common-cipher": ["RFC 7589 §8", "peer"],
  "handshake-failed": ["RFC 7589 §2", "peer"],
  "handshake-timeout": ["RFC 7589 §2", "peer"],
  "closed-in-handshake": ["RFC 7589 §2", "transport"],
  "closed-after-handshake": ["RFC 7589 §7", "peer"],
  "broken-record": ["RFC 8446 §5.2", "peer"],
  "certificate-missing": ["RFC 7589 §7", "peer"],
  "certificate-malformed": ["RFC 5280 §4.1", "peer"],
  "certificate-untrusted": ["RFC 7589 §5", "peer"],
  "certificate-expired": ["RFC 5280 §4.1.2.5", "peer"],
  "certificate-not-yet-valid": ["RFC 5280 §4.1.2.5", "peer"],
  "certificate-revoked": ["RFC 5280 §6.3", "peer"],
  "revocation-unknown": ["RFC 5280 §6.3", "peer"],
  "wrong-pin": ["RFC 7589 §5", "peer"],
  "wrong-name": ["RFC 7589 §6", "peer"],
  "no-user-name": ["RFC 7589 §7", "peer"],
} as const;

/** Whatever the alert says is wrong, the peer says it: an alert about our certificate is no `local` error. */
export type TlsAlertCode = `alert-${TlsAlert}`;
/** A code of `tlsErrors`; alerts of the peer have one each. */
export type TlsErrorCode = keyof typeof TABLE | TlsAlertCode;

/** The meaning of every code. */
export const tlsErrors: Readonly<Record<TlsErrorCode, TlsErrorRule>> = makeRules();

function makeRules(): Record<TlsErrorCode, TlsErrorRule> {
  const rules = new Map<string, TlsErrorRule>();
  for (const [code, [rfc, fault]] of Object.entries<Entry>(TABLE)) rules.set(code, { rfc, fault });
  for (const alert of Object.keys(tlsAlerts)) rules.set(`alert-${alert}`, { rfc: "RFC 8446 §6", fault: "peer" });
  // Both loops together have seen every code.
  return Object.fromEntries(rules) as Record<TlsErrorCode, TlsErrorRule>;
}

/**
 * TLS could not be set up, broke, or proved somebody else than was expected. `code` is stable; the text is not.
 *
 * @example
 * try { await connect({ dial, tls }); } catch (error) {
 *   if (isTlsError(error) && error.code === "certificate-expired") renew();
 *   else throw error;
 * }
 */
export class TlsError extends Error {
  override readonly name = "TlsError";
  readonly layer = "tls";
  readonly code: TlsErrorCode;
  readonly fault: Fault;
  readonly rfc: string;

  constructor(code: TlsErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.rfc = tlsErrors[code].rfc;
    this.fault = tlsErrors[code].fault;
  }
}

/**
 * True for a `TlsError` of any copy of this package.
 *
 * @example
 * if (isTlsError(error) && error.code === "certificate-expired") renew();
 */
export function isTlsError(error: unknown): error is TlsError {
  return error instanceof Error && error.name === "TlsError" && "code" in error;
}
