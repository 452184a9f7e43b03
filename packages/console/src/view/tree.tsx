import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { TreeRow } from "../state/config-tree.ts";
import { treeMove } from "../state/tree-keys.ts";

interface Props {
  readonly rows: readonly TreeRow[];
  readonly onToggle: (id: string) => void;
}

/** Rows as a tree: one of them takes the focus, arrows lead on from there. */
export function Tree({ rows, onToggle }: Props): JSX.Element {
  const [focused, setFocused] = useState("0");
  const list = useRef<HTMLDivElement>(null);
  // The row that had the focus may be gone; one always has to be reachable by Tab.
  const current = rows.some((row) => row.id === focused) ? focused : rows[0]?.id;
  const onKey = (event: KeyboardEvent): void => {
    const move = current === undefined ? undefined : treeMove(rows, current, event.key);
    if (move === undefined) return;
    event.preventDefault();
    if (move.kind === "toggle") onToggle(move.id);
    else {
      setFocused(move.id);
      list.current?.querySelector<HTMLElement>(`[data-id="${move.id}"]`)?.focus();
    }
  };
  return (
    <div class="tree" role="tree" aria-label="Data" ref={list} tabIndex={-1}>
      {rows.map((row) => (
        <div
          key={row.id}
          data-id={row.id}
          role="treeitem"
          class={row.found ? "node found" : "node"}
          aria-level={row.depth + 1}
          aria-expanded={row.expandable ? row.expanded : undefined}
          aria-selected={row.id === current}
          tabIndex={row.id === current ? 0 : -1}
          style={{ paddingInlineStart: `${row.depth * 1.25 + 0.25}rem` }}
          onFocus={() => setFocused(row.id)}
          onClick={() => row.expandable && onToggle(row.id)}
          onKeyDown={onKey}
        >
          <span class="twist" aria-hidden="true">
            {row.expandable ? (row.expanded ? "▾" : "▸") : ""}
          </span>
          <span class="name">{row.name}</span>
          {row.label !== undefined && <span class="label">{row.label}</span>}
          {row.value !== undefined && row.value !== "" && <span class="value">{row.value}</span>}
          {row.namespace !== undefined && <span class="namespace">{row.namespace}</span>}
        </div>
      ))}
    </div>
  );
}
