import { childElements, isElement, parseXml, type XmlElement, XmlError } from "netconf-kit";

/** Opened around the text, so that it may hold several elements. It binds no namespace: what is written is what is sent. */
const WRAPPER = "edited";
const CONTAINERS: ReadonlySet<string> = new Set(["config", "data"]);

/**
 * Reads what the user wrote: one or more elements of configuration, bare or inside `<config>` or `<data>`.
 *
 * @throws XmlError
 * @example
 * parseConfigText('<system xmlns="urn:example"><hostname>r1</hostname></system>').length; // 1
 */
export function parseConfigText(text: string): readonly XmlElement[] {
  const bare = text.replace(/^\s*<\?xml[^>]*\?>/, "");
  const elements = childElements(parseXml(`<${WRAPPER}>${bare}</${WRAPPER}>`));
  const first = elements[0];
  const inner =
    elements.length === 1 && first !== undefined && CONTAINERS.has(first.name) ? childElements(first) : elements;
  if (inner.length === 0) throw new XmlError("not-well-formed", "there is no element to send");
  return inner;
}

/**
 * Reads the operation of the raw pane: the element inside `<rpc>`, or the one that stands alone.
 *
 * @throws XmlError
 */
export function parseOperationText(text: string): XmlElement {
  const root = parseXml(text.trim());
  if (root.name !== "rpc") return root;
  const operation = root.children.find(isElement);
  if (operation === undefined) throw new XmlError("not-well-formed", "<rpc> has no operation inside");
  return operation;
}
