import { ByteScanner, DONE, MORE, parseXml, type XmlElement, type XmlLimits, type XmlOptions } from "@netconf-kit/xml";
import { namespaces } from "../names.ts";
import type { Dialect } from "./dialect.ts";

/** The four messages of NETCONF: RFC 6241 §8.1, §4.1, §4.2 and RFC 5277 §2.2.1. */
export type MessageKind = "hello" | "rpc" | "rpc-reply" | "notification";

/**
 * The one place where message bytes become a tree. Line breaks before the document are dropped: peers write one behind
 * `]]>]]>`, as the examples of RFC 6242 §3.1 do, and an XML declaration must not follow white space. `lenient` takes UTF-8 that is declared as something else.
 *
 * @example
 * const root = readMessage(new TextEncoder().encode(text));
 */
export function readMessage(bytes: Uint8Array, limits: XmlLimits = {}, lenient = false): XmlElement {
  const document = withoutLeadingBlanks(bytes);
  return parseXml(document, lenient ? { ...limits, otherEncoding: "ignore" } : limits);
}

/** Finds out whether a document is well-formed and within its limits, and makes nothing of it. @throws XmlError */
export function checkDocument(bytes: Uint8Array, options?: XmlOptions): void {
  const scanner = new ByteScanner(options);
  scanner.push(bytes);
  for (let token = scanner.next(); token !== DONE; token = scanner.next()) if (token === MORE) scanner.end();
}

/** The bytes from the first one on that is no white space. */
export function withoutLeadingBlanks(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (WHITE_SPACE.has(bytes[start])) start++;
  return start === 0 ? bytes : bytes.subarray(start);
}

const WHITE_SPACE: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Which message this is, or `undefined` when it is none.
 *
 * @example
 * messageKind(buildHello([]), new Dialect()); // "hello"
 */
export function messageKind(root: XmlElement, dialect: Dialect): MessageKind | undefined {
  switch (root.name) {
    case "hello":
    case "rpc":
    case "rpc-reply":
      return dialect.is(root, root.name) ? root.name : undefined;
    case "notification":
      return dialect.is(root, root.name, namespaces.notification) ? root.name : undefined;
    default:
      return undefined;
  }
}
