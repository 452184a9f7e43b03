import type { JSX } from "preact";

const kinds: Readonly<Record<string, string>> = { "+": "added", "-": "removed", "~": "moved" };
/** Lines shown; a longer difference is nothing to read in a page. */
const MAX_LINES = 1000;

/** A difference, a line for each leaf that came, went or moved. */
export function DiffLines({ lines }: { readonly lines: readonly string[] }): JSX.Element {
  const more = lines.length - MAX_LINES;
  return (
    <ol class="diff" aria-label="Difference">
      {lines.slice(0, MAX_LINES).map((line, place) => (
        <li key={place} class={kinds[line[0] ?? ""] ?? ""}>
          {line}
        </li>
      ))}
      {more > 0 && <li>… and {more} more lines</li>}
    </ol>
  );
}
