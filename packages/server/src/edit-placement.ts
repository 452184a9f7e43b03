import { isElement, type XmlElement, type XmlNode } from "@netconf-kit/xml";
import type { ConfigError } from "./config-error.ts";
import { canonicalValue } from "./config-tree.ts";
import { type Anchor, type Insert, missingInstance } from "./edit-attributes.ts";
import { hasKeys, type Trail } from "./edit-trail.ts";

/** A child that an edit has changed: new without `before`, gone without `after`. */
export interface Placement {
  readonly identity: string;
  readonly before: XmlElement | undefined;
  readonly after: XmlElement | undefined;
  readonly insert: Exclude<Insert, { mode: "error" }> | undefined;
  readonly trail: Trail;
}

export interface Placed {
  readonly children: readonly XmlNode[];
  /** The placements that were carried out. */
  readonly done: readonly Placement[];
}

/**
 * Children with the changes of one edit in them. A changed child stays where it is, a new one goes behind the last
 * sibling of its name, one with an `insert` attribute where that says.
 */
export function placeAll(
  children: readonly XmlNode[],
  placements: readonly Placement[],
  fail: (error: ConfigError) => void,
): Placed {
  const plain = placements.filter((placement) => placement.insert === undefined);
  const list = replaceAll(children, plain);
  addAll(
    list,
    plain.flatMap(({ before, after }) => (before === undefined && after !== undefined ? [after] : [])),
  );
  if (plain.length === placements.length) return { children: list, done: placements };
  const done = [...plain];
  for (const placement of placements) {
    if (placement.insert === undefined) continue;
    const error = insertOne(list, placement, placement.insert);
    if (error === undefined) done.push(placement);
    else fail(error);
  }
  // An entry may be told to go where it stands.
  const isSame = list.length === children.length && list.every((node, i) => node === children[i]);
  return { children: isSame ? children : list, done };
}

/** Below this many changes a search by pointer for each is cheaper than one look-up for each child. */
const FEW = 8;

function replaceAll(children: readonly XmlNode[], placements: readonly Placement[]): XmlNode[] {
  const existing = placements.filter(({ before }) => before !== undefined);
  if (existing.length > FEW) {
    const changes = new Map<XmlNode, XmlElement | undefined>();
    for (const { before, after } of existing) if (before !== undefined) changes.set(before, after);
    return children.flatMap((node) => {
      if (!changes.has(node)) return [node];
      const after = changes.get(node);
      return after === undefined ? [] : [after];
    });
  }
  const list = children.slice();
  for (const { before, after } of existing) {
    if (before === undefined) continue;
    const at = list.indexOf(before);
    if (after === undefined) list.splice(at, 1);
    else list[at] = after;
  }
  return list;
}

/** Puts new children behind the last sibling of their name, so that the entries of a list stay together. */
function addAll(list: XmlNode[], added: readonly XmlElement[]): void {
  const groups: XmlElement[][] = [];
  for (const instance of added) {
    const group = groups.find((others) => sameName(others[0], instance));
    if (group === undefined) groups.push([instance]);
    else group.push(instance);
  }
  for (const group of groups) {
    const at = list.findLastIndex((node) => isElement(node) && sameName(node, group[0]));
    if (at < 0 || at === list.length - 1) for (const instance of group) list.push(instance);
    else list.splice(at + 1, 0, ...group);
  }
}

function insertOne(
  list: XmlNode[],
  { before, after, trail }: Placement,
  insert: Exclude<Insert, { mode: "error" }>,
): ConfigError | undefined {
  if (after === undefined) return undefined;
  const isSibling = (node: XmlNode): boolean => isElement(node) && node !== before && sameName(node, after);
  let at: number;
  switch (insert.mode) {
    case "first":
      at = list.findIndex(isSibling);
      break;
    case "last":
      at = list.findLastIndex(isSibling) + 1;
      break;
    case "before":
    case "after": {
      const anchor = list.findIndex((node) => isSibling(node) && isElement(node) && isAnchor(node, insert.anchor));
      if (anchor < 0) return missingInstance(after, insert.anchor.by === "value" ? "value" : "key", trail);
      at = insert.mode === "before" ? anchor : anchor + 1;
      break;
    }
  }
  if (at <= 0 && insert.mode === "last") at = list.length;
  if (at < 0) at = list.length;
  list.splice(at, 0, after);
  const old = before === undefined ? -1 : list.findIndex((node, i) => node === before && i !== at);
  if (old >= 0) list.splice(old, 1);
  return undefined;
}

function isAnchor(instance: XmlElement, anchor: Anchor): boolean {
  return anchor.by === "value" ? canonicalValue(instance) === anchor.value : hasKeys(instance, anchor.keys);
}

function sameName(a: XmlElement | undefined, b: XmlElement | undefined): boolean {
  return a?.name === b?.name && a?.namespace === b?.namespace;
}
