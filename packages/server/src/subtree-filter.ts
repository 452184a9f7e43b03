import { isElement, type XmlElement, type XmlNode } from "@netconf-kit/xml";
import { elementsOf, withChildren } from "./config-tree.ts";
import { attributesMatch, contentMatch, kindOf, SiblingMatches } from "./filter-match.ts";
import { openNode, type SchemaNode, type ServerSchema } from "./schema.ts";

/**
 * Selects what a subtree filter asks for (RFC 6241 §6) and gives a tree with the same root. Subtrees that are selected
 * whole are shared with the data, not copied.
 *
 * With a schema that knows the keys of a list, an entry of which only parts are selected keeps its keys: §6.2.5 allows
 * it, and without them nobody could tell which entry the parts belong to.
 *
 * @param data the root whose children are the top-level nodes
 * @param filter the `<filter>` element; an empty one selects nothing
 * @example
 * filterSubtree(running, parseXml(`<filter><top xmlns="urn:x"><users/></top></filter>`));
 */
export function filterSubtree(data: XmlElement, filter: XmlElement, schema?: ServerSchema): XmlElement {
  const selected = selectChildren(data, elementsOf(filter), new Set(), schema?.root ?? openNode);
  return withChildren(data, selected ?? []);
}

/**
 * The children of one node that are selected: those in `kept`, and those that a filter node matches. `undefined` when
 * there are none; list keys come with the others, never alone.
 */
function selectChildren(
  data: XmlElement,
  filters: readonly XmlElement[],
  kept: ReadonlySet<XmlElement>,
  node: SchemaNode,
): readonly XmlNode[] | undefined {
  const matches = new SiblingMatches(filters);
  const selected: XmlNode[] = [];
  let any = kept.size > 0;
  for (const instance of data.children) {
    if (!isElement(instance)) continue;
    if (kept.has(instance)) {
      selected.push(instance);
      continue;
    }
    const applying = matches.of(instance);
    const part = applying.length === 0 ? undefined : select(instance, applying, childNode(node, instance));
    if (part !== undefined) {
      any = true;
      selected.push(part);
    } else if (node.keys.includes(instance.name) && instance.namespace === data.namespace) selected.push(instance);
  }
  return any ? selected : undefined;
}

/** One node under all the filter nodes that match its name: their union, each instance once (RFC 6241 §6.1). */
function select(data: XmlElement, filters: readonly XmlElement[], node: SchemaNode): XmlElement | undefined {
  const below: XmlElement[] = [];
  const kept = new Set<XmlElement>();
  for (const filter of filters) {
    if (!attributesMatch(data, filter)) continue;
    const kind = kindOf(filter);
    // RFC 6241 §6.2.4. A content match in this place has no siblings to select: it stands at the root, or is false.
    if (kind === "selection") return data;
    if (kind === "content-match") continue;
    const siblings = elementsOf(filter);
    const contents = siblings.filter((sibling) => kindOf(sibling) === "content-match");
    const matching = contents.map((content) => contentMatch(data, content));
    // RFC 6241 §6.2.5: content match nodes are an AND; a false one selects nothing of its sibling set.
    if (matching.includes(undefined)) continue;
    // RFC 6241 §6.2.5: without selection and containment nodes beside them all the siblings are selected.
    if (contents.length === siblings.length) return data;
    for (const instance of matching) if (instance !== undefined) kept.add(instance);
    for (const sibling of siblings) if (!contents.includes(sibling)) below.push(sibling);
  }
  if (below.length === 0) return undefined;
  const selected = selectChildren(data, below, kept, node);
  return selected && withChildren(data, selected);
}

function childNode(node: SchemaNode, instance: XmlElement): SchemaNode {
  return node.child(instance.name, instance.namespace) ?? openNode;
}
