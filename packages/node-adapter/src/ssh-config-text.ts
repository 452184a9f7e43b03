/*
 * The words of a line, as OpenSSH finds them. It has two ways: values are split like those of a shell, keywords and the
 * conditions of Match in an older, simpler manner.
 */

/** Text of a file for a message: control characters as blanks, and not too much of it. */
export function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}]/gu, " ");
  return clean.length > 400 ? `${clean.slice(0, 400)}…` : clean;
}

/**
 * The values of a line. Single and double quotes group, a backslash takes a quote, a backslash or (outside of quotes) a
 * blank as it is, `#` at the start of a word begins a comment. `undefined` when a quote stays open.
 */
export function splitValues(text: string): readonly string[] | undefined {
  const values: string[] = [];
  let i = 0;
  for (;;) {
    while (text[i] === " " || text[i] === "\t") i++;
    if (i >= text.length || text[i] === "#") return values;
    let value = "";
    let quote = "";
    for (; i < text.length; i++) {
      const symbol = text.charAt(i);
      if (symbol === "\\") {
        const next = text.charAt(i + 1);
        const escapes = next === "'" || next === '"' || next === "\\" || (next === " " && quote === "");
        value += escapes ? next : symbol;
        if (escapes) i++;
      } else if (quote === "" && (symbol === " " || symbol === "\t")) break;
      else if (quote === "" && (symbol === '"' || symbol === "'")) quote = symbol;
      else if (symbol === quote) quote = "";
      else value += symbol;
    }
    if (quote !== "") return undefined;
    values.push(value);
  }
}

/** A word and what follows it. */
export interface Word {
  readonly word: string;
  readonly rest: string;
}

/** The next word; blanks or one `=` end it, double quotes group. `undefined` when a quote stays open. */
export function takeWord(text: string): Word | undefined {
  const end = text.search(/[ \t\r\n"=]/);
  if (end < 0) return { word: text, rest: "" };
  if (text[end] === '"') {
    const close = text.indexOf('"', end + 1);
    if (close < 0) return undefined;
    return { word: text.slice(0, end) + text.slice(end + 1, close), rest: withoutBlanks(text.slice(close + 1)) };
  }
  const rest = withoutBlanks(text.slice(end + 1));
  const equalsFollows = text[end] !== "=" && rest.startsWith("=");
  return { word: text.slice(0, end), rest: equalsFollows ? withoutBlanks(rest.slice(1)) : rest };
}

function withoutBlanks(text: string): string {
  return text.replace(/^[ \t\r\n]+/, "");
}

/** Whether `*` and `?` of a pattern cover a text. Goes back to the last star only: no pattern is costly. */
export function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let i = 0;
  while (i < text.length) {
    const symbol = pattern.charAt(at);
    if (symbol === "*") {
      star = at++;
      resume = i;
    } else if (symbol !== "" && (symbol === "?" || symbol === text.charAt(i))) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (pattern.charAt(at) === "*") at++;
  return at === pattern.length;
}

/** Whether one of the patterns covers a text and none after a `!` does. */
export function matchesPatterns(text: string, patterns: readonly string[]): boolean {
  const excluded = patterns.some((each) => each.startsWith("!") && matchesPattern(text, each.slice(1)));
  return !excluded && patterns.some((each) => !each.startsWith("!") && matchesPattern(text, each));
}
