import { isElement, type NamespaceScope, type XmlElement, type XmlNode } from "@netconf-kit/xml";
import { BASE_NAMESPACE } from "./namespaces.ts";

/** One scope for all elements of a namespace instead of one each. Peers choose namespaces, so the number kept is bounded. */
const scopes = new Map<string, NamespaceScope>();
const MAX_SHARED_SCOPES = 1024;

/**
 * A configuration is an immutable tree of `XmlElement`s below one `<config>`. An edit makes new elements along the path
 * it touches and shares all the others with the tree before it. Hence commit, discard and roll-back each set one pointer,
 * and two trees are compared by looking only where their pointers differ.
 */
export const emptyConfig: XmlElement = bareElement("config", BASE_NAMESPACE, []);

/** The same element around other children. */
export function withChildren(parent: XmlElement, children: readonly XmlNode[]): XmlElement {
  return { ...parent, children };
}

/** An element as the datastores hold them: default-namespace style, no bindings but those its content needs. */
export function bareElement(name: string, namespace: string, children: readonly XmlNode[]): XmlElement {
  return { name, namespace, prefix: "", attributes: [], children, scope: scopeOf(namespace) };
}

/** Text of a leaf as it stands. */
export function leafText(leaf: XmlElement): string {
  const first = leaf.children[0];
  if (leaf.children.length === 1 && typeof first === "string") return first;
  return leaf.children.filter((node) => typeof node === "string").join("");
}

export function hasElements(parent: XmlElement): boolean {
  return parent.children.some(isElement);
}

/** Whether there is text beyond the white space of pretty printing. */
export function hasText(parent: XmlElement): boolean {
  return parent.children.some((node) => typeof node === "string" && /[^ \t\r\n]/.test(node));
}

export function elementsOf(parent: XmlElement): readonly XmlElement[] {
  return parent.children.filter(isElement);
}

/** A value with one prefix in it may be a QName, an identity for example. */
const QNAME_VALUE = /^[ \t\r\n]*([A-Za-z_][\w.-]*):([A-Za-z_][\w.-]*)[ \t\r\n]*$/;

/**
 * A leaf's value in a form in which equal values are equal texts: the prefix of a QName is replaced by its namespace
 * when it is bound, because prefixes carry no meaning (RFC 7950 §9.10.3).
 */
export function canonicalValue(leaf: XmlElement): string {
  const text = leafText(leaf);
  if (!text.includes(":")) return text;
  const match = QNAME_VALUE.exec(text);
  const namespace = match?.[1] === undefined ? undefined : leaf.scope.get(match[1]);
  return namespace === undefined ? text : `{${namespace}}${match?.[2]}`;
}

/** Whether two stored trees say the same. Entries are compared in their order. */
export function sameTree(a: XmlElement, b: XmlElement): boolean {
  if (a === b) return true;
  if (a.name !== b.name || a.namespace !== b.namespace || a.children.length !== b.children.length) return false;
  if (!sameAttributes(a, b)) return false;
  if (!hasElements(a) && !hasElements(b)) return canonicalValue(a) === canonicalValue(b);
  return a.children.every((node, i) => {
    const other = b.children[i];
    if (isElement(node)) return other !== undefined && isElement(other) && sameTree(node, other);
    return node === other;
  });
}

export function sameAttributes(a: XmlElement, b: XmlElement): boolean {
  if (a.attributes.length !== b.attributes.length) return false;
  return a.attributes.every((attribute) =>
    b.attributes.some(
      (other) =>
        other.name === attribute.name && other.namespace === attribute.namespace && other.value === attribute.value,
    ),
  );
}

/**
 * The bindings that a stored leaf keeps from the message it came in: those of prefixes that its text may mean. The
 * others would tie the whole message's declarations to the configuration and be printed with it for ever.
 */
export function storedScope(source: XmlElement): NamespaceScope {
  const used = new Map<string, string>();
  for (const text of [leafText(source), ...source.attributes.map((attribute) => attribute.value)]) {
    if (!text.includes(":")) continue;
    for (const [, prefix = ""] of text.matchAll(/([A-Za-z_][\w.-]*):/g)) {
      const namespace = source.scope.get(prefix);
      if (namespace !== undefined) used.set(prefix, namespace);
    }
  }
  for (const attribute of source.attributes)
    if (attribute.prefix !== "") used.set(attribute.prefix, attribute.namespace);
  if (used.size === 0) return scopeOf(source.namespace);
  return used.set("", source.namespace);
}

function scopeOf(namespace: string): NamespaceScope {
  let scope = scopes.get(namespace);
  if (scope === undefined) {
    scope = new Map([["", namespace]]);
    if (scopes.size < MAX_SHARED_SCOPES) scopes.set(namespace, scope);
  }
  return scope;
}
