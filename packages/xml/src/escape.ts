import { quoted, XmlError } from "./errors.ts";

/**
 * Text as XML writes it. `>` is escaped everywhere: needed in `]]>` (XML 1.0 §2.4), and it keeps the delimiter of
 * RFC 6242 §4.3 out of every message. A carriage return would be read as a line feed (§2.11).
 *
 * @throws XmlError `invalid-character`
 */
export function escapeText(text: string): string {
  checkCharacters(text);
  return TEXT_SPECIAL.test(text) ? text.replace(/[&<>\r]/g, reference) : text;
}

/**
 * An attribute's value, for double quotes. Tabs and line feeds would be read as spaces (XML 1.0 §3.3.3).
 *
 * @throws XmlError `invalid-character`
 */
export function escapeAttribute(value: string): string {
  checkCharacters(value);
  return ATTRIBUTE_SPECIAL.test(value) ? value.replace(/[&<>"\r\n\t]/g, reference) : value;
}

const TEXT_SPECIAL = /[&<>\r]/;
const ATTRIBUTE_SPECIAL = /[&<>"\r\n\t]/;

function reference(character: string): string {
  switch (character) {
    case "&":
      return "&amp;";
    case "<":
      return "&lt;";
    case ">":
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return `&#${character.charCodeAt(0)};`;
  }
}

/** XML 1.0 §2.2: the characters outside Char cannot be written, not even as references. */
function checkCharacters(text: string): void {
  const found = NOT_A_CHARACTER.exec(text);
  if (found === null) return;
  const code = (text.codePointAt(found.index) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const around = text.slice(Math.max(0, found.index - 20), found.index + 20);
  throw new XmlError(
    "invalid-character",
    `cannot write the character U+${code} in ${quoted(around)}: XML has no way to`,
  );
}

const NOT_A_CHARACTER = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
