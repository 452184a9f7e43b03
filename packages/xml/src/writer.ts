import { isBlank } from "./blanks.ts";
import { escapeAttribute, escapeText } from "./escape.ts";
import { NameWriter } from "./name-writer.ts";
import { isElement } from "./navigation.ts";
import type { XmlElement, XmlNode } from "./tree.ts";

export interface WriteOptions {
  /**
   * Spaces per level, 16 at most, for people. Elements that hold nothing but elements and white space are laid out anew;
   * an element with text stays as it is, with all that is in it. Default 0: everything stays as it is.
   */
  readonly indent?: number;
}

/**
 * Writes an element as a document of its own, without an XML declaration.
 *
 * Declares what its names need, in default-namespace style where the element asks for no prefix, and what qualified names in
 * its content may mean: a subtree taken out of a parsed document still says the same. Prefixes are kept where that is
 * possible and replaced where two meanings collide. `>` is always escaped, so that the result never holds `]]>]]>`.
 *
 * @throws XmlError `invalid-name`, `invalid-namespace`, `invalid-character` or `duplicate-attribute` for what XML cannot write
 * @example
 * serializeXml(element("rpc", "urn:ietf:params:xml:ns:netconf:base:1.0", [], { "message-id": "1" }));
 * // <rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="1"/>
 */
export function serializeXml(root: XmlElement, options: WriteOptions = {}): string {
  const indent = Math.min(Math.max(Math.floor(options.indent ?? 0), 0), MAX_INDENT);
  const names = new NameWriter(root);
  let out = "";
  // A list of what is open instead of recursion: trees may be deeper than the stack.
  const open: OpenElement[] = [];
  const start = (element: XmlElement, laidOut: boolean): void => {
    if (laidOut && open.length > 0) out += newLine(indent, open.length);
    const { name, attributes } = names.open(element);
    out += `<${name}`;
    for (const [attributeName, value] of attributes) out += ` ${attributeName}="${escapeAttribute(value)}"`;
    const layout = laidOut && holdsElementsOnly(element);
    const children = layout ? element.children.filter(isElement) : element.children;
    if (children.length === 0) {
      out += "/>";
      names.close();
    } else {
      out += ">";
      open.push({ name, children, next: 0, layout });
    }
  };
  start(root, indent > 0);
  for (let current = open.at(-1); current !== undefined; current = open.at(-1)) {
    const node = current.children[current.next];
    current.next += 1;
    if (node === undefined) {
      open.pop();
      if (current.layout) out += newLine(indent, open.length);
      out += `</${current.name}>`;
      names.close();
    } else if (isElement(node)) {
      start(node, current.layout);
    } else {
      out += escapeText(node);
    }
  }
  return out;
}

/** The same as UTF-8 bytes. */
export function encodeXml(root: XmlElement, options: WriteOptions = {}): Uint8Array {
  return new TextEncoder().encode(serializeXml(root, options));
}

interface OpenElement {
  readonly name: string;
  readonly children: readonly XmlNode[];
  next: number;
  readonly layout: boolean;
}

const MAX_INDENT = 16;

/** White space alone is a value, so there has to be an element. */
function holdsElementsOnly(element: XmlElement): boolean {
  return element.children.some(isElement) && element.children.every((node) => isElement(node) || isBlank(node));
}

function newLine(indent: number, level: number): string {
  return `\n${" ".repeat(indent * level)}`;
}
