/**
 * What a terminal may be given of a peer's text: control characters (but line breaks and tabs) and the marks that turn the
 * direction of text are written as escapes, because they could steer the terminal or make it lie.
 */
export function printable(text: string): string {
  return text.replace(STEERING, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const STEERING = /(?![\n\t])[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
