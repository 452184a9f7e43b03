import type { ByteScanner } from "./byte-scanner.ts";
import { ScannedStarts } from "./scanned-starts.ts";
import { NO_CHILDREN, type XmlElement, type XmlNode, type XmlStart } from "./tree.ts";

/**
 * Makes trees of those elements of a document that are chosen, straight from the tokens of a scanner: for documents too large
 * for one tree. Each start tag is given to `pass()` or to `start()`; what is inside a chosen element has to be chosen too.
 *
 * @example
 * const scanner = new ByteScanner();
 * const tree = new TokenTree(scanner);
 * scanner.push(new TextEncoder().encode("<list><entry>1</entry><entry>2</entry></list>"));
 * scanner.end();
 * for (let token = scanner.next(); token !== DONE; token = scanner.next()) {
 *   if (token === START) scanner.depth > 1 ? tree.start() : tree.pass();
 *   else if (token === TEXT) tree.text();
 *   else if (token === END) {
 *     const entry = tree.end();
 *     if (entry !== undefined) console.log(textOf(entry)); // 1, 2
 *   }
 * }
 */
export class TokenTree {
  readonly #scanner: ByteScanner;
  readonly #starts: ScannedStarts;
  readonly #open: GrowingElement[] = [];
  #size = 0;

  constructor(scanner: ByteScanner) {
    this.#scanner = scanner;
    this.#starts = new ScannedStarts(scanner);
  }

  /** Whether a chosen element is open. */
  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /** A rough guess at the bytes of memory that the tree takes: enough to bound it. */
  get size(): number {
    return this.#size;
  }

  /** The element that starts is in no tree. */
  pass(): XmlStart {
    return this.#starts.start();
  }

  /** The element that starts is in a tree, or begins one. */
  start(): void {
    const starts = this.#starts;
    const { name, namespace } = this.#scanner;
    starts.read();
    const { attributes, scope } = starts;
    const element: GrowingElement = {
      name: name.local,
      namespace,
      prefix: name.prefix.text,
      attributes,
      children: NO_CHILDREN,
      scope,
    };
    const depth = this.#open.length;
    const parent = this.#open[depth - 1];
    if (parent === undefined) this.#size = 0;
    else append(parent, element);
    this.#open.push(element);
    this.#size += NODE_BYTES;
    for (const { value } of attributes) this.#size += NODE_BYTES + value.length * CHARACTER_BYTES;
  }

  /** Text that is in no tree is passed over. */
  text(): void {
    const parent = this.#open[this.#open.length - 1];
    if (parent === undefined) return;
    const text = this.#scanner.text();
    if (text === "") return;
    this.#size += text.length * CHARACTER_BYTES;
    const last = parent.children.length - 1;
    const before = parent.children[last];
    if (typeof before === "string") growable(parent)[last] = before + text;
    else append(parent, text);
  }

  /** The tree that the element that ends completes. */
  end(): XmlElement | undefined {
    const element = this.#open.pop();
    return this.#open.length === 0 ? element : undefined;
  }
}

const NODE_BYTES = 160;
/** Strings are held with two bytes a character at worst. */
const CHARACTER_BYTES = 2;

type GrowingElement = { -readonly [Key in keyof XmlElement]: XmlElement[Key] };

function append(parent: GrowingElement, node: XmlNode): void {
  if (parent.children === NO_CHILDREN) parent.children = [node];
  else growable(parent).push(node);
}

function growable(parent: GrowingElement): XmlNode[] {
  return parent.children as XmlNode[]; // made in append(), and nobody else has seen it yet
}
