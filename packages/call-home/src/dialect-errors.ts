import type { Fault } from "@netconf-kit/core";

type Entry = readonly [rfc: string, fault: Fault];

/** What can be wrong with the first bytes of a connection. All of them close it. Codes are API. */
const TABLE = {
  /** Neither an SSH identification nor a preamble that is known. */
  "not-ssh": ["RFC 4253 §4.2", "peer"],
  /** Somebody speaks HTTP to the Call Home port. */
  "http-instead": ["RFC 8071 §3.1", "peer"],
  /** TLS on a listener for SSH. */
  "tls-instead": ["RFC 8071 §3.1", "peer"],
  /** XML without a secure transport. */
  "xml-instead": ["RFC 6241 §2.2", "peer"],
  "limit-preamble": ["RFC 8071 §5", "peer"],
  "closed-in-preamble": ["RFC 4253 §4.2", "transport"],
  /** A listed balancer connects, and says nothing of whom it stands for. */
  "proxy-header-missing": ["PROXY protocol §2", "peer"],
  /** Somebody who is no listed balancer wants to say where he comes from. */
  "proxy-header-unexpected": ["PROXY protocol §2", "peer"],
  "proxy-header-malformed": ["PROXY protocol §2", "peer"],
  "proxy-header-checksum": ["PROXY protocol §2.2.4", "peer"],
  "limit-proxy-header": ["PROXY protocol §2.2", "peer"],
  "outbound-ssh-disabled": ["Junos outbound-ssh", "peer"],
  "outbound-ssh-malformed": ["Junos outbound-ssh", "peer"],
  "outbound-ssh-version": ["Junos outbound-ssh", "peer"],
  /** A device with a shared secret has to prove its host key with it. */
  "outbound-ssh-unproved": ["Junos outbound-ssh", "peer"],
  "outbound-ssh-wrong-hmac": ["Junos outbound-ssh", "peer"],
  /** The host key of the key exchange is another than the one the preamble proved. */
  "outbound-ssh-wrong-host-key": ["RFC 8071 §3.1 C5", "peer"],
  "invalid-options": ["RFC 8071 §3.1", "local"],
} as const;

/** A code of `dialectErrors`. */
export type DialectErrorCode = keyof typeof TABLE;

/** The meaning of every code: where the rule stands, and whose fault it is. */
export const dialectErrors: Readonly<Record<DialectErrorCode, Entry>> = TABLE;

/**
 * A connection did not begin as a Call Home connection does. `code` is stable; the text is not.
 *
 * @example
 * if (isDialectError(error)) console.error(error.code, error.message);
 */
export class DialectError extends Error {
  override readonly name = "DialectError";
  readonly layer = "call-home";
  readonly code: DialectErrorCode;
  readonly fault: Fault;
  readonly rfc: string;

  constructor(code: DialectErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    [this.rfc, this.fault] = dialectErrors[code];
  }
}

/**
 * True for a `DialectError` of any copy of this package.
 *
 * @example
 * if (isDialectError(error)) console.error(error.code);
 */
export function isDialectError(value: unknown): value is DialectError {
  return value instanceof Error && value.name === "DialectError" && "code" in value;
}
