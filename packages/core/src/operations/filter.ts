import { element, type XmlElement } from "@netconf-kit/xml";
import { capabilityUris, namespaces } from "../names.ts";
import type { Requirement } from "./operation.ts";

/** Which part of the data is wanted: RFC 6241 §6 or §8.9. */
export type Filter =
  | { readonly subtree: XmlElement | readonly XmlElement[] }
  | {
      readonly xpath: string;
      /** Prefix → namespace, for the prefixes in `xpath`. */
      readonly namespaces?: Readonly<Record<string, string>>;
    };

/** `<filter>`, in the namespace of the operation that holds it. The attributes have no namespace. */
export function filterElement(filter: Filter, namespace: string = namespaces.base): XmlElement {
  if ("subtree" in filter) {
    const content = Array.isArray(filter.subtree) ? filter.subtree : [filter.subtree];
    return element("filter", namespace, content, { type: "subtree" });
  }
  const built = element("filter", namespace, [], { type: "xpath", select: filter.xpath });
  // RFC 6241 §8.9.5.1: the prefixes of the expression are those in scope on <filter>.
  return { ...built, scope: new Map([...Object.entries(filter.namespaces ?? {}), ["", namespace]]) };
}

export function filterRequirements(filter: Filter | undefined): readonly Requirement[] {
  if (filter === undefined || "subtree" in filter) return [];
  return [{ anyOf: [capabilityUris.xpath], what: "an XPath filter" }];
}
