import { readDocument } from "./read-document.ts";
import { SaxesReader } from "./saxes-reader.ts";
import type { XmlElement } from "./tree.ts";
import { TreeBuilder } from "./tree-builder.ts";
import type { XmlOptions } from "./xml-sink.ts";

/**
 * `parseXml` by saxes, the reference that the fast reader is compared with: several times slower, and a function of its own so
 * that only what calls it has saxes in its bundle.
 *
 * @throws XmlError as `parseXml`
 * @example
 * const tree = parseXmlBySaxes("<a/>");
 * elementsEqual(tree, parseXml("<a/>")); // true
 */
export function parseXmlBySaxes(input: Uint8Array | string, options: XmlOptions = {}): XmlElement {
  return readDocument(input, options, (bytes, inner) => {
    const builder = new TreeBuilder();
    const reader = new SaxesReader(builder, inner);
    reader.push(bytes);
    reader.end();
    return builder.root;
  });
}
