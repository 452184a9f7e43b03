import { trimBlanks } from "./blanks.ts";
import { decodeBytes } from "./byte-text.ts";
import { ATTRIBUTE, DECLARATION, ELEMENT, KIND_BITS, LINES_NODE, RAW, TEXT_NODE, WIDTH } from "./compact-kinds.ts";
import { type CompactName, type CompactNodes, readCompactNodes } from "./compact-nodes.ts";
import { type PlainValue, toPlainValue } from "./plain-value.ts";
import { resolveAttribute, resolveLineEnds, resolveText } from "./references.ts";
import { EMPTY_SCOPE, LinkedScope, type NamespaceScope } from "./scope.ts";
import { type SelectOptions, selectFrom } from "./select.ts";
import { NO_CHILDREN, type XmlAttribute, type XmlElement, type XmlNode } from "./tree.ts";
import type { XmlOptions } from "./xml-sink.ts";

/**
 * Reads a document into a compact tree: 12 bytes for each element, attribute and text beside the document itself, and no
 * object for a node until somebody asks for it. For replies of many megabytes of which little is looked at. The bytes are
 * not copied: they have to stay as they are.
 *
 * @throws XmlError with fault `"peer"`, as `parseXml()`
 * @example
 * const root = parseCompact(new TextEncoder().encode('<a xmlns="urn:a"><b>1</b><b>2</b></a>'));
 * for (const b of root.children()) console.log(b.name, b.text); // b 1, b 2
 * root.select("/a/b[2]", { namespaces: { "": "urn:a" } })[0]?.text; // "2"
 */
export function parseCompact(bytes: Uint8Array, options: XmlOptions = {}): CompactElement {
  return new CompactElement(new CompactTree(readCompactNodes(bytes, options)), 0, undefined);
}

/**
 * An element of a compact tree: made when it is asked for, so two of the same place are equal by `index` and not by identity.
 *
 * @example
 * const mtu = parseCompact(new TextEncoder().encode("<top><mtu>1500</mtu></top>")).select("mtu")[0]?.text;
 */
export class CompactElement {
  /** The element around it. */
  readonly parent: CompactElement | undefined;
  /** Its place in the tree, in document order. */
  readonly index: number;
  readonly #tree: CompactTree;

  constructor(tree: CompactTree, index: number, parent: CompactElement | undefined) {
    this.#tree = tree;
    this.index = index;
    this.parent = parent;
  }

  /** Local name. */
  get name(): string {
    return this.#tree.nameOf(this.index).local;
  }

  /** Empty for none. */
  get namespace(): string {
    return this.#tree.nameOf(this.index).namespace;
  }

  get prefix(): string {
    return this.#tree.nameOf(this.index).prefix;
  }

  /** Byte of the document that its start tag begins with. */
  get offset(): number {
    return this.#tree.start(this.index);
  }

  /** The text directly below, without that of child elements. */
  get text(): string {
    let text = "";
    const tree = this.#tree;
    for (let at = tree.contentOf(this.index); at < tree.end(this.index); at = tree.next(at)) {
      if (tree.kind(at) !== ELEMENT) text += tree.textAt(at);
    }
    return text;
  }

  /** The same without white space around it. */
  get trimmedText(): string {
    return trimBlanks(this.text);
  }

  /** The value of an attribute. Without `namespace` that of an attribute without a prefix. */
  attribute(name: string, namespace = ""): string | undefined {
    const tree = this.#tree;
    for (let at = this.index + 1; at < tree.contentOf(this.index); at++) {
      if (tree.kind(at) === ATTRIBUTE && isNamed(tree.nameOf(at), name, namespace)) return tree.textAt(at);
    }
    return undefined;
  }

  /** All attributes, without namespace declarations. */
  get attributes(): readonly XmlAttribute[] {
    const found: XmlAttribute[] = [];
    const tree = this.#tree;
    for (let at = this.index + 1; at < tree.contentOf(this.index); at++) {
      if (tree.kind(at) !== ATTRIBUTE) continue;
      const { local, namespace, prefix } = tree.nameOf(at);
      found.push({ name: local, namespace, prefix, value: tree.textAt(at) });
    }
    return found;
  }

  /** All namespace bindings that are in force here. */
  get scope(): NamespaceScope {
    const outer = this.parent?.scope ?? EMPTY_SCOPE;
    const own = this.#tree.declarations(this.index);
    return own.length === 0 ? outer : new LinkedScope(outer, own);
  }

  /** The elements directly below, in document order, one after the other. */
  *children(): Generator<CompactElement, undefined> {
    const tree = this.#tree;
    for (let at = tree.contentOf(this.index); at < tree.end(this.index); at = tree.next(at)) {
      if (tree.kind(at) === ELEMENT) yield new CompactElement(tree, at, this);
    }
  }

