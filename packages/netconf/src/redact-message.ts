import { isElement, isXmlError, parseXml, serializeXml, type XmlElement, type XmlNode } from "@netconf-kit/xml";

/**
 * A message as indented XML for a transcript, the text of every leaf that may hold a secret replaced. What cannot be read is
 * not shown. It goes by names alone, so what it gives is still for the eyes of those who may see the device.
 *
 * @example
 * redactMessage(new TextEncoder().encode("<user><password>tiger</password></user>")); // … <password>********</password> …
 */
export function redactMessage(message: Uint8Array): string {
  try {
    return serializeXml(redact(parseXml(message)), { indent: 2 });
  } catch (error) {
    if (isXmlError(error)) return `<!-- not shown: ${error.code} -->`;
    throw error;
  }
}

/** Names under which the models of the IETF and of vendors keep secrets. */
const SECRET =
  /pass(word|phrase|wd|code)|secret|credential|cleartext|community|psk|token|cookie|hash(ed)?$|digest$|^key$|[-_](key|keys|key-string|key-data|auth|priv)$|^(auth|priv)[-_]?key/i;
/** Names that look alike and hold none. */
const HARMLESS = /^(public|host|list|index|name)[-_]key|key[-_](name|id|type|chain)$|^public/i;
const HIDDEN = "********";

function redact(element: XmlElement, inherited = false): XmlElement {
  const secret = inherited || isSecret(element.name);
  const hide = (node: XmlNode): XmlNode => {
    if (isElement(node)) return redact(node, secret);
    return secret && node.trim() !== "" ? HIDDEN : node;
  };
  const attributes = element.attributes.map((each) =>
    secret || isSecret(each.name) ? { ...each, value: HIDDEN } : each,
  );
  return { ...element, attributes, children: element.children.map(hide) };
}

function isSecret(name: string): boolean {
  return SECRET.test(name) && !HARMLESS.test(name);
}
