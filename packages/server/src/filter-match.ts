import { isElement, type XmlElement } from "@netconf-kit/xml";
import { canonicalValue, elementsOf, hasElements, hasText } from "./config-tree.ts";

/** RFC 6241 §6.2.3 to §6.2.5. White space alone is no content. */
export type FilterKind = "selection" | "content-match" | "containment";

export function kindOf(filter: XmlElement): FilterKind {
  if (hasElements(filter)) return "containment";
  return hasText(filter) ? "content-match" : "selection";
}

/** RFC 6241 §6.2.2: the node must have every attribute of the filter node, with the same value. */
export function attributesMatch(data: XmlElement, filter: XmlElement): boolean {
  return filter.attributes.every((wanted) =>
    data.attributes.some(
      (has) => has.name === wanted.name && has.namespace === wanted.namespace && has.value === wanted.value,
    ),
  );
}

/** The child of `data` that makes a content match node true (RFC 6241 §6.2.5), or `undefined`. */
export function contentMatch(data: XmlElement, content: XmlElement): XmlElement | undefined {
  const wanted = matchValue(content);
  for (const instance of data.children) {
    if (!isElement(instance) || !nameMatches(instance, content)) continue;
    if (!hasElements(instance) && matchValue(instance) === wanted && attributesMatch(instance, content))
      return instance;
  }
  return undefined;
}

/**
 * The filter nodes of one sibling set, ready to be asked for each data node. Filter nodes that begin with a content
 * match, as one does for each list entry that is wanted, are found by that value and not one after the other: a filter
 * naming a thousand entries of a list of ten thousand looks at each entry once.
 */
export class SiblingMatches {
  readonly #byName = new Map<string, NamedFilters>();

  constructor(filters: readonly XmlElement[]) {
    for (const filter of filters) {
      let named = this.#byName.get(filter.name);
      if (named === undefined) {
        named = { plain: [], joins: [] };
        this.#byName.set(filter.name, named);
      }
      const content = elementsOf(filter).find((sibling) => kindOf(sibling) === "content-match");
      if (content === undefined) named.plain.push(filter);
      else addJoin(named.joins, filter, content);
    }
  }

  /** The filter nodes whose name, and first content match if there is one, fit this node. */
  of(instance: XmlElement): readonly XmlElement[] {
    const named = this.#byName.get(instance.name);
    if (named === undefined) return [];
    const found = new Set(named.plain.filter((filter) => nameMatches(instance, filter)));
    for (const join of named.joins) {
      if (join.namespace !== "" && join.namespace !== instance.namespace) continue;
      for (const leaf of instance.children) {
        if (!isElement(leaf) || !nameMatches(leaf, join.content)) continue;
        for (const filter of join.byValue.get(matchValue(leaf)) ?? []) found.add(filter);
      }
    }
    return [...found];
  }
}

interface NamedFilters {
  readonly plain: XmlElement[];
  readonly joins: Join[];
}

/** Filter nodes of one name and namespace whose first content match has one name and namespace. */
interface Join {
  readonly namespace: string;
  readonly content: XmlElement;
  readonly byValue: Map<string, XmlElement[]>;
}

function addJoin(joins: Join[], filter: XmlElement, content: XmlElement): void {
  let join = joins.find(
    (other) =>
      other.namespace === filter.namespace &&
      other.content.name === content.name &&
      other.content.namespace === content.namespace,
  );
  if (join === undefined) {
    join = { namespace: filter.namespace, content, byValue: new Map() };
    joins.push(join);
  }
  const value = matchValue(content);
  const filters = join.byValue.get(value);
  if (filters === undefined) join.byValue.set(value, [filter]);
  else filters.push(filter);
}

/** RFC 6241 §6.2.1: prefixes do not matter, and a filter node in no namespace matches in all of them. */
export function nameMatches(data: XmlElement, filter: XmlElement): boolean {
  return data.name === filter.name && (filter.namespace === "" || filter.namespace === data.namespace);
}

/** Whether a leaf has the content that a content match node asks for. */
export function sameContent(data: XmlElement, content: XmlElement): boolean {
  return matchValue(data) === matchValue(content);
}

/** RFC 6241 §6.2.5: white space around the content is ignored, inside it is not. */
function matchValue(leaf: XmlElement): string {
  return canonicalValue(leaf).trim();
}
