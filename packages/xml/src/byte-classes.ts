import { AMPERSAND, BRACKET, FORBIDDEN, HIGH, LESS, NEW_LINE, PLAIN, QUOTE, RETURN, TAB } from "./byte-kinds.ts";

/** What a byte means to the scanners of this folder: one look into a table instead of a chain of comparisons. */

/** In a name: 0 ends it (or begins a character outside ASCII), 1 may begin one, 2 may only follow. XML 1.0 §2.3. */
export const NAME_CLASS: Uint8Array = /* @__PURE__ */ table((byte) => {
  if (byte === 0x3a || byte === 0x5f || between(byte, 0x41, 0x5a) || between(byte, 0x61, 0x7a)) return 1;
  return byte === 0x2d || byte === 0x2e || between(byte, 0x30, 0x39) ? 2 : 0;
});

/** In text between tags. */
export const TEXT_CLASS: Uint8Array = /* @__PURE__ */ table((byte) => {
  if (byte === 0x3c) return LESS;
  if (byte === 0x26) return AMPERSAND;
  if (byte === 0x5d) return BRACKET;
  return common(byte);
});

/** In an attribute's value. */
export const VALUE_CLASS: Uint8Array = /* @__PURE__ */ table((byte) => {
  if (byte === 0x3c) return LESS;
  if (byte === 0x26) return AMPERSAND;
  if (byte === 0x22 || byte === 0x27) return QUOTE;
  return byte === 0x09 ? TAB : common(byte);
});

/** In comments, processing instructions and CDATA sections, where each looks for its own end. */
export const OPAQUE_CLASS: Uint8Array = /* @__PURE__ */ table((byte) => {
  if (byte === 0x2d || byte === 0x3f || byte === 0x5d) return BRACKET;
  return common(byte);
});

/** An element that is known to be there: the index has been compared with the end. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number; // in bounds, by the contract above
}

/** How many bytes from `at` on are those of a text in ASCII. */
export function matchedLength(bytes: Uint8Array, at: number, end: number, text: string): number {
  const most = Math.min(text.length, end - at);
  let matched = 0;
  while (matched < most && byteAt(bytes, at + matched) === text.charCodeAt(matched)) matched++;
  return matched;
}

/** XML 1.0 §2.3: space, tab, line feed, carriage return. */
export function isWhite(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x09 || byte === 0x0d;
}

function common(byte: number): number {
  if (byte >= 0x80) return HIGH;
  if (byte === 0x0d) return RETURN;
  if (byte === 0x0a) return NEW_LINE;
  return byte < 0x20 && byte !== 0x09 ? FORBIDDEN : PLAIN;
}

function between(byte: number, first: number, last: number): boolean {
  return byte >= first && byte <= last;
}

function table(classify: (byte: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => classify(byte));
}
