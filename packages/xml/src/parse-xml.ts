import { ByteScanner } from "./byte-scanner.ts";
import { DONE, END, MORE, START } from "./byte-token.ts";
import { XmlError } from "./errors.ts";
import { SaxesReader } from "./saxes-reader.ts";
import { TokenTree } from "./token-tree.ts";
import type { XmlElement } from "./tree.ts";
import { TreeBuilder } from "./tree-builder.ts";
import type { XmlOptions } from "./xml-sink.ts";

export interface ParseOptions extends XmlOptions {
  /** `"bytes"`, the default, is `ByteScanner`; `"saxes"` is `SaxesReader`, several times slower, the reference. */
  readonly reader?: "bytes" | "saxes";
}

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
export function parseXml(input: Uint8Array | string, options: ParseOptions = {}): XmlElement {
  const decoded = typeof input === "string";
  if (decoded && LONE_SURROGATE.test(input)) {
    throw new XmlError("encoding", "cannot read a document: its text holds half of a surrogate pair", NOWHERE);
  }
  const bytes = decoded ? new TextEncoder().encode(input) : input;
  const read = options.reader === "saxes" ? readBySaxes : readByTokens;
  const root = read(bytes, decoded ? { ...options, otherEncoding: "ignore" } : options);
  // The reader has thrown already when there was no complete root element.
  if (root === undefined) throw new XmlError("not-well-formed", "cannot read a document: it has no root", NOWHERE);
  return root;
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

function readBySaxes(bytes: Uint8Array, options: XmlOptions): XmlElement | undefined {
  const builder = new TreeBuilder();
  const reader = new SaxesReader(builder, options);
  reader.push(bytes);
  reader.end();
  return builder.root;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const NOWHERE = { line: 1, column: 0, offset: 0 };
