import { attribute, qualifiedName, type XmlElement } from "@netconf-kit/xml";
import { protocolError, refuse } from "./config-error.ts";
import { elementsOf, leafText } from "./config-tree.ts";
import type { DatastoreName } from "./locks.ts";
import { BASE_NAMESPACE } from "./namespaces.ts";

/** The parameters of an operation, each at most once, none unknown. Order does not matter. */
export class OperationParameters {
  readonly #operation: XmlElement;
  readonly #given = new Map<string, XmlElement>();

  constructor(operation: XmlElement, allowed: readonly string[]) {
    this.#operation = operation;
    for (const parameter of elementsOf(operation)) {
      const { name } = parameter;
      if (parameter.namespace !== operation.namespace || !allowed.includes(name)) {
        refuseUnknown(parameter, operation.name);
      }
      if (this.#given.has(name)) {
        refuse(protocolError("bad-element", `"${name}" is given twice`, { badElement: name }));
      }
      this.#given.set(name, parameter);
    }
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  optional(name: string): XmlElement | undefined {
    return this.#given.get(name);
  }

  required(name: string): XmlElement {
    const found = this.#given.get(name);
    if (found !== undefined) return found;
    const message = `"${this.#operation.name}" needs "${name}"`;
    return refuse(protocolError("missing-element", message, { badElement: name }));
  }

  /** Text without the white space around it. */
  text(name: string): string | undefined {
    const found = this.#given.get(name);
    return found && leafText(found).trim();
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = values.find((candidate) => candidate === text);
    if (value !== undefined) return value;
    // RFC 7950 §8.3.1.
    return refuse(
      protocolError("invalid-value", `"${name}" is one of ${values.join(", ")}, not "${text}"`, { badElement: name }),
    );
  }

  /** An unsigned integer from 1 to 2^32 - 1. */
  positive(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\+?\d{1,10}$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= 0xffffffff) return value;
    return refuse(
      protocolError("invalid-value", `"${name}" is a number from 1 to 4294967295, not "${text}"`, { badElement: name }),
    );
  }
}

/** `<target>` or `<source>`: the one element inside. */
export function onlyChild(parameter: XmlElement): XmlElement {
  const [first, second] = elementsOf(parameter);
  if (first === undefined) {
    const message = `"${parameter.name}" is empty: it needs the name of a datastore`;
    return refuse(protocolError("missing-element", message, { badElement: "running" }));
  }
  if (second !== undefined) refuseUnknown(second, parameter.name);
  return first;
}

export function datastoreName(parameter: XmlElement): DatastoreName {
  const choice = onlyChild(parameter);
  if (choice.namespace === BASE_NAMESPACE && (choice.name === "running" || choice.name === "candidate"))
    return choice.name;
  return refuseUnknown(choice, parameter.name);
}

/** A datastore, or a whole configuration in `<config>` (RFC 6241 §7.3, §8.6.4.1). */
export function configSource(parameter: XmlElement): DatastoreName | XmlElement {
  const choice = onlyChild(parameter);
  return choice.namespace === BASE_NAMESPACE && choice.name === "config" ? choice : datastoreName(parameter);
}

/** The `<filter>` of an operation when it is a subtree filter (RFC 6241 §7.1). */
export function subtreeFilter(filter: XmlElement | undefined): XmlElement | undefined {
  if (filter === undefined) return undefined;
  // The attribute has no namespace; RFC 5277 §5.1 writes it with the one of the base.
  const type = attribute(filter, "type") ?? attribute(filter, "type", BASE_NAMESPACE) ?? "subtree";
  if (type === "subtree") return filter;
  const message = `this server filters by subtree, not by "${type}"`;
  return refuse(protocolError("bad-attribute", message, { badAttribute: "type", badElement: "filter" }));
}

/** RFC 7950 §8.3.1; also for what a capability would allow that this server lacks, such as `<url>` and `<startup>`. */
function refuseUnknown(found: XmlElement, parent: string): never {
  return refuse(
    protocolError("unknown-element", `"${parent}" cannot hold "${qualifiedName(found)}" on this server`, {
      badElement: found.name,
    }),
  );
}
