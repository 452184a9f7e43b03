/** What can go wrong between the page and a plain websockify, which says no more than a close code. */
export const websockifyErrors = {
  "bad-address": { fault: "local", rfc: "RFC 6455 §3" },
  "no-websockify": { fault: "transport", rfc: "RFC 6455 §4.1" },
  "device-not-reached": { fault: "transport", rfc: "RFC 6455 §7.4.1" },
  "websockify-lost": { fault: "transport", rfc: "RFC 6455 §7.1.5" },
} as const;

/** A code of `websockifyErrors`. */
export type WebsockifyErrorCode = keyof typeof websockifyErrors;

/** The way through websockify failed. */
export class WebsockifyError extends Error {
  override readonly name = "WebsockifyError";
  readonly layer = "websockify";
  readonly code: WebsockifyErrorCode;
  readonly fault: "local" | "transport";
  readonly rfc: string;

  constructor(code: WebsockifyErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    ({ fault: this.fault, rfc: this.rfc } = websockifyErrors[code]);
  }
}

/** RFC 6455 §7.4.1: something unexpected. It is what websockify says when its device cannot be reached. */
const INTERNAL_ERROR = 1011;

/**
 * What the close of a WebSocket with websockify meant; `undefined` for a clean end: the device has closed, or the page itself.
 *
 * @param wasOpen whether the WebSocket was open before
 * @example
 * websockifyErrorOf("ws://192.0.2.9:6080", 1011, "Failed to connect to downstream server", true)?.code; // device-not-reached
 */
export function websockifyErrorOf(
  url: string,
  code: number,
  reason: string,
  wasOpen: boolean,
): WebsockifyError | undefined {
  if (!wasOpen) return new WebsockifyError("no-websockify", `no WebSocket opens at ${url}`);
  if (code === 1000 || code === 1005) return undefined; // RFC 6455 §7.4.1: as intended, and without a status
  const words = reason === "" ? "" : `: ${reason}`;
  if (code === INTERNAL_ERROR)
    return new WebsockifyError("device-not-reached", `${url} does not reach the device that it leads to${words}`);
  return new WebsockifyError("websockify-lost", `the connection with ${url} ended with ${code}${words}`);
}
