import { ByteScanner } from "./byte-scanner.ts";
import { DONE, END, MORE, START } from "./byte-token.ts";
import { readDocument } from "./read-document.ts";
import { TokenTree } from "./token-tree.ts";
import type { XmlElement } from "./tree.ts";
import type { XmlOptions } from "./xml-sink.ts";

/**
 * Reads a whole document: XML 1.0 with namespaces, strictly, UTF-8 only, never a document type declaration (RFC 6241 §3).
 * A byte order mark is allowed. Text that is given as a string has been decoded already, so an encoding that its
 * declaration names is not looked at.
 *
 * @throws XmlError with fault `"peer"`: `not-well-formed`, `doctype`, `encoding`, `xml-version`, `limit-…`
 * @example
 * const reply = parseXml('<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="1"><ok/></rpc-reply>');
 * attribute(reply, "message-id"); // "1"
 */
export function parseXml(input: Uint8Array | string, options: XmlOptions = {}): XmlElement {
  return readDocument(input, options, readByTokens);
}

function readByTokens(bytes: Uint8Array, options: XmlOptions): XmlElement | undefined {
  const scanner = new ByteScanner(options);
  const tree = new TokenTree(scanner);
  let root: XmlElement | undefined;
  scanner.push(bytes);
  for (let token = scanner.next(); token !== DONE; token = scanner.next()) {
    if (token === START) tree.start();
    else if (token === END) root = tree.end();
    else if (token === MORE) scanner.end();
    else tree.text();
  }
  return root;
}
