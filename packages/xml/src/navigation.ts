import { trimBlanks } from "./blanks.ts";
import type { XmlElement, XmlNode } from "./tree.ts";

/** Whether a node is an element, and not text. */
export function isElement(node: XmlNode): node is XmlElement {
  return typeof node !== "string";
}

/** The elements directly below, in document order. */
export function childElements(parent: XmlElement): readonly XmlElement[] {
  return parent.children.filter(isElement);
}

/** The first element directly below with this local name and namespace. */
export function child(parent: XmlElement, name: string, namespace: string): XmlElement | undefined {
  for (const node of parent.children) if (isElement(node) && isNamed(node, name, namespace)) return node;
  return undefined;
}

/** All elements directly below with this local name and namespace. */
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

/** The value of an attribute. Without `namespace` that of an attribute without a prefix. */
export function attribute(owner: XmlElement, name: string, namespace = ""): string | undefined {
  for (const candidate of owner.attributes) {
    if (candidate.name === name && candidate.namespace === namespace) return candidate.value;
  }
  return undefined;
}

function isNamed(candidate: XmlElement, name: string, namespace: string): boolean {
  return candidate.name === name && candidate.namespace === namespace;
}
