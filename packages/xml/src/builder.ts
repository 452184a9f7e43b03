import { quoted, XmlError } from "./errors.ts";
import { isNcName } from "./names.ts";
import { EMPTY_SCOPE, LinkedScope } from "./scope.ts";
import { NO_ATTRIBUTES, NO_CHILDREN, type XmlAttribute, type XmlElement, type XmlNode } from "./tree.ts";

/**
 * Makes an element that is written without a prefix: `<rpc xmlns="…">`. Attributes given as a record have no namespace.
 *
 * @throws XmlError `invalid-name` for a name that XML cannot write
 * @example
 * const base = "urn:ietf:params:xml:ns:netconf:base:1.0";
 * serializeXml(element("rpc", base, [element("commit", base)], { "message-id": "1" }));
 * // <rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="1"><commit/></rpc>
 */
export function element(
  name: string,
  namespace: string,
  content: string | readonly XmlNode[] = NO_CHILDREN,
  attributes: readonly XmlAttribute[] | Readonly<Record<string, string>> = NO_ATTRIBUTES,
): XmlElement {
  return {
    name: checkName(name),
    namespace,
    prefix: "",
    attributes: attributeList(attributes),
    children: typeof content !== "string" ? content : content === "" ? NO_CHILDREN : [content],
    scope: new LinkedScope(EMPTY_SCOPE, ["", namespace]),
  };
}

/**
 * Makes an attribute. One with a namespace needs a prefix when written; without a wish the writer chooses it.
 *
 * @throws XmlError `invalid-name`
 * @example
 * xmlAttribute("operation", "delete", "urn:ietf:params:xml:ns:netconf:base:1.0", "nc"); // nc:operation="delete"
 */
export function xmlAttribute(name: string, value: string, namespace = "", prefix = ""): XmlAttribute {
  return { name: checkName(name), namespace, prefix, value };
}

/** Attributes as a list; those of a record have no namespace. @throws XmlError `invalid-name` */
export function attributeList(
  attributes: readonly XmlAttribute[] | Readonly<Record<string, string>>,
): readonly XmlAttribute[] {
  if (isList(attributes)) return attributes;
  return Object.entries(attributes).map(([key, value]) => xmlAttribute(key, value));
}

function checkName(name: string): string {
  if (!isNcName(name)) throw new XmlError("invalid-name", `cannot use the name ${quoted(name)}: XML cannot write it`);
  return name;
}

function isList(attributes: readonly XmlAttribute[] | object): attributes is readonly XmlAttribute[] {
  return Array.isArray(attributes);
}
