import { trimBlanks } from "./blanks.ts";
import { isNcName } from "./names.ts";
import { XML_NAMESPACE } from "./scope.ts";
import type { XmlElement } from "./tree.ts";

/** A name with its namespace; an empty one means none. */
export interface QName {
  readonly name: string;
  readonly namespace: string;
}

/**
 * An element's name for comparing, for keys and for messages: `{namespace}name`, or `name` without a namespace.
 *
 * @example
 * qualifiedName(parseXml(`<mtu xmlns="urn:x"/>`));
 */
export function qualifiedName(element: { readonly name: string; readonly namespace: string }): string {
  return element.namespace === "" ? element.name : `{${element.namespace}}${element.name}`;
}

/**
 * What a qualified name in the *content* of `context` means, an identity for example (RFC 7950 §9.10.3): its prefix is
 * looked up where it stands, a name without one is in the default namespace. White space around it does not count.
 * `undefined` when the text is no qualified name or the prefix is not bound.
 *
 * @example
 * const type = parseXml('<type xmlns:ianaift="urn:ietf:params:xml:ns:yang:iana-if-type">ianaift:ethernetCsmacd</type>');
 * resolveQName(type, textOf(type)); // { name: "ethernetCsmacd", namespace: "urn:ietf:params:xml:ns:yang:iana-if-type" }
 */
export function resolveQName(context: Pick<XmlElement, "scope">, text: string): QName | undefined {
  const written = trimBlanks(text);
  const colon = written.indexOf(":");
  const prefix = written.slice(0, Math.max(colon, 0));
  const name = written.slice(colon + 1);
  if (!isNcName(name) || (colon >= 0 && !isNcName(prefix))) return undefined;
  if (prefix === "xml") return { name, namespace: XML_NAMESPACE };
  const namespace = context.scope.get(prefix);
  if (namespace === undefined) return prefix === "" ? { name, namespace: "" } : undefined;
  return { name, namespace };
}
