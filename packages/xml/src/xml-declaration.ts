import { byteAt, isWhite } from "./byte-classes.ts";

/** What an XML declaration says. */
export interface XmlDeclaration {
  readonly version: string;
  readonly encoding: string | undefined;
}

/** ASCII and its names for a locale that is not set up: a part of UTF-8. */
export const UTF8_NAMES: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968"]);

/**
 * Reads the declaration from behind `<?xml` to the byte before `?>`; `undefined` when it is none (XML 1.0 §2.8).
 * Everything in it is ASCII.
 */
export function readDeclaration(bytes: Uint8Array, start: number, end: number): XmlDeclaration | undefined {
  let at = start;
  const found: string[] = [];
  for (const [name, required, allowed] of PARTS) {
    const from = skipWhite(bytes, at, end);
    if (!startsWith(bytes, from, end, name)) {
      if (required) return undefined;
      found.push("");
      continue;
    }
    // White space stands before each part, also the first.
    if (from === at) return undefined;
    at = skipWhite(bytes, from + name.length, end);
    if (at >= end || byteAt(bytes, at) !== 0x3d) return undefined;
    at = skipWhite(bytes, at + 1, end);
    const quote = at < end ? byteAt(bytes, at) : 0;
    if (quote !== 0x22 && quote !== 0x27) return undefined;
    const close = bytes.indexOf(quote, at + 1);
    if (close < 0 || close >= end || close - at > LONGEST_VALUE) return undefined;
    const value = ascii(bytes, at + 1, close);
    if (!allowed.test(value)) return undefined;
    found.push(value);
    at = close + 1;
  }
  if (skipWhite(bytes, at, end) !== end) return undefined;
  const [version = "", encoding = ""] = found;
  return { version, encoding: encoding === "" ? undefined : encoding };
}

const LONGEST_VALUE = 256;

/** In the only order there is: name, whether it has to be there, what it may say. */
const PARTS: readonly (readonly [string, boolean, RegExp])[] = [
  ["version", true, /^1\.[0-9]+$/],
  ["encoding", false, /^[A-Za-z][A-Za-z0-9._-]*$/],
  ["standalone", false, /^(?:yes|no)$/],
];

function skipWhite(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isWhite(byteAt(bytes, at))) at++;
  return at;
}

function startsWith(bytes: Uint8Array, at: number, end: number, name: string): boolean {
  if (end - at < name.length) return false;
  for (let i = 0; i < name.length; i++) if (byteAt(bytes, at + i) !== name.charCodeAt(i)) return false;
  return true;
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(byteAt(bytes, at));
  return text;
}
