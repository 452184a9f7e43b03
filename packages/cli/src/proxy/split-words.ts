import { UsageError } from "../exit-codes.ts";

/**
 * The words of a command line. Blanks part them; `'…'` and `"…"` keep them together, a backslash takes what follows it as it is
 * (not within `'…'`). There is no shell: nothing is expanded, and `$`, `|` or `;` are ordinary characters.
 *
 * @throws UsageError for a quote without its end, a backslash at the end, or no word at all
 */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "\\" && quote !== "'") {
      if (++i === text.length) throw new UsageError(`nothing follows the backslash at the end of: ${text}`);
      word = (word ?? "") + text.charAt(i);
    } else if (char === quote) quote = undefined;
    else if (quote === undefined && (char === "'" || char === '"')) {
      quote = char;
      word ??= "";
    } else if (quote === undefined && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== undefined) throw new UsageError(`the quote ${quote} has no end in: ${text}`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new UsageError("there is no program to run");
  return words;
}