  /** The first element directly below with this local name and namespace. */
  child(name: string, namespace: string): CompactElement | undefined {
    const tree = this.#tree;
    for (let at = tree.contentOf(this.index); at < tree.end(this.index); at = tree.next(at)) {
      if (tree.kind(at) === ELEMENT && isNamed(tree.nameOf(at), name, namespace)) {
        return new CompactElement(tree, at, this);
      }
    }
    return undefined;
  }

  /** All elements directly below with this local name and namespace. */
  childrenNamed(name: string, namespace: string): readonly CompactElement[] {
    return [...this.children()].filter((each) => isNamed(each.#tree.nameOf(each.index), name, namespace));
  }

  /**
   * The elements that a path leads to, in document order. A small part of XPath 1.0: steps to children, separated by `/`,
   * absolute when the path begins with `/` (then the first step is the root element); a step is a name, `prefix:name`, `*` or
   * `prefix:*`, with predicates `[name='value']`, `[.='value']`, `[@attribute='value']`, `[2]`. Names without a prefix are in
   * the namespace of `namespaces[""]`, in none when there is no such entry.
   *
   * @throws XmlError `bad-path`, also for a prefix that `namespaces` lacks
   */
  select(path: string, options: SelectOptions = {}): readonly CompactElement[] {
    return selectFrom<CompactElement>(this, path, options);
  }

  /** The same as an ordinary tree, equal to what `parseXml()` gives for it. */
  toElement(): XmlElement {
    return this.#tree.toElement(this.index, this.parent?.scope ?? EMPTY_SCOPE);
  }

  /**
   * The same as a plain value: an element with nothing but text is its text; another one is an object without a prototype,
   * whose keys are local names, `@name` for attributes and `#text` for text beside other things. Elements that come more than
   * once are an array. An element whose name is taken by one of another namespace has the key `{namespace}name`.
   */
  toPlain(): PlainValue {
    return toPlainValue(this);
  }
}

/** Reads the numbers of a document. */
class CompactTree {
  readonly #nodes: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #names: readonly CompactName[];

  constructor({ nodes, bytes, names }: CompactNodes) {
    this.#nodes = nodes;
    this.#bytes = bytes;
    this.#names = names;
  }

  kind(index: number): number {
    return this.#number(index, 0) & (RAW - 1);
  }

  start(index: number): number {
    return this.#number(index, 1);
  }

  /** Of an element: the node behind everything in it. */
  end(index: number): number {
    return this.#number(index, 2) / WIDTH;
  }

  /** The node behind this one and everything in it. */
  next(index: number): number {
    return this.kind(index) === ELEMENT ? this.end(index) : index + 1;
  }

  nameOf(index: number): CompactName {
    return this.#names[this.#number(index, 0) >>> KIND_BITS] ?? NO_NAME;
  }

  /** The first node behind the attributes of an element. */
  contentOf(index: number): number {
    const end = this.end(index);
    let at = index + 1;
    while (at < end && (this.kind(at) === ATTRIBUTE || this.kind(at) === DECLARATION)) at++;
    return at;
  }

  /** The value of an attribute, or a text. */
  textAt(index: number): string {
    const what = this.#number(index, 0);
    const text = decodeBytes(this.#bytes, this.#number(index, 1), this.#number(index, 2));
    if ((what & RAW) === 0) return text;
    const kind = what & (RAW - 1);
    if (kind === LINES_NODE) return resolveLineEnds(text);
    return kind === TEXT_NODE ? resolveText(text) : resolveAttribute(text);
  }

  /** Prefix, namespace, prefix, namespace … */
  declarations(index: number): string[] {
    const found: string[] = [];
    for (let at = index + 1; at < this.end(index) && this.kind(at) === DECLARATION; at++) {
      const { local, prefix } = this.nameOf(at);
      found.push(prefix === "" ? "" : local, this.textAt(at));
    }
    return found;
  }

  toElement(index: number, outer: NamespaceScope): XmlElement {
    const { local, namespace, prefix } = this.nameOf(index);
    const own = this.declarations(index);
    const scope = own.length === 0 ? outer : new LinkedScope(outer, own);
    const attributes = new CompactElement(this, index, undefined).attributes;
    const children: XmlNode[] = [];
    for (let at = this.contentOf(index); at < this.end(index); at = this.next(at)) {
      const last = children.length - 1;
      const before = children[last];
      if (this.kind(at) === ELEMENT) children.push(this.toElement(at, scope));
      else if (typeof before === "string") children[last] = before + this.textAt(at);
      else if (this.textAt(at) !== "") children.push(this.textAt(at));
    }
    return {
      name: local,
      namespace,
      prefix,
      attributes,
      children: children.length > 0 ? children : NO_CHILDREN,
      scope,
    };
  }

  #number(index: number, which: number): number {
    return this.#nodes[index * WIDTH + which] ?? 0;
  }
}

function isNamed(own: CompactName, name: string, namespace: string): boolean {
  return own.local === name && own.namespace === namespace;
}

const NO_NAME: CompactName = { local: "", namespace: "", prefix: "" };
