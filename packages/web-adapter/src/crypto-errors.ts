/** The one table of codes, with the rule behind each. Codes are API: they may be added, never renamed. */
export const webCryptoErrors = {
  /** A key of a kind, a size or a hash that SSH has no algorithm for, or none that is safe. */
  "key-not-supported": { rfc: "RFC 8332 §3" },
  /** A key whose parts are missing or broken. */
  "key-format": { rfc: "RFC 7518 §6" },
  /** A signature was asked for with an algorithm that is not one of the key's. */
  "local-usage": { rfc: "RFC 4252 §7" },
} as const;

/** A code of `webCryptoErrors`. */
export type WebCryptoErrorCode = keyof typeof webCryptoErrors;

/**
 * A key that cannot be used. It is always the caller's key that is at fault, never a peer.
 *
 * @example
 * try { await importSigner(crypto.subtle, privateJwk(parsePrivateKey(text))); } catch (error) {
 *   if (isWebCryptoError(error)) console.error(error.code);
 * }
 */
export class WebCryptoError extends Error {
  override readonly name = "WebCryptoError";
  readonly layer = "web-crypto";
  readonly fault = "local";
  readonly code: WebCryptoErrorCode;
  readonly rfc: string;

  constructor(code: WebCryptoErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.rfc = webCryptoErrors[code].rfc;
  }
}

/**
 * Whether a value is a `WebCryptoError`, of this copy of the package or another one.
 *
 * @example
 * if (isWebCryptoError(error)) console.error(error.code);
 */
export function isWebCryptoError(value: unknown): value is WebCryptoError {
  return value instanceof Error && value.name === "WebCryptoError" && "layer" in value && value.layer === "web-crypto";
}
