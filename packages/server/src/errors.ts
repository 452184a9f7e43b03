/** What can go wrong with the server itself. Mistakes of a NETCONF client are `<rpc-error>` values, never these. */
export const serverErrors = {
  "bad-schema": { rfc: "RFC 7950 §7.8", fault: "local" },
  "bad-configuration": { rfc: "RFC 6241 §5.1", fault: "local" },
  "storage-failed": { rfc: "RFC 6241 §8.4.1", fault: "local" },
  "bad-registration": { rfc: "RFC 6241 §4.1", fault: "local" },
  "too-many-sessions": { rfc: "RFC 6241 §8.1", fault: "local" },
  closed: { rfc: "RFC 6241 §7.8", fault: "local" },
} as const;

/** A code of `serverErrors`. */
export type ServerErrorCode = keyof typeof serverErrors;

/**
 * A failure of the server's own parts: its schema, its storage, or the way it is called.
 *
 * @example
 * try { await createNetconfServer({ storage }); } catch (error) {
 *   if (isServerError(error)) console.error(error.code, error.message);
 * }
 */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly layer = "netconf";
  readonly code: ServerErrorCode;
  readonly fault: "local";
  readonly rfc: string;

  constructor(code: ServerErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.fault = serverErrors[code].fault;
    this.rfc = serverErrors[code].rfc;
  }
}

/**
 * Whether a value is a `ServerError`, of this copy of the package or another one.
 *
 * @example
 * if (isServerError(error)) console.error(error.code);
 */
export function isServerError(value: unknown): value is ServerError {
  return value instanceof Error && value.name === "ServerError" && "layer" in value && value.layer === "netconf";
}
