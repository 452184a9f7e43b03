import { isElement, type XmlElement } from "@netconf-kit/xml";
import { elementsOf, hasElements } from "./config-tree.ts";
import { attributesMatch, kindOf, nameMatches, sameContent } from "./filter-match.ts";

/**
 * Whether an event passes the filter of a subscription (RFC 5277 §3.6). Subtrees of the filter are alternatives. Inside
 * one, every value that is named must be there, at any depth: the examples of §5.1 read so. Nodes without values select
 * nothing away, unless there are no others: then one of them has to be there.
 */
export function eventPasses(event: XmlElement, filter: XmlElement): boolean {
  return elementsOf(filter).some((alternative) => fits(event, alternative));
}

function fits(data: XmlElement, filter: XmlElement): boolean {
  if (!nameMatches(data, filter) || !attributesMatch(data, filter)) return false;
  const kind = kindOf(filter);
  if (kind === "selection") return true;
  if (kind === "content-match") return !hasElements(data) && sameContent(data, filter);
  const below = elementsOf(filter);
  const isThere = (wanted: XmlElement): boolean => data.children.some((part) => isElement(part) && fits(part, wanted));
  const constraints = below.filter(namesValue);
  return constraints.length > 0 ? constraints.every(isThere) : below.some(isThere);
}

function namesValue(filter: XmlElement): boolean {
  const kind = kindOf(filter);
  return kind === "content-match" || (kind === "containment" && elementsOf(filter).some(namesValue));
}
