import { isBlank } from "./blanks.ts";
import { escapeAttribute, escapeText } from "./escape.ts";
import type { NameWriter, WrittenStart } from "./name-writer.ts";
import { isElement } from "./navigation.ts";
import type { XmlElement, XmlNode } from "./tree.ts";

/**
 * Writes a tree piece by piece. `indent` is the number of spaces of a level, 0 for a tree that stays as it is.
 *
 * @throws XmlError `invalid-name`, `invalid-namespace`, `invalid-character`, `duplicate-attribute`
 */
export function writeTree(root: XmlElement, names: NameWriter, indent: number, write: (piece: string) => void): void {
  names.beginTree(root);
  // A list of what is open instead of recursion: trees may be deeper than the stack.
  const open: OpenElement[] = [];
  const start = (element: XmlElement, laidOut: boolean): void => {
    if (laidOut && open.length > 0) write(newLine(indent, open.length));
    const written = names.open(element);
    const layout = laidOut && holdsElementsOnly(element);
    const children = layout ? element.children.filter(isElement) : element.children;
    if (children.length === 0) {
      write(`${startTag(written)}/>`);
      names.close();
    } else {
      write(`${startTag(written)}>`);
      open.push({ name: written.name, children, next: 0, layout });
    }
  };
  start(root, indent > 0);
  for (let current = open.at(-1); current !== undefined; current = open.at(-1)) {
    const node = current.children[current.next];
    current.next += 1;
    if (node === undefined) {
      open.pop();
      if (current.layout) write(newLine(indent, open.length));
      write(`</${current.name}>`);
      names.close();
    } else if (isElement(node)) {
      start(node, current.layout);
    } else {
      write(escapeText(node));
    }
  }
}

/** A start tag up to its `>` or `/>`. */
export function startTag({ name, attributes }: WrittenStart): string {
  let tag = `<${name}`;
  for (const [attribute, value] of attributes) tag += ` ${attribute}="${escapeAttribute(value)}"`;
  return tag;
}

interface OpenElement {
  readonly name: string;
  readonly children: readonly XmlNode[];
  next: number;
  readonly layout: boolean;
}

/** White space alone is a value, so there has to be an element. */
function holdsElementsOnly(element: XmlElement): boolean {
  return element.children.some(isElement) && element.children.every((node) => isElement(node) || isBlank(node));
}

function newLine(indent: number, level: number): string {
  return `\n${" ".repeat(indent * level)}`;
}
