import { attribute, type XmlElement } from "@netconf-kit/xml";
import { type ConfigError, dataError } from "./config-error.ts";
import { pathOf, type Trail } from "./edit-trail.ts";
import { BASE_NAMESPACE, YANG_NAMESPACE } from "./namespaces.ts";
import type { SchemaNode } from "./schema.ts";

/** What is done with a node: one of the attribute's values, or `none` inherited from the default operation. */
export type EditOperation = "merge" | "replace" | "create" | "delete" | "remove" | "none";

/** The `operation` attribute of an element; `undefined` when it has none, an error when it cannot be understood (RFC 6241 §7.2). */
export function operationOf(edit: XmlElement, here: Trail): Exclude<EditOperation, "none"> | ConfigError | undefined {
  if (edit.attributes.length === 0) return undefined;
  const value = attribute(edit, "operation", BASE_NAMESPACE);
  if (value === undefined) {
    if (attribute(edit, "operation") === undefined) return undefined;
    // A prefix forgotten here would turn a deletion into a merge.
    return dataError(
      "unknown-attribute",
      `the attribute "operation" of "${edit.name}" must be in the namespace "${BASE_NAMESPACE}"`,
      pathOf(here),
      { badAttribute: "operation", badElement: edit.name },
    );
  }
  const keyOf = here.parent?.node;
  const isKey = keyOf?.keys.includes(edit.name) && edit.namespace === here.parent?.edit.namespace;
  switch (value) {
    case "merge":
    case "replace":
    case "create":
      return value;
    case "delete":
    case "remove":
      // A list entry without one of its keys cannot be (RFC 7950 §7.8.2).
      if (!isKey) return value;
      break;
  }
  return dataError(
    "bad-attribute",
    isKey ? `cannot ${value} the key "${edit.name}" of a list entry` : `there is no operation "${value}"`,
    pathOf(here),
    { badAttribute: "operation", badElement: edit.name },
  );
}

/** Where an entry of a user-ordered list goes (RFC 7950 §7.7.9, §7.8.6). */
export type Insert =
  | { readonly mode: "first" | "last" }
  | { readonly mode: "before" | "after"; readonly anchor: Anchor }
  | { readonly mode: "error"; readonly error: ConfigError };

export type Anchor =
  | { readonly by: "value"; readonly value: string }
  | { readonly by: "keys"; readonly keys: ReadonlyMap<string, string> };

/** The `insert` attribute and what belongs to it; `undefined` when there is none. */
export function insertOf(edit: XmlElement, node: SchemaNode, here: Trail): Insert | undefined {
  if (edit.attributes.length === 0) return undefined;
  const mode = attribute(edit, "insert", YANG_NAMESPACE);
  if (mode === undefined) return undefined;
  if (!node.userOrdered) {
    // RFC 7950 §8.3.1.
    return wrong("unknown-attribute", "insert", `"${edit.name}" is not ordered by the user`, edit, here);
  }
  if (mode === "first" || mode === "last") return { mode };
  if (mode !== "before" && mode !== "after") {
    return wrong("bad-attribute", "insert", `there is no place "${mode}" to insert at`, edit, here);
  }
  const name = node.kind === "leaf-list" ? "value" : "key";
  const text = attribute(edit, name, YANG_NAMESPACE);
  if (text === undefined) {
    return wrong("missing-attribute", name, `inserting ${mode} needs the attribute "${name}"`, edit, here);
  }
  if (name === "value") return { mode, anchor: { by: "value", value: text } };
  const keys = predicates(text);
  if (keys === undefined || node.keys.some((key) => !keys.has(key))) {
    return wrong("bad-attribute", "key", `cannot read the keys "${text}"`, edit, here);
  }
  return { mode, anchor: { by: "keys", keys } };
}

/** RFC 7950 §15.7: the entry to insert beside does not exist. */
export function missingInstance(edit: XmlElement, name: string, here: Trail): ConfigError {
  const message = `there is no entry to insert "${edit.name}" beside`;
  return {
    ...dataError("bad-attribute", message, pathOf(here), { badAttribute: name, badElement: edit.name }),
    appTag: "missing-instance",
  };
}

function wrong(
  tag: "unknown-attribute" | "bad-attribute" | "missing-attribute",
  name: string,
  message: string,
  edit: XmlElement,
  here: Trail,
): Insert {
  return { mode: "error", error: dataError(tag, message, pathOf(here), { badAttribute: name, badElement: edit.name }) };
}

/** Key predicates as in an instance-identifier: `[ex:name='a'][ex:id="1"]`. Keys are in the namespace of their list. */
function predicates(text: string): ReadonlyMap<string, string> | undefined {
  const keys = new Map<string, string>();
  const one = /\s*\[\s*(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)\s*=\s*(?:'([^']*)'|"([^"]*)")\s*\]\s*/y;
  while (one.lastIndex < text.length) {
    const match = one.exec(text);
    if (match === null) return undefined;
    keys.set(match[1] ?? "", match[2] ?? match[3] ?? "");
  }
  return keys;
}
