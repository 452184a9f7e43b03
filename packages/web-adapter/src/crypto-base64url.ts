import { WebCryptoError } from "./crypto-errors.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((letter, value) => [letter, value]));

/** The encoding of RFC 4648 §5 without padding, as JSON Web Keys have it (RFC 7515 §2). */
export function toBase64url(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let letter = 0; letter < Math.min(left, 3) + 1; letter++) text += ALPHABET[(group >> (18 - 6 * letter)) & 63];
  }
  return text;
}

/** The bytes of one part of a JSON Web Key. Throws `key-format` when it is missing or is no base64url. */
export function fromBase64url(text: string | undefined, part: string): Uint8Array {
  if (text === undefined || text.length % 4 === 1) throw broken(part);
  const bytes = new Uint8Array((text.length * 3) >> 2);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    const value = VALUES.get(letter);
    if (value === undefined) throw broken(part);
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >> bits;
  }
  return bytes;
}

function broken(part: string): WebCryptoError {
  return new WebCryptoError("key-format", `reading a JSON Web Key: its part "${part}" is missing or broken`);
}
