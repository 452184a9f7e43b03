import { byteAt } from "./byte-classes.ts";
import { DECODER } from "./text-codec.ts";

/**
 * Makes a string of a byte range that has been found to be UTF-8. Configuration repeats its values, so short ones are kept:
 * most strings cost a comparison and no memory. What is kept is bounded, and shared
 * by all documents: nothing but a string depends on it.
 */
export function decodeBytes(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length > LONGEST_KEPT) return DECODER.decode(bytes.subarray(start, end));
  let hash = length;
  let high = 0;
  for (let at = start; at < end; at++) {
    const byte = byteAt(bytes, at);
    high |= byte;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (high >= 0x80) return DECODER.decode(bytes.subarray(start, end));
  const slot = (hash ^ (hash >>> 15)) & (KEPT - 1);
  const kept = KEPT_TEXTS[slot] ?? "";
  if (kept.length === length && sameAscii(kept, bytes, start)) return kept;
  const text = length <= LONGEST_BUILT ? fromAscii(bytes, start, end) : DECODER.decode(bytes.subarray(start, end));
  KEPT_TEXTS[slot] = text;
  return text;
}

const KEPT = 2048;
const LONGEST_KEPT = 48;
/** Up to here a string is built faster than the platform's decoder is called. */
const LONGEST_BUILT = 24;

const KEPT_TEXTS: string[] = /* @__PURE__ */ Array.from({ length: KEPT }, () => "");

function sameAscii(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== byteAt(bytes, start + i)) return false;
  return true;
}

function fromAscii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      byteAt(bytes, at),
      byteAt(bytes, at + 1),
      byteAt(bytes, at + 2),
      byteAt(bytes, at + 3),
      byteAt(bytes, at + 4),
      byteAt(bytes, at + 5),
      byteAt(bytes, at + 6),
      byteAt(bytes, at + 7),
    );
  }
  if (at + 4 <= end) {
    text += String.fromCharCode(byteAt(bytes, at), byteAt(bytes, at + 1), byteAt(bytes, at + 2), byteAt(bytes, at + 3));
    at += 4;
  }
  for (; at < end; at++) text += String.fromCharCode(byteAt(bytes, at));
  return text;
}
