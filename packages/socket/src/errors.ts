/** Why a byte stream could not be opened, or ended too early. Codes are API. */
export const transportErrors = {
  "connection-refused": "nothing listens at that address, or a firewall rejects the connection",
  unreachable: "no route to that address",
  "name-not-found": "the host name does not resolve",
  "connect-timeout": "no answer to the connection attempt in time",
  reset: "the peer or the network broke the connection off",
  "address-in-use": "another program listens at that address",
  "address-not-available": "this machine does not have that address",
  "permission-denied": "the system does not allow that address or port",
  overrun: "the peer sent more than was kept for a slow reader, over a transport that cannot make it wait",
  closed: "the socket has been closed",
  failed: "the system reported another failure",
} as const;

/** A code of `transportErrors`. */
export type TransportErrorCode = keyof typeof transportErrors;

/**
 * A failure below every protocol. `fault` is always `"transport"`: neither side broke a rule.
 *
 * @example
 * throw new TransportError("reset", "the peer closed in the middle of a message");
 */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly layer = "transport";
  readonly fault = "transport";
  readonly rfc = "RFC 9293";
  readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Whether a value is a `TransportError`, of this copy of the package or another one.
 *
 * @example
 * const refused = isTransportError(error) && error.code === "connection-refused";
 */
export function isTransportError(value: unknown): value is TransportError {
  return value instanceof Error && value.name === "TransportError" && "layer" in value && value.layer === "transport";
}
