import { attribute, child, isElement, type XmlElement } from "@netconf-kit/xml";
import { namespaces } from "../names.ts";

/** What a lenient session forgives. Each is found in the field; none is forgiven unless asked for. */
export type Deviation =
  | "missing-namespace"
  | "prefixed-message-id"
  | "missing-message-id"
  | "missing-data"
  | "missing-event-time";

/**
 * How closely a peer has to keep to the RFCs, and where it did not. `strict` forgives nothing. `lenient` forgives what devices
 * are known to do and what cannot change the meaning of a message; what was forgiven is written down.
 *
 * @example
 * const forgiving = new Dialect("lenient");
 */
export class Dialect {
  readonly lenient: boolean;
  readonly deviations: Set<Deviation> = new Set();

  constructor(strictness: "strict" | "lenient" = "strict") {
    this.lenient = strictness === "lenient";
  }

  /** Whether this deviation is forgiven; if so it is noted. */
  forgives(deviation: Deviation): boolean {
    if (this.lenient) this.deviations.add(deviation);
    return this.lenient;
  }

  /** RFC 6241 §3.1: protocol elements have a namespace. */
  is(element: XmlElement, name: string, namespace: string = namespaces.base): boolean {
    if (element.name !== name) return false;
    if (element.namespace === namespace) return true;
    return element.namespace === "" && this.forgives("missing-namespace");
  }

  child(parent: XmlElement, name: string, namespace: string = namespaces.base): XmlElement | undefined {
    const found = child(parent, name, namespace);
    if (found !== undefined || !this.lenient) return found;
    const bare = child(parent, name, "");
    if (bare !== undefined) this.forgives("missing-namespace");
    return bare;
  }

  children(parent: XmlElement, name: string): XmlElement[] {
    return parent.children.filter((node): node is XmlElement => isElement(node) && this.is(node, name));
  }

  /** RFC 6241 §4.1: the attribute has no namespace. */
  messageId(root: XmlElement): string | undefined {
    const plain = attribute(root, "message-id");
    if (plain !== undefined) return plain;
    const prefixed = attribute(root, "message-id", namespaces.base);
    return prefixed !== undefined && this.forgives("prefixed-message-id") ? prefixed : undefined;
  }
}
