import { NO_CHILDREN, type XmlElement, type XmlNode, type XmlStart } from "./tree.ts";
import type { XmlSink } from "./xml-sink.ts";

/**
 * Makes a tree of the events of one document.
 *
 * @example
 * const builder = new TreeBuilder();
 * const reader = new ByteReader(builder);
 * reader.push(new TextEncoder().encode("<rpc><get/></rpc>"));
 * reader.end();
 * console.log(builder.root?.name); // rpc
 */
export class TreeBuilder implements XmlSink {
  #root: XmlElement | undefined;
  readonly #open: GrowingElement[] = [];

  /** The tree, once its last element has ended. */
  get root(): XmlElement | undefined {
    return this.#open.length === 0 ? this.#root : undefined;
  }

  startElement(start: XmlStart): void {
    const { name, namespace, prefix, attributes, scope } = start;
    const element: GrowingElement = { name, namespace, prefix, attributes, children: NO_CHILDREN, scope };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else append(parent, element);
    this.#open.push(element);
  }

  endElement(): void {
    this.#open.pop();
  }

  text(text: string): void {
    const parent = this.#open.at(-1);
    if (parent === undefined || text === "") return;
    const last = parent.children.length - 1;
    const before = parent.children[last];
    if (typeof before === "string") growable(parent)[last] = before + text;
    else append(parent, text);
  }
}

type GrowingElement = { -readonly [Key in keyof XmlElement]: XmlElement[Key] };

function append(parent: GrowingElement, node: XmlNode): void {
  if (parent.children === NO_CHILDREN) parent.children = [node];
  else growable(parent).push(node);
}

function growable(parent: GrowingElement): XmlNode[] {
  return parent.children as XmlNode[]; // made in append(), and nobody else has seen it yet
}
