import { closeSync, fchmodSync, openSync, writeSync } from "node:fs";
import {
  isElement,
  isXmlError,
  type MessageObserver,
  parseXml,
  serializeXml,
  type XmlElement,
  type XmlNode,
} from "netconf-kit";
import { UsageError } from "./exit-codes.ts";

/** Writes every NETCONF message of a session to a file for people, secrets left out. */
export interface Trace {
  readonly onMessage: MessageObserver;
  readonly close: () => void;
}

/** Opens a trace. The file is for its owner only: a configuration says much even without its secrets. */
export function traceTo(path: string): Trace {
  const file = openTrace(path);
  const start = performance.now();
  return {
    onMessage: (direction, message) => {
      const time = ((performance.now() - start) / 1000).toFixed(3);
      writeSync(file, `<!-- ${time} s, ${direction}, ${message.length} bytes -->\n${redactMessage(message)}\n\n`);
    },
    close: () => closeSync(file),
  };
}

function openTrace(path: string): number {
  try {
    const file = openSync(path, "w", 0o600);
    // The mode above counts for a new file only.
    fchmodSync(file, 0o600);
    return file;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`cannot write the trace: ${reason}`, { cause });
  }
}

/**
 * Names under which the models of the IETF and of vendors keep secrets. A name alone cannot tell for sure: a trace is for the
 * eyes of those who may see the device.
 */
const SECRET =
  /pass(word|phrase|wd|code)|secret|credential|cleartext|community|psk|token|cookie|hash(ed)?$|digest$|^key$|[-_](key|keys|key-string|key-data|auth|priv)$|^(auth|priv)[-_]?key/i;
/** Names that look alike and hold none. */
const HARMLESS = /^(public|host|list|index|name)[-_]key|key[-_](name|id|type|chain)$|^public/i;
const HIDDEN = "********";

/** A message as indented XML, the text of every leaf that may hold a secret replaced. What cannot be read is not shown. */
export function redactMessage(message: Uint8Array): string {
  try {
    return serializeXml(redact(parseXml(message)), { indent: 2 });
  } catch (error) {
    if (isXmlError(error)) return `<!-- not shown: ${error.code} -->`;
    throw error;
  }
}

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
