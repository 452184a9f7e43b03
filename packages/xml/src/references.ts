import { byteAt } from "./byte-classes.ts";

/** The input ends inside the reference. */
export const UNFINISHED = 0;
export const BAD_REFERENCE = -1;

/**
 * Where the reference whose `&` is at `at` ends, behind its semicolon; or one of the constants above. Only the five
 * predefined entities and characters by number are known (XML 1.0 §4.1, §4.6).
 */
export function referenceEnd(bytes: Uint8Array, at: number, end: number): number {
  const from = at + 1;
  if (from >= end) return UNFINISHED;
  if (byteAt(bytes, from) === 0x23) return characterReferenceEnd(bytes, from + 1, end);
  for (const name of PREDEFINED) {
    let i = 0;
    while (i < name.length && from + i < end && byteAt(bytes, from + i) === byteAt(name, i)) i++;
    if (i === name.length) return from + i;
    if (from + i === end) return UNFINISHED;
  }
  return BAD_REFERENCE;
}

/** Text with references and line ends resolved (XML 1.0 §2.11, §4.4). The references have been found good before. */
export function resolveText(text: string): string {
  let resolved = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x26) {
      const semicolon = text.indexOf(";", at);
      resolved += text.slice(from, at) + referenced(text.slice(at + 1, semicolon));
      at = semicolon;
    } else if (unit === 0x0d) {
      resolved += `${text.slice(from, at)}\n`;
      if (text.charCodeAt(at + 1) === 0x0a) at++;
    } else continue;
    from = at + 1;
  }
  return resolved + text.slice(from);
}

/** The same for an attribute's value, where line ends and tabs become spaces (XML 1.0 §3.3.3). */
export function resolveAttribute(value: string): string {
  let resolved = "";
  let from = 0;
  for (let at = 0; at < value.length; at++) {
    const unit = value.charCodeAt(at);
    if (unit === 0x26) {
      const semicolon = value.indexOf(";", at);
      resolved += value.slice(from, at) + referenced(value.slice(at + 1, semicolon));
      at = semicolon;
    } else if (unit === 0x0a || unit === 0x09 || unit === 0x0d) {
      resolved += `${value.slice(from, at)} `;
      if (unit === 0x0d && value.charCodeAt(at + 1) === 0x0a) at++;
    } else continue;
    from = at + 1;
  }
  return resolved + value.slice(from);
}

/** Line ends only, for CDATA sections. */
export function resolveLineEnds(text: string): string {
  let resolved = "";
  let from = 0;
  for (let at = text.indexOf("\r"); at >= 0; at = text.indexOf("\r", from)) {
    resolved += `${text.slice(from, at)}\n`;
    from = text.charCodeAt(at + 1) === 0x0a ? at + 2 : at + 1;
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

function referenced(name: string): string {
  switch (name) {
    case "lt":
      return "<";
    case "gt":
      return ">";
    case "amp":
      return "&";
    case "quot":
      return '"';
    case "apos":
      return "'";
    default:
      return String.fromCodePoint(
        name.charCodeAt(1) === 0x78 ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10),
      );
  }
}

const PREDEFINED: readonly Uint8Array[] = ["lt;", "gt;", "amp;", "quot;", "apos;"].map((name) =>
  new TextEncoder().encode(name),
);
