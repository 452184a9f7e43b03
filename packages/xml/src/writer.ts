import { NameWriter } from "./name-writer.ts";
import { ENCODER } from "./text-codec.ts";
import type { XmlElement } from "./tree.ts";
import { writeTree } from "./tree-writer.ts";

/** How a tree is written. */
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
  let out = "";
  writeTree(root, new NameWriter(), indent, (piece) => {
    out += piece;
  });
  return out;
}

/**
 * The same as UTF-8 bytes.
 *
 * @example
 * await socket.write(encodeXml(element("ok", "urn:ietf:params:xml:ns:netconf:base:1.0")));
 */
export function encodeXml(root: XmlElement, options: WriteOptions = {}): Uint8Array {
  return ENCODER.encode(serializeXml(root, options));
}

const MAX_INDENT = 16;
