import { child, isElement, type XmlElement } from "@netconf-kit/xml";
import { canonicalValue } from "./config-tree.ts";
import type { SchemaNode } from "./schema.ts";

/**
 * What tells an element apart from its siblings: its name; for a list entry also its keys (RFC 7950 §7.8.2), for an entry
 * of a leaf-list its value. `undefined` when a key is absent.
 */
export function identityOf(instance: XmlElement, node: SchemaNode): string | undefined {
  let identity = `${instance.namespace}\0${instance.name}`;
  if (node.kind === "leaf-list") return `${identity}\0${canonicalValue(instance)}`;
  if (node.kind !== "list") return identity;
  if (node.keys.length === 0) return undefined;
  for (const key of node.keys) {
    const leaf = child(instance, key, instance.namespace);
    if (leaf === undefined) return undefined;
    identity += `\0${canonicalValue(leaf)}`;
  }
  return identity;
}

/**
 * The children of one element by identity. Made at the first question and kept as long as the element lives, so that a
 * list of many entries is not searched from its start for each of them.
 */
export type ChildIndex = Map<string, XmlElement>;

const indexes = new WeakMap<XmlElement, { readonly node: SchemaNode; readonly byIdentity: ChildIndex }>();

export function childIndex(parent: XmlElement, node: SchemaNode): ChildIndex {
  const known = indexes.get(parent);
  if (known?.node === node) return known.byIdentity;
  const byIdentity: ChildIndex = new Map();
  for (const instance of parent.children) {
    if (!isElement(instance)) continue;
    const childNode = node.child(instance.name, instance.namespace);
    const identity = childNode && identityOf(instance, childNode);
    if (identity !== undefined) byIdentity.set(identity, instance);
  }
  indexes.set(parent, { node, byIdentity });
  return byIdentity;
}

/**
 * Gives the index of `before` to the element that replaces it, brought up to date. The old element is left without one:
 * it is usually history, and makes itself a new one if it is asked again.
 */
export function handOverIndex(
  before: XmlElement,
  after: XmlElement,
  node: SchemaNode,
  changes: readonly { readonly identity: string; readonly after: XmlElement | undefined }[],
): void {
  const known = indexes.get(before);
  if (known?.node !== node) return;
  indexes.delete(before);
  for (const { identity, after: instance } of changes) {
    if (instance === undefined) known.byIdentity.delete(identity);
    else known.byIdentity.set(identity, instance);
  }
  indexes.set(after, known);
}
