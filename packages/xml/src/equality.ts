import { isElement } from "./navigation.ts";
import type { XmlAttribute, XmlElement, XmlNode } from "./tree.ts";

/**
 * Whether two elements say the same: names and namespaces, attributes in any order, children in order. Prefixes and
 * scopes do not count; nor does how text is divided into nodes.
 *
 * @example
 * elementsEqual(parseXml(`<a xmlns="urn:x"/>`), parseXml(`<x:a xmlns:x="urn:x"/>`)); // true
 */
export function elementsEqual(a: XmlElement, b: XmlElement): boolean {
  // A list of pairs instead of recursion: trees may be deeper than the stack.
  const pairs: [XmlElement, XmlElement][] = [[a, b]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [left, right] = pair;
    if (left === right) continue;
    if (left.name !== right.name || left.namespace !== right.namespace) return false;
    if (!sameAttributes(left.attributes, right.attributes)) return false;
    const leftNodes = mergedText(left.children);
    const rightNodes = mergedText(right.children);
    if (leftNodes.length !== rightNodes.length) return false;
    for (let i = 0; i < leftNodes.length; i++) {
      const leftNode = leftNodes[i];
      const rightNode = rightNodes[i];
      if (leftNode === undefined || rightNode === undefined) return false;
      if (isElement(leftNode) && isElement(rightNode)) pairs.push([leftNode, rightNode]);
      else if (leftNode !== rightNode) return false;
    }
  }
  return true;
}

function sameAttributes(left: readonly XmlAttribute[], right: readonly XmlAttribute[]): boolean {
  if (left.length !== right.length) return false;
  if (left.length === 0) return true;
  // A map, because a peer may send a thousand of them in another order.
  const values = new Map(left.map((one) => [`{${one.namespace}}${one.name}`, one.value]));
  return right.every((one) => values.get(`{${one.namespace}}${one.name}`) === one.value);
}

/** Built trees may hold empty or adjacent texts, parsed ones never do. */
function mergedText(nodes: readonly XmlNode[]): readonly XmlNode[] {
  if (!nodes.some((node, i) => !isElement(node) && (node === "" || typeof nodes[i + 1] === "string"))) return nodes;
  const merged: XmlNode[] = [];
  for (const node of nodes) {
    const last = merged.at(-1);
    if (node === "") continue;
    if (typeof node === "string" && typeof last === "string") merged[merged.length - 1] = last + node;
    else merged.push(node);
  }
  return merged;
}
