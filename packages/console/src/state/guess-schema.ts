import { childElements, isElement, type ServerSchema, textOf, type XmlElement } from "netconf-kit";

type SchemaNode = ServerSchema["root"];

/**
 * A schema from data alone, good enough to compare two states of one device: what stands several times below one parent is a
 * list, and its keys are the fewest leading leaves that tell the entries apart, because RFC 7950 §7.8.5 puts keys first.
 * An only entry is taken for one when its parent is called after it, as `interfaces` after `interface`.
 *
 * @example
 * const schema = guessSchema([before, after]);
 * formatDiff(diffConfig(before, after, schema), schema);
 */
export function guessSchema(trees: readonly XmlElement[]): ServerSchema {
  return { root: guessNode("container", [], trees), hasNamespace: () => true };
}

function guessNode(kind: SchemaNode["kind"], keys: readonly string[], instances: readonly XmlElement[]): SchemaNode {
  const below = new Map<string, SchemaNode>();
  for (const [name, groups] of groupsOf(instances)) below.set(name, guessChild(groups));
  return {
    kind,
    keys,
    userOrdered: false,
    presence: false,
    child: (name, namespace) => below.get(nameOf({ name, namespace })) ?? unknownNode,
  };
}

/** Elements of one name below one parent. */
interface Group {
  readonly parent: XmlElement;
  readonly entries: readonly XmlElement[];
}

function groupsOf(parents: readonly XmlElement[]): ReadonlyMap<string, readonly Group[]> {
  const all = new Map<string, Group[]>();
  for (const parent of parents) {
    const here = new Map<string, XmlElement[]>();
    for (const each of childElements(parent)) {
      const entries = here.get(nameOf(each));
      if (entries === undefined) here.set(nameOf(each), [each]);
      else entries.push(each);
    }
    for (const [name, entries] of here) {
      const groups = all.get(name);
      if (groups === undefined) all.set(name, [{ parent, entries }]);
      else groups.push({ parent, entries });
    }
  }
  return all;
}

function guessChild(groups: readonly Group[]): SchemaNode {
  const instances = groups.flatMap(({ entries }) => entries);
  const several = groups.some(({ entries }) => entries.length > 1);
  if (!instances.some(hasElements)) return several ? leafListNode : unknownNode;
  if (several || groups.some(({ parent, entries }) => parent.name.startsWith(entries[0]?.name ?? "\0")))
    return guessNode("list", keysOf(groups), instances);
  return guessNode("unknown", [], instances);
}

function keysOf(groups: readonly Group[]): readonly string[] {
  const names = commonLeadingLeaves(groups.flatMap(({ entries }) => entries));
  for (let count = 1; count <= names.length; count++) {
    if (groups.every(({ entries }) => areDistinct(entries, count))) return names.slice(0, count);
  }
  return [];
}

/** Names of the leaves that every entry begins with. */
function commonLeadingLeaves(entries: readonly XmlElement[]): readonly string[] {
  let common: readonly string[] | undefined;
  for (const entry of entries) {
    const children = childElements(entry);
    const end = children.findIndex((each) => hasElements(each) || each.namespace !== entry.namespace);
    const names = children.slice(0, end < 0 ? children.length : end).map((each) => each.name);
    if (common === undefined) common = names;
    else {
      const differs = common.findIndex((name, place) => names[place] !== name);
      if (differs >= 0) common = common.slice(0, differs);
    }
  }
  return common ?? [];
}

function areDistinct(entries: readonly XmlElement[], count: number): boolean {
  const seen = new Set<string>();
  for (const entry of entries) {
    const values = childElements(entry).slice(0, count);
    seen.add(JSON.stringify(values.map((each) => textOf(each, { trim: true }))));
  }
  return seen.size === entries.length;
}

function hasElements(node: XmlElement): boolean {
  return node.children.some(isElement);
}

function nameOf({ name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return `${namespace}\0${name}`;
}

const unknownNode: SchemaNode = plainNode("unknown");
const leafListNode: SchemaNode = plainNode("leaf-list");

function plainNode(kind: SchemaNode["kind"]): SchemaNode {
  return { kind, keys: [], userOrdered: false, presence: undefined, child: () => unknownNode };
}
