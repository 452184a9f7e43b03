import type { TreeRow } from "./config-tree.ts";

/** What a key does in a tree, as readers of screens expect it of the role `tree`. */
export type TreeMove =
  | { readonly kind: "focus"; readonly id: string }
  | { readonly kind: "toggle"; readonly id: string }
  | undefined;

/**
 * Where a key leads from a row: arrows go up, down, open and close, Home and End to the ends, Enter and blank open or close.
 *
 * @example
 * treeMove(rows, "0/1", "ArrowLeft"); // { kind: "focus", id: "0" }
 */
export function treeMove(rows: readonly TreeRow[], current: string, key: string): TreeMove {
  const place = Math.max(
    rows.findIndex((row) => row.id === current),
    0,
  );
  const row = rows[place];
  if (row === undefined) return undefined;
  switch (key) {
    case "ArrowDown":
      return focus(rows[place + 1]);
    case "ArrowUp":
      return focus(rows[place - 1]);
    case "Home":
      return focus(rows[0]);
    case "End":
      return focus(rows.at(-1));
    case "ArrowRight":
      if (!row.expandable) return undefined;
      return row.expanded ? focus(rows[place + 1]) : { kind: "toggle", id: row.id };
    case "ArrowLeft":
      if (row.expanded) return { kind: "toggle", id: row.id };
      return focus(rows.slice(0, place).findLast((each) => each.depth < row.depth));
    case "Enter":
    case " ":
      return row.expandable ? { kind: "toggle", id: row.id } : undefined;
    default:
      return undefined;
  }
}

function focus(row: TreeRow | undefined): TreeMove {
  return row === undefined ? undefined : { kind: "focus", id: row.id };
}
