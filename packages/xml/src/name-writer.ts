import { quoted, XmlError } from "./errors.ts";
import { isNcName, possiblePrefixes } from "./names.ts";
import { isElement } from "./navigation.ts";
import { EMPTY_SCOPE, LinkedScope, type NamespaceScope, XML_NAMESPACE, XMLNS_NAMESPACE } from "./scope.ts";
import type { XmlAttribute, XmlElement } from "./tree.ts";

/** An element whose content is not known yet. */
export interface OpeningElement {
  readonly name: string;
  readonly namespace: string;
  readonly prefix: string;
  readonly attributes: readonly XmlAttribute[];
  /** Prefix and namespace of what its content will mean. */
  readonly declarations: readonly (readonly [prefix: string, namespace: string])[];
}

/** A start tag's names as they are written. Declarations come first among the attributes. */
export interface WrittenStart {
  readonly name: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

/**
 * Chooses prefixes and declarations for the elements of one document, in document order.
 *
 * On each element, bindings are claimed in this order; a later claim never changes an earlier one:
 * 1. prefixes that its content may mean, because content cannot be rewritten: found in a tree, told by the caller otherwise;
 * 2. the element's own prefix, then those of its attributes; a prefix that is taken is replaced by another one;
 * 3. the default namespace of a prefixed element's scope, which an unprefixed name in content means.
 * What is in force already is not declared again.
 */
export class NameWriter {
  /** What each prefix means in the output at this point. */
  readonly #bound = new Map<string, string>();
  /** For each open element what its declarations have replaced. */
  readonly #replaced: (readonly (readonly [prefix: string, namespace: string | undefined])[])[] = [];
  readonly #scopes: NamespaceScope[] = [];
  /** Every prefix that stands before a colon somewhere in the content of the tree. */
  #mentioned: ReadonlySet<string> = NO_PREFIXES;
  #generated = 0;

  constructor() {
    this.#bound.set("", "");
    this.#bound.set("xml", XML_NAMESPACE);
  }

  /** The elements that `open()` gets next are those of this tree. */
  beginTree(root: XmlElement): void {
    this.#mentioned = mentionedPrefixes(root);
  }

  /** An element whose content comes later. @throws as `open()` */
  openAhead(element: OpeningElement): WrittenStart {
    const claims = new Map<string, string>();
    for (const [prefix, namespace] of element.declarations) {
      checkName(prefix);
      if (!canBind(prefix, namespace)) throw invalidNamespace(namespace);
      claims.set(prefix, namespace);
    }
    const start = this.#openNames(element, claims);
    this.#scopes.push(EMPTY_SCOPE);
    return start;
  }

  /** @throws XmlError `invalid-name`, `invalid-namespace`, `duplicate-attribute` */
  open(element: XmlElement): WrittenStart {
    if (this.#isPlain(element)) {
      checkName(element.name);
      this.#replaced.push(NOTHING);
      this.#scopes.push(element.scope);
      return { name: element.name, attributes: NOTHING };
    }
    const claims = new Map<string, string>();
    if (this.#mentioned.size > 0) this.#claimContent(element, claims);
    const start = this.#openNames(element, claims, element.prefix === "" ? undefined : element.scope);
    this.#scopes.push(element.scope);
    return start;
  }

  /** Claims what the names of a start tag need, and last the default namespace of `scope`. */
  #openNames(
    element: Omit<OpeningElement, "declarations">,
    claims: Map<string, string>,
    scope?: NamespaceScope,
  ): WrittenStart {
    const name = this.#elementName(element, claims);
    const ordinary = element.attributes.map((one) => [this.#attributeName(one, claims), one.value] as const);
    if (ordinary.length > 1) refuseDuplicates(element.attributes);
    if (scope !== undefined) this.#claimDefault(scope, claims);
    return { name, attributes: [...this.#declare(claims), ...ordinary] };
  }

  /** Leaves the innermost open element. */
  close(): void {
    this.#scopes.pop();
    for (const [prefix, namespace] of this.#replaced.pop() ?? []) {
      if (namespace === undefined) this.#bound.delete(prefix);
      else this.#bound.set(prefix, namespace);
    }
  }

  /** Whether there is nothing to declare for certain: the many leaves, for which claims would cost more than the rest. */
  #isPlain(element: XmlElement): boolean {
    if (element.prefix !== "" || element.attributes.length > 0 || element.namespace !== this.#bound.get(""))
      return false;
    if (this.#mentioned.size === 0) return true;
    return (
      element.scope === this.#scopes.at(-1) && !element.children.some((node) => !isElement(node) && node.includes(":"))
    );
  }

  /**
   * Where a scope begins its mentioned bindings are declared at once, so that they stand on the subtree and not on each of
   * its leaves. Scopes of very many bindings are left to the leaves: looking through them everywhere would cost too much.
   */
  #claimContent(element: XmlElement, claims: Map<string, string>): void {
    const scope = element.scope;
    if (scope !== this.#scopes.at(-1) && sizeAtMost(scope) <= MAX_SCOPE_SEARCHED) {
      for (const [prefix, namespace] of scope) {
        if (this.#mentioned.has(prefix)) this.#claimBinding(prefix, namespace, claims);
      }
    }
    visitContent(element, (prefix) => {
      const namespace = scope.get(prefix);
      if (namespace !== undefined) this.#claimBinding(prefix, namespace, claims);
    });
  }

  #claimBinding(prefix: string, namespace: string, claims: Map<string, string>): void {
    if (prefix !== "" && canBind(prefix, namespace)) claims.set(prefix, namespace);
  }

  #claimDefault(scope: NamespaceScope, claims: Map<string, string>): void {
    const namespace = scope.get("");
    if (namespace === undefined || namespace === "" || claims.has("") || !canBind("", namespace)) return;
    claims.set("", namespace);
  }

  #elementName(element: Omit<OpeningElement, "declarations">, claims: Map<string, string>): string {
    const { name, namespace } = element;
    checkName(name);
    if (namespace === "") {
      claims.set("", "");
      return name;
    }
    const prefix = this.#prefixFor(namespace, element.prefix, claims);
    return prefix === "" ? name : `${prefix}:${name}`;
  }

  #attributeName(attribute: XmlAttribute, claims: Map<string, string>): string {
    const { name, namespace } = attribute;
    checkName(name);
    if (namespace === "") {
      if (name === "xmlns")
        throw new XmlError("invalid-name", 'cannot write an attribute "xmlns": it would be a declaration');
      return name;
    }
    // Namespaces in XML 1.0 §6.2: the default namespace is not for attributes, so there has to be a prefix.
    const prefix = this.#prefixFor(namespace, attribute.prefix, claims, true);
    return `${prefix}:${name}`;
  }

  /** Claims a prefix for a namespace: the one asked for, else one that means it already, else a new one. */
  #prefixFor(namespace: string, wanted: string, claims: Map<string, string>, forAttribute = false): string {
    if (namespace === XML_NAMESPACE) return "xml";
    if (namespace === XMLNS_NAMESPACE) throw invalidNamespace(namespace);
    const free = wanted !== "xml" && wanted !== "xmlns" && !(forAttribute && wanted === "");
    const granted = free && (claims.get(wanted) ?? namespace) === namespace;
    const prefix = granted ? wanted : this.#otherPrefix(namespace, claims);
    if (prefix !== "") {
      checkName(prefix);
      if (!canBind(prefix, namespace)) throw invalidNamespace(namespace);
    }
    claims.set(prefix, namespace);
    return prefix;
  }

