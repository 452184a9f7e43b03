/** What stands in the table for one code. */
export interface FramingErrorEntry {
  /** The rule that was broken. */
  readonly rfc: string;
  /** Whose mistake it is. `"local"` never comes from bytes of the peer. */
  readonly fault: "peer" | "local";
  /** What a session does about it. RFC 6242 §4.2: the peer MUST terminate the session by closing the channel. */
  readonly reaction: "close-channel" | "none";
}

const TABLE = {
  /** A chunk, or the end of the chunks, has to start with a line feed. */
  "expected-line-feed": { rfc: "RFC 6242 §4.2", fault: "peer", reaction: "close-channel" },
  /** The line feed has to be followed by `#`. */
  "expected-hash": { rfc: "RFC 6242 §4.2", fault: "peer", reaction: "close-channel" },
  /** Something else than a decimal number without leading zeros. */
  "bad-chunk-size": { rfc: "RFC 6242 §4.2", fault: "peer", reaction: "close-channel" },
  /** More than 4294967295. */
  "chunk-size-too-large": { rfc: "RFC 6242 §4.2", fault: "peer", reaction: "close-channel" },
  /** `##` has to be followed by a line feed. */
  "bad-end-of-chunks": { rfc: "RFC 6242 §4.2", fault: "peer", reaction: "close-channel" },
  /** The end of the chunks came without a chunk. */
  "empty-message": { rfc: "RFC 6242 §4.2", fault: "peer", reaction: "close-channel" },
  /** The input ended inside a message. */
  truncated: { rfc: "RFC 6242 §4.1", fault: "peer", reaction: "close-channel" },
  /** A chunk is larger than `maxChunkBytes`. */
  "limit-chunk": { rfc: "RFC 6242 §4.2", fault: "peer", reaction: "close-channel" },
  /** A message is larger than `maxMessageBytes`. */
  "limit-message": { rfc: "RFC 6242 §4.1", fault: "peer", reaction: "close-channel" },

  /** `switchToChunked()` inside a message, or a second time. */
  "illegal-switch": { rfc: "RFC 6242 §4.1", fault: "local", reaction: "none" },
  /** `push()` inside a sink, or after `finish()`. */
  "illegal-push": { rfc: "RFC 6242 §4.1", fault: "local", reaction: "none" },
  /** A message without a byte cannot be sent. */
  "empty-payload": { rfc: "RFC 6242 §4.2", fault: "local", reaction: "none" },
  /** The payload holds `]]>]]>`, so the peer would see two messages. */
  "delimiter-in-payload": { rfc: "RFC 6242 §4.3", fault: "local", reaction: "none" },
  /** A limit that is not a positive number. */
  "bad-limit": { rfc: "RFC 6242 §4.1", fault: "local", reaction: "none" },
} as const;

/** A code of `framingErrors`. */
export type FramingErrorCode = keyof typeof TABLE;

/** Every error of this package. Codes are API. */
export const framingErrors: Readonly<Record<FramingErrorCode, FramingErrorEntry>> = TABLE;

/**
 * A broken rule of the framing. After one, a decoder throws the same error again.
 *
 * @example
 * try { new FrameDecoder({ framing: "chunked" }).push(new TextEncoder().encode("\n#0\n"), sink); } catch (error) {
 *   if (isFramingError(error)) console.error(error.code, error.rfc);
 * }
 */
export class FramingError extends Error {
  override readonly name = "FramingError";
  readonly layer = "framing";
  readonly code: FramingErrorCode;
  readonly fault: "peer" | "local";
  readonly rfc: string;
  readonly reaction: "close-channel" | "none";
  /** Where in the stream, in bytes from its start. Absent for local errors. */
  readonly offset: number | undefined;

  constructor(code: FramingErrorCode, message: string, offset?: number) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`);
    const { fault, rfc, reaction } = framingErrors[code];
    this.code = code;
    this.fault = fault;
    this.rfc = rfc;
    this.reaction = reaction;
    this.offset = offset;
  }
}

/**
 * Whether a value is a `FramingError`, of this copy of the package or another one.
 *
 * @example
 * const reason = isFramingError(error) ? error.code : "unknown";
 */
export function isFramingError(value: unknown): value is FramingError {
  return value instanceof Error && value.name === "FramingError" && "layer" in value && value.layer === "framing";
}

/** A byte as a message may show it: the peer's control characters must not reach a terminal. */
export function showByte(byte: number | undefined): string {
  if (byte === undefined) return "nothing";
  if (byte > 0x20 && byte < 0x7f) return `"${String.fromCharCode(byte)}"`;
  return `the byte 0x${byte.toString(16).padStart(2, "0")}`;
}
