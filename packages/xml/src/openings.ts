import { byteAt, matchedLength, NAME_CLASS } from "./byte-classes.ts";
import { INCOMPLETE } from "./scan-codes.ts";

/** What begins with `<!`. */
export type Opening = "comment" | "cdata" | "doctype" | "unfinished" | "none";

/** Which of them stands at `at`; `"unfinished"` while it may be more than one. */
export function openingAt(bytes: Uint8Array, at: number, end: number): Opening {
  for (const [text, opening] of OPENINGS) {
    const matched = matchedLength(bytes, at, end, text);
    if (matched === text.length) return opening;
    if (at + matched === end) return "unfinished";
  }
  return "none";
}

/** Where a document begins: behind a byte order mark, of which there may be one (XML 1.0 §4.3.3). */
export function documentStart(bytes: Uint8Array, at: number, end: number): number {
  const matched = matchedLength(bytes, at, end, BYTE_ORDER_MARK);
  if (matched === BYTE_ORDER_MARK.length) return at + matched;
  return at + matched === end ? INCOMPLETE : at;
}

/** Where the inside of an XML declaration begins; `at` when there is none. */
export function declarationStart(bytes: Uint8Array, at: number, end: number): number {
  const matched = matchedLength(bytes, at, end, DECLARATION);
  const from = at + matched;
  if (from === end) return INCOMPLETE;
  if (matched < DECLARATION.length) return at;
  // "<?xml-stylesheet" and the like are instructions.
  const next = byteAt(bytes, from);
  return next >= 0x80 || byteAt(NAME_CLASS, next) !== 0 ? at : from;
}

const OPENINGS: readonly (readonly [string, Opening])[] = [
  ["<!--", "comment"],
  ["<![CDATA[", "cdata"],
  ["<!DOCTYPE", "doctype"],
];
const DECLARATION = "<?xml";
/** U+FEFF, byte by byte. */
const BYTE_ORDER_MARK = "\xef\xbb\xbf";
