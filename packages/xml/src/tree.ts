import type { NamespaceScope } from "./scope.ts";

/** An attribute. Namespace declarations are none: they are in `XmlElement.scope`. */
export interface XmlAttribute {
  /** Local name. */
  readonly name: string;
  /** Empty for an attribute without a prefix: the default namespace is not for attributes. */
  readonly namespace: string;
  readonly prefix: string;
  readonly value: string;
}

/** What a start tag says. */
export interface XmlStart {
  /** Local name. */
  readonly name: string;
  /** Empty for none. */
  readonly namespace: string;
  readonly prefix: string;
  readonly attributes: readonly XmlAttribute[];
  /** All bindings in force here, those of the element itself included. The parent's own object where it declares nothing. */
  readonly scope: NamespaceScope;
}

/**
 * An element with its content. A plain value: it knows no parent, so it may stand in several trees at once, and
 * `{ ...element, children }` is the way to change one.
 */
export interface XmlElement extends XmlStart {
  readonly children: readonly XmlNode[];
}

/** An element or text. Comments and processing instructions are dropped, CDATA sections are text, adjacent text is one node. */
export type XmlNode = XmlElement | string;

/** Shared by the many elements that have none. */
export const NO_ATTRIBUTES: readonly XmlAttribute[] = /* @__PURE__ */ Object.freeze([]);
export const NO_CHILDREN: readonly XmlNode[] = /* @__PURE__ */ Object.freeze([]);
