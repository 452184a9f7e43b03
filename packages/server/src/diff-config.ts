import { isElement, type XmlElement, type XmlNode } from "@netconf-kit/xml";
import { identityOf } from "./child-index.ts";
import type { ConfigPath } from "./config-path.ts";
import { canonicalValue, hasElements, sameAttributes, sameTree } from "./config-tree.ts";
import { segmentOf } from "./edit-trail.ts";
import { openNode, openSchema, type SchemaNode, type ServerSchema } from "./schema.ts";

/** One difference. `created` and `deleted` name the topmost node; `modified` a leaf, or a node whose attributes differ. */
export type ConfigChange =
  | { readonly op: "created"; readonly path: ConfigPath; readonly old: undefined; readonly new: XmlElement }
  | { readonly op: "deleted"; readonly path: ConfigPath; readonly old: XmlElement; readonly new: undefined }
  | { readonly op: "modified"; readonly path: ConfigPath; readonly old: XmlElement; readonly new: XmlElement }
  /** An entry of a user-ordered list stands elsewhere among its siblings. */
  | { readonly op: "moved"; readonly path: ConfigPath; readonly old: XmlElement; readonly new: XmlElement };

/**
 * The differences between two configurations, in the order of the newer one, deletions first at each level. Subtrees that
 * both share are not looked at, so the cost follows the size of the change.
 *
 * Order counts only in lists that the schema calls user-ordered; white space between elements never does.
 *
 * @example
 * for (const change of diffConfig(before, after, schema)) console.log(change.op, formatPath(change.path));
 */
export function diffConfig(before: XmlElement, after: XmlElement, schema: ServerSchema = openSchema): ConfigChange[] {
  const changes: ConfigChange[] = [];
  diffChildren(before, after, schema.root, [], changes);
  return changes;
}

function diffChildren(
  before: XmlElement,
  after: XmlElement,
  node: SchemaNode,
  path: ConfigPath,
  changes: ConfigChange[],
): void {
  if (before === after) return;
  const [olds, news] = differingPart(before.children, after.children);
  const shared = new Set(olds);
  const still = new Set(news);
  const oldByIdentity = byIdentity(
    olds.filter((instance) => !still.has(instance)),
    node,
  );
  const newByIdentity = byIdentity(
    news.filter((instance) => !shared.has(instance)),
    node,
  );
  for (const [identity, { instance, childNode }] of oldByIdentity) {
    if (newByIdentity.has(identity)) continue;
    changes.push({ op: "deleted", path: [...path, segmentOf(instance, childNode)], old: instance, new: undefined });
  }
  for (const [identity, { instance, childNode }] of newByIdentity) {
    const here = [...path, segmentOf(instance, childNode)];
    const old = oldByIdentity.get(identity)?.instance;
    if (old === undefined) changes.push({ op: "created", path: here, old: undefined, new: instance });
    else diffNode(old, instance, childNode, here, changes);
  }
  diffOrder(olds, news, node, path, changes);
}

/** The elements between a common beginning and a common end: one changed entry of a long list is found by pointers alone. */
function differingPart(before: readonly XmlNode[], after: readonly XmlNode[]): [XmlElement[], XmlElement[]] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return [
    before.slice(start, before.length - end).filter(isElement),
    after.slice(start, after.length - end).filter(isElement),
  ];
}

interface Identified {
  readonly instance: XmlElement;
  readonly childNode: SchemaNode;
}

function byIdentity(instances: readonly XmlElement[], node: SchemaNode): Map<string, Identified> {
  const result = new Map<string, Identified>();
  for (const instance of instances) {
    const childNode = node.child(instance.name, instance.namespace) ?? openNode;
    // Entries without a key (of state data) are told apart by their place alone.
    const identity = identityOf(instance, childNode) ?? `\0${result.size}`;
    result.set(identity, { instance, childNode });
  }
  return result;
}

function diffNode(
  old: XmlElement,
  instance: XmlElement,
  node: SchemaNode,
  path: ConfigPath,
  changes: ConfigChange[],
): void {
  if (node.kind === "anydata") {
    if (!sameTree(old, instance)) changes.push({ op: "modified", path, old, new: instance });
    return;
  }
  const inner = hasElements(old) || hasElements(instance);
  if (!sameAttributes(old, instance) || (!inner && canonicalValue(old) !== canonicalValue(instance))) {
    changes.push({ op: "modified", path, old, new: instance });
  }
  if (inner) diffChildren(old, instance, node, path, changes);
}

/** Entries of user-ordered lists that overtook another one: those outside a longest run that kept its order. */
function diffOrder(
  olds: readonly XmlElement[],
  news: readonly XmlElement[],
  node: SchemaNode,
  path: ConfigPath,
  changes: ConfigChange[],
): void {
  const isOrdered = (instance: XmlElement): boolean =>
    node.child(instance.name, instance.namespace)?.userOrdered === true;
  const before = byIdentity(olds.filter(isOrdered), node);
  if (before.size === 0) return;
  const places = new Map([...before.keys()].map((identity, at) => [identity, at]));
  const lists = new Map<SchemaNode, { readonly old: XmlElement; readonly now: XmlElement; readonly at: number }[]>();
  for (const [identity, { instance, childNode }] of byIdentity(news.filter(isOrdered), node)) {
    const old = before.get(identity)?.instance;
    const at = places.get(identity);
    if (old === undefined || at === undefined) continue;
    const list = lists.get(childNode) ?? [];
    list.push({ old, now: instance, at });
    lists.set(childNode, list);
  }
  for (const [childNode, list] of lists) {
    const kept = longestRising(list.map((entry) => entry.at));
    list.forEach(({ old, now }, i) => {
      if (!kept.has(i)) changes.push({ op: "moved", path: [...path, segmentOf(now, childNode)], old, new: now });
    });
  }
}

/** Indices of a longest rising subsequence, by patience sorting. */
function longestRising(values: readonly number[]): ReadonlySet<number> {
  const tails: number[] = [];
  const previous: (number | undefined)[] = [];
  values.forEach((value, i) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[tails[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    previous[i] = low === 0 ? undefined : tails[low - 1];
    tails[low] = i;
  });
  const result = new Set<number>();
  for (let at = tails.at(-1); at !== undefined; at = previous[at]) result.add(at);
  return result;
}
