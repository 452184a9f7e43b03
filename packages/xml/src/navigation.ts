import { trimBlanks } from "./blanks.ts";
import type { XmlElement, XmlNode } from "./tree.ts";

/**
 * Whether a node is an element, and not text.
 *
 * @example
 * const texts = parseXml("<p>one<b/>two</p>").children.filter((node) => !isElement(node));
 */
export function isElement(node: XmlNode): node is XmlElement {
  return typeof node !== "string";
}

/**
 * The elements directly below, in document order.
 *
 * @example
 * childElements(parseXml("<top><a/>text<b/></top>")).map(({ name }) => name); // ["a", "b"]
 */
export function childElements(parent: XmlElement): readonly XmlElement[] {
  return parent.children.filter(isElement);
}

/**
 * The first element directly below with this local name and namespace.
 *
 * @example
 * child(parseXml(`<top xmlns="urn:x"><mtu>1500</mtu></top>`), "mtu", "urn:x");
 */
export function child(parent: XmlElement, name: string, namespace: string): XmlElement | undefined {
  for (const node of parent.children) if (isElement(node) && isNamed(node, name, namespace)) return node;
  return undefined;
}

/**
 * All elements directly below with this local name and namespace.
 *
 * @example
 * childrenNamed(parseXml("<top><a/><b/><a/></top>"), "a", "").length; // 2
 */
export function childrenNamed(parent: XmlElement, name: string, namespace: string): readonly XmlElement[] {
  return parent.children.filter((node): node is XmlElement => isElement(node) && isNamed(node, name, namespace));
}

/**
 * The text directly below, without that of child elements. White space is part of it unless `trim` is set, which takes
 * XML's white space (space, tab, LF, CR) off both ends and nothing else.
 *
 * @example
 * textOf(parseXml("<name> eth0\n</name>"), { trim: true }); // "eth0"
 */
export function textOf(parent: XmlElement, options: { readonly trim?: boolean } = {}): string {
  let text = "";
  for (const node of parent.children) if (!isElement(node)) text += node;
  return options.trim === true ? trimBlanks(text) : text;
}

/**
 * The value of an attribute. Without `namespace` that of an attribute without a prefix.
 *
 * @example
 * attribute(parseXml(`<rpc message-id="101"/>`), "message-id"); // "101"
 */
export function attribute(owner: XmlElement, name: string, namespace = ""): string | undefined {
  for (const candidate of owner.attributes) {
    if (candidate.name === name && candidate.namespace === namespace) return candidate.value;
  }
  return undefined;
}

function isNamed(candidate: XmlElement, name: string, namespace: string): boolean {
  return candidate.name === name && candidate.namespace === namespace;
}
