/**
 * Text of a peer made fit for a terminal, a log or an error message: control characters, line separators and the
 * characters that reorder text are written as `\u{hex}`, and what exceeds `maxLength` characters is cut off with `…`.
 */
export function printable(text: string, maxLength = 1024): string {
  let result = "";
  let length = 0;
  for (const character of text) {
    if (length++ >= maxLength) return `${result}…`;
    result += unprintable.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character;
  }
  return result;
}

// RFC 4251 §9.2: control characters are filtered before display. Cf holds the bidirectional overrides, Cs lone surrogates.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
