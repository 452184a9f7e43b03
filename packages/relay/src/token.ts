import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { RelayError } from "./errors.ts";

const RANDOM_BYTES = 24;
/** Shorter ones could be guessed. */
const MIN_LENGTH = 16;
const MAX_LENGTH = 256;

/**
 * A new token: 192 random bits, in characters that a sub-protocol may have.
 *
 * @example
 * const relay = await createRelay({ token: randomRelayToken() });
 */
export function randomRelayToken(): string {
  return randomBytes(RANDOM_BYTES).toString("base64url");
}

/** Compares tokens in a time that tells nothing of the right one. */
export class TokenCheck {
  readonly #digest: Uint8Array;

  /** @throws RelayError `bad-option` for a token that no browser could send, or that is short. */
  constructor(token: string) {
    // RFC 6455 §4.1: a sub-protocol is a token of HTTP. The message does not show it.
    if (!/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/.test(token) || token.length < MIN_LENGTH || token.length > MAX_LENGTH)
      throw new RelayError(
        "bad-option",
        `a token has ${MIN_LENGTH} to ${MAX_LENGTH} letters, digits, "-" and "_", and no spaces`,
      );
    this.#digest = digestOf(token);
  }

  /** Digests have one length, whatever was sent. */
  matches(offered: string | undefined): boolean {
    return offered !== undefined && timingSafeEqual(digestOf(offered), this.#digest);
  }
}

function digestOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
