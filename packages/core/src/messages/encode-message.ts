import { encodeXml, serializeXml, type XmlElement } from "@netconf-kit/xml";

const DECLARATION = new TextEncoder().encode('<?xml version="1.0" encoding="UTF-8"?>');

/** A message as the pieces of a frame: the XML declaration, then the document. RFC 6241 §3. */
export function encodeDocument(root: XmlElement): readonly Uint8Array[] {
  return [DECLARATION, encodeXml(root)];
}

/**
 * The same for a reply. RFC 6241 §4.1: the `xmlns` attributes of the rpc come back too, also those that no name in the reply
 * needs and that the writer has therefore left out.
 */
export function encodeReply(root: XmlElement): readonly Uint8Array[] {
  const text = serializeXml(root);
  // Attribute values hold no ">": the writer escapes it.
  const startTag = text.slice(0, text.indexOf(">"));
  let unused = "";
  for (const [prefix, namespace] of root.scope) {
    // The default namespace is left alone: names without a prefix depend on it.
    if (prefix !== "" && !startTag.includes(` xmlns:${prefix}=`)) unused += declaration(prefix, namespace);
  }
  const nameEnd = /[\s/>]/.exec(text)?.index ?? text.length;
  return [DECLARATION, new TextEncoder().encode(text.slice(0, nameEnd) + unused + text.slice(nameEnd))];
}

/** ` xmlns:p="urn:…"`, cut out of an element that has nothing else. */
function declaration(prefix: string, namespace: string): string {
  const carrier = { name: "x", prefix, namespace, attributes: [], children: [], scope: new Map() };
  return serializeXml(carrier).slice(`<${prefix}:x`.length, -"/>".length);
}