  #otherPrefix(namespace: string, claims: ReadonlyMap<string, string>): string {
    for (const [prefix, claimed] of claims) if (claimed === namespace && prefix !== "") return prefix;
    for (const [prefix, bound] of this.#bound) {
      if (bound === namespace && prefix !== "" && !claims.has(prefix)) return prefix;
    }
    return this.#makePrefix(claims);
  }

  #makePrefix(claims: ReadonlyMap<string, string>): string {
    for (;;) {
      this.#generated += 1;
      const prefix = `ns${this.#generated}`;
      if (!claims.has(prefix) && !this.#bound.has(prefix) && !this.#mentioned.has(prefix)) return prefix;
    }
  }

  #declare(claims: ReadonlyMap<string, string>): (readonly [string, string])[] {
    const declarations: (readonly [string, string])[] = [];
    const replaced: (readonly [string, string | undefined])[] = [];
    for (const [prefix, namespace] of claims) {
      const before = this.#bound.get(prefix);
      if (before === namespace) continue;
      replaced.push([prefix, before]);
      this.#bound.set(prefix, namespace);
      if (prefix === "") declarations.unshift(["xmlns", namespace]);
      else declarations.push([`xmlns:${prefix}`, namespace]);
    }
    this.#replaced.push(replaced);
    return declarations;
  }
}

const MAX_SCOPE_SEARCHED = 64;
const NOTHING: readonly never[] = [];
const NO_PREFIXES: ReadonlySet<string> = new Set();

function sizeAtMost(scope: NamespaceScope): number {
  return scope instanceof LinkedScope ? scope.sizeAtMost : scope.size;
}

function mentionedPrefixes(root: XmlElement): ReadonlySet<string> {
  const mentioned = new Set<string>();
  const waiting: XmlElement[] = [root];
  const add = (prefix: string): void => {
    mentioned.add(prefix);
  };
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    visitContent(element, add);
    for (const node of element.children) if (isElement(node)) waiting.push(node);
  }
  return mentioned;
}

/** Shows every prefix that may stand in the text of an element, adjacent nodes taken together, or in a value of its attributes. */
function visitContent(element: XmlElement, visit: (prefix: string) => void): void {
  let text = "";
  for (const node of element.children) {
    if (!isElement(node)) text += node;
    else if (text !== "") {
      for (const prefix of possiblePrefixes(text)) visit(prefix);
      text = "";
    }
  }
  if (text !== "") for (const prefix of possiblePrefixes(text)) visit(prefix);
  for (const attribute of element.attributes) for (const prefix of possiblePrefixes(attribute.value)) visit(prefix);
}

/** Namespaces in XML 1.0 §3: reserved prefixes and namespaces; §2.2: a prefix cannot be bound to nothing. */
function canBind(prefix: string, namespace: string): boolean {
  if (prefix === "xml" || prefix === "xmlns" || namespace === XML_NAMESPACE || namespace === XMLNS_NAMESPACE)
    return false;
  return prefix === "" || namespace.trim() !== "";
}

function invalidNamespace(namespace: string): XmlError {
  return new XmlError(
    "invalid-namespace",
    `cannot write a name in the namespace ${quoted(namespace)}: no prefix can be bound to it`,
  );
}

function checkName(name: string): void {
  if (!isNcName(name))
    throw new XmlError("invalid-name", `cannot write the name ${quoted(name)}: XML has no such names`);
}

function refuseDuplicates(attributes: readonly XmlAttribute[]): void {
  const seen = new Set<string>();
  for (const { name, namespace } of attributes) {
    const key = `{${namespace}}${name}`;
    if (seen.has(key)) throw new XmlError("duplicate-attribute", `cannot write the attribute ${quoted(key)} twice`);
    seen.add(key);
  }
}
