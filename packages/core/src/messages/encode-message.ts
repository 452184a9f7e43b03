import { serializeXml, type XmlElement } from "@netconf-kit/xml";

/**
 * A message as bytes, XML declaration included (RFC 6241 §3). In one piece, so that it becomes one chunk: peers exist that
 * parse the first chunk alone.
 */
export function encodeDocument(root: XmlElement): Uint8Array {
  return new TextEncoder().encode(DECLARATION + serializeXml(root));
}

/**
 * The same for a reply. RFC 6241 §4.1: the `xmlns` attributes of the rpc come back too, also those that no name in the reply
 * needs and that the writer has therefore left out.
 */
export function encodeReply(root: XmlElement): Uint8Array {
  const text = serializeXml(root);
  // Attribute values hold no ">": the writer escapes it.
  const startTag = text.slice(0, text.indexOf(">"));
  let unused = "";
  for (const [prefix, namespace] of root.scope) {
    // The default namespace is left alone: names without a prefix depend on it.
    if (prefix !== "" && !startTag.includes(` xmlns:${prefix}=`)) unused += declaration(prefix, namespace);
  }
  const nameEnd = /[\s/>]/.exec(text)?.index ?? text.length;
  return new TextEncoder().encode(DECLARATION + text.slice(0, nameEnd) + unused + text.slice(nameEnd));
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** ` xmlns:p="urn:…"`, cut out of an element that has nothing else. */
function declaration(prefix: string, namespace: string): string {
  const carrier = { name: "x", prefix, namespace, attributes: [], children: [], scope: new Map() };
  return serializeXml(carrier).slice(`<${prefix}:x`.length, -"/>".length);
}
