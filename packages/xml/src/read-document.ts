import { XmlError } from "./errors.ts";
import { ENCODER } from "./text-codec.ts";
import type { XmlElement } from "./tree.ts";
import type { XmlOptions } from "./xml-sink.ts";

/** What reads the bytes of a document; nothing but white space has no root. */
type ReadBytes = (bytes: Uint8Array, options: XmlOptions) => XmlElement | undefined;

/** Reads a whole document that may have been decoded already: then an encoding that its declaration names is not looked at. */
export function readDocument(input: Uint8Array | string, options: XmlOptions, read: ReadBytes): XmlElement {
  const decoded = typeof input === "string";
  if (decoded && LONE_SURROGATE.test(input)) {
    throw new XmlError("encoding", "cannot read a document: its text holds half of a surrogate pair", NOWHERE);
  }
  const bytes = decoded ? ENCODER.encode(input) : input;
  const root = read(bytes, decoded ? { ...options, otherEncoding: "ignore" } : options);
  // The reader has thrown already when there was no complete root element.
  if (root === undefined) throw new XmlError("not-well-formed", "cannot read a document: it has no root", NOWHERE);
  return root;
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const NOWHERE = { line: 1, column: 0, offset: 0 };
