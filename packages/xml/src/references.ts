import { byteAt, matchedLength } from "./byte-classes.ts";
import { BAD_REFERENCE, UNFINISHED } from "./scan-codes.ts";

/**
 * Where the reference whose `&` is at `at` ends, behind its semicolon; or one of the constants above. Only the five
 * predefined entities and characters by number are known (XML 1.0 §4.1, §4.6).
 */
export function referenceEnd(bytes: Uint8Array, at: number, end: number): number {
  const from = at + 1;
  if (from >= end) return UNFINISHED;
  if (byteAt(bytes, from) === 0x23) return characterReferenceEnd(bytes, from + 1, end);
  for (const [name] of PREDEFINED) {
    const matched = matchedLength(bytes, from, end, name);
    if (matched === name.length) return from + matched;
    if (from + matched === end) return UNFINISHED;
  }
  return BAD_REFERENCE;
}

/** Text with references and line ends resolved (XML 1.0 §2.11, §4.4). The references have been found good before. */
export function resolveText(text: string): string {
  return resolve(text, false);
}

/** The same for an attribute's value, where line ends and tabs become spaces (XML 1.0 §3.3.3). */
export function resolveAttribute(value: string): string {
  return resolve(value, true);
}

/** Line ends only, for CDATA sections. */
export function resolveLineEnds(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

function resolve(text: string, inAttribute: boolean): string {
  let resolved = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x26) {
      const after = text.indexOf(";", at) + 1;
      resolved += text.slice(from, at) + referenced(text.slice(at + 1, after));
      at = after - 1;
    } else if (unit === 0x0d || (inAttribute && (unit === 0x0a || unit === 0x09))) {
      resolved += text.slice(from, at) + (inAttribute ? " " : "\n");
      if (unit === 0x0d && text.charCodeAt(at + 1) === 0x0a) at++;
    } else continue;
    from = at + 1;
  }
  return resolved + text.slice(from);
}

function characterReferenceEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  const hexadecimal = at < end && byteAt(bytes, at) === 0x78;
  if (hexadecimal) at++;
  const digits = at;
  let code = 0;
  for (; at < end; at++) {
    const byte = byteAt(bytes, at);
    if (byte === 0x3b) return at > digits && isCharacter(code) ? at + 1 : BAD_REFERENCE;
    const value = hexadecimal ? hexadecimalValue(byte) : byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : -1;
    if (value < 0) return BAD_REFERENCE;
    // Bounded, so that no number of digits comes round to a character.
    code = Math.min(code * (hexadecimal ? 16 : 10) + value, 0x110000);
  }
  return UNFINISHED;
}

function hexadecimalValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** XML 1.0 §2.2 Char. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

/** What a reference stands for that is written so, with its semicolon. */
function referenced(name: string): string {
  for (const [known, character] of PREDEFINED) if (known === name) return character;
  const hexadecimal = name.startsWith("#x");
  return String.fromCodePoint(Number.parseInt(name.slice(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10));
}

/** XML 1.0 §4.6. */
const PREDEFINED = [
  ["lt;", "<"],
  ["gt;", ">"],
  ["amp;", "&"],
  ["quot;", '"'],
  ["apos;", "'"],
] as const;
