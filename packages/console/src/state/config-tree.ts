import { childElements, textOf, type XmlElement } from "netconf-kit";

/** One line of a tree on the screen. */
export interface TreeRow {
  /** The way from the root by places: `0/3/1`. */
  readonly id: string;
  readonly depth: number;
  readonly name: string;
  /** Where it is another one than that of the parent. */
  readonly namespace: string | undefined;
  /** Tells an entry of a list from its neighbours: the text of its first leaf. */
  readonly label: string | undefined;
  /** The text of a leaf. */
  readonly value: string | undefined;
  readonly expandable: boolean;
  readonly expanded: boolean;
  /** Whether the query stands in its name or value. */
  readonly found: boolean;
}

export interface TreeView {
  readonly rows: readonly TreeRow[];
  /** Rows left out because there were more than `maxRows`. */
  readonly hidden: number;
  /** Nodes in which the query was found. */
  readonly matches: number;
}

export interface TreeViewOptions {
  /** Ids of the opened nodes. Without effect while there is a query, which opens the way to all it finds. */
  readonly expanded: ReadonlySet<string>;
  /** Looked for in names and values; letter case does not count. */
  readonly query?: string;
  /** Default 2000: a page with more is slow, and nobody reads it. */
  readonly maxRows?: number;
}

const MAX_ROWS = 2000;

/**
 * The lines of a tree that are to be seen, in their order. With a query: the nodes that have it, what leads to them, and
 * what stands below a node whose name has it.
 *
 * @example
 * treeView(data, { expanded: new Set(["0"]), query: "eth0" }).rows.map((row) => row.name);
 */
export function treeView(root: XmlElement, options: TreeViewOptions): TreeView {
  const query = options.query?.trim().toLowerCase() ?? "";
  const maxRows = options.maxRows ?? MAX_ROWS;
  const rows: TreeRow[] = [];
  let hidden = 0;
  let matches = 0;
  const found = query === "" ? undefined : findAll(root, query);
  if (found !== undefined) for (const reason of found.values()) if (reason !== "leads") matches++;

  const visit = (parent: XmlElement, prefix: string, depth: number, inside: boolean): void => {
    const children = childElements(parent);
    const counts = new Map<string, number>();
    for (const each of children) counts.set(each.name, (counts.get(each.name) ?? 0) + 1);
    children.forEach((each, place) => {
      const id = prefix === "" ? String(place) : `${prefix}/${place}`;
      const reason = found?.get(each);
      if (found !== undefined && reason === undefined && !inside) return;
      const below = childElements(each);
      const expanded =
        found === undefined ? options.expanded.has(id) : reason === "leads" || reason === "name" || inside;
      if (rows.length >= maxRows) hidden++;
      else {
        rows.push({
          id,
          depth,
          name: each.name,
          namespace: each.namespace === parent.namespace ? undefined : each.namespace,
          label: (counts.get(each.name) ?? 0) > 1 ? entryLabel(below) : undefined,
          value: below.length === 0 ? textOf(each, { trim: true }) : undefined,
          expandable: below.length > 0,
          expanded: expanded && below.length > 0,
          found: reason !== undefined && reason !== "leads",
        });
      }
      if (expanded && below.length > 0) visit(each, id, depth + 1, inside || reason === "name");
    });
  };
  visit(root, "", 0, false);
  return { rows, hidden, matches };
}

/** Ids of all nodes with children down to a depth; 0 is the top. */
export function idsToDepth(root: XmlElement, depth: number): ReadonlySet<string> {
  const ids = new Set<string>();
  const visit = (parent: XmlElement, prefix: string, left: number): void => {
    childElements(parent).forEach((each, place) => {
      if (childElements(each).length === 0) return;
      const id = prefix === "" ? String(place) : `${prefix}/${place}`;
      ids.add(id);
      if (left > 0) visit(each, id, left - 1);
    });
  };
  visit(root, "", depth);
  return ids;
}

/** RFC 7950 §7.8.5: the keys of an entry come first. */
function entryLabel(children: readonly XmlElement[]): string | undefined {
  const first = children[0];
  return first === undefined || childElements(first).length > 0 ? undefined : textOf(first, { trim: true });
}

type Reason = "name" | "value" | "leads";

function findAll(root: XmlElement, query: string): ReadonlyMap<XmlElement, Reason> {
  const found = new Map<XmlElement, Reason>();
  const visit = (node: XmlElement): boolean => {
    let any = false;
    const below = childElements(node);
    for (const each of below) any = visit(each) || any;
    if (node === root) return any;
    const own = reasonOf(node, below, query) ?? (any ? "leads" : undefined);
    if (own !== undefined) found.set(node, own);
    return own !== undefined;
  };
  visit(root);
  return found;
}

function reasonOf(node: XmlElement, below: readonly XmlElement[], query: string): Reason | undefined {
  if (node.name.toLowerCase().includes(query)) return "name";
  return below.length === 0 && textOf(node).toLowerCase().includes(query) ? "value" : undefined;
}
