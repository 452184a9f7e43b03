import { isElement, type XmlAttribute, type XmlElement } from "@netconf-kit/xml";
import { bareElement, leafText, sameAttributes, storedScope } from "./config-tree.ts";
import { BASE_NAMESPACE, YANG_NAMESPACE } from "./namespaces.ts";

/** The element of a message as a datastore keeps it: without its children, prefixes, and the attributes that steer the edit. */
export function storedInner(edit: XmlElement, before?: XmlElement): XmlElement {
  const attributes = storedAttributes(edit);
  if (before !== undefined) {
    if (attributes.length === 0 || sameAttributes({ ...edit, attributes }, before)) return before;
    return { ...before, attributes, scope: storedScope({ ...edit, attributes, children: [] }) };
  }
  const bare = bareElement(edit.name, edit.namespace, []);
  return attributes.length === 0
    ? bare
    : { ...bare, attributes, scope: storedScope({ ...edit, attributes, children: [] }) };
}

/** A leaf as a datastore keeps it. White space belongs to the value. */
export function storedLeaf(edit: XmlElement): XmlElement {
  const text = leafText(edit);
  const attributes = storedAttributes(edit);
  const bare = bareElement(edit.name, edit.namespace, text === "" ? [] : [text]);
  return attributes.length === 0 && !text.includes(":")
    ? bare
    : { ...bare, attributes, scope: storedScope({ ...edit, attributes }) };
}

/** Content that no schema describes (anydata): kept as it came, all of it. */
export function storedOpaque(edit: XmlElement): XmlElement {
  const inner = edit.children.some(isElement);
  if (!inner) return storedLeaf(edit);
  const children = edit.children.filter((node) => isElement(node) || /[^ \t\r\n]/.test(node));
  return {
    ...storedInner(edit),
    children: children.map((node) => (isElement(node) ? storedOpaque(node) : node)),
  };
}

function storedAttributes(edit: XmlElement): readonly XmlAttribute[] {
  if (edit.attributes.length === 0) return edit.attributes;
  return edit.attributes.filter(
    (attribute) => attribute.namespace !== BASE_NAMESPACE && attribute.namespace !== YANG_NAMESPACE,
  );
}
