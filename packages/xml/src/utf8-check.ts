import { byteAt } from "./byte-classes.ts";
import { CUT_SHORT, NOT_A_CHARACTER, NOT_UTF8 } from "./scan-codes.ts";

/**
 * How many bytes the character outside ASCII at `at` has: 2, 3 or 4, or one of the constants above. Only the shortest form,
 * no surrogates, nothing above U+10FFFF (RFC 3629 §3).
 */
export function characterLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = byteAt(bytes, at);
  const left = end - at;
  if (lead < 0xc2 || lead > 0xf4) return NOT_UTF8;
  if (left < 2) return CUT_SHORT;
  const second = byteAt(bytes, at + 1);
  if ((second & 0xc0) !== 0x80) return NOT_UTF8;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) {
    if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return NOT_UTF8;
    if (left < 3) return CUT_SHORT;
    const third = byteAt(bytes, at + 2);
    if ((third & 0xc0) !== 0x80) return NOT_UTF8;
    return lead === 0xef && second === 0xbf && third >= 0xbe ? NOT_A_CHARACTER : 3;
  }
  if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return NOT_UTF8;
  if (left < 3) return CUT_SHORT;
  if ((byteAt(bytes, at + 2) & 0xc0) !== 0x80) return NOT_UTF8;
  if (left < 4) return CUT_SHORT;
  return (byteAt(bytes, at + 3) & 0xc0) !== 0x80 ? NOT_UTF8 : 4;
}

/** The code point of a character outside ASCII whose length is known. */
export function codePoint(bytes: Uint8Array, at: number, length: number): number {
  let code = byteAt(bytes, at) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) code = (code << 6) | (byteAt(bytes, at + i) & 0x3f);
  return code;
}

/** Whether the last bytes are the beginning of a character that is not finished. */
export function endsInsideCharacter(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = end - 1; at >= start && at >= end - 3; at--) {
    const byte = byteAt(bytes, at);
    if (byte >= 0xc0) return characterLength(bytes, at, end) === CUT_SHORT;
    if (byte < 0x80) return false;
  }
  return false;
}
