import type { XmlElement } from "@netconf-kit/xml";
import { childIndex, handOverIndex, identityOf } from "./child-index.ts";
import { type ConfigError, dataError } from "./config-error.ts";
import { elementsOf, emptyConfig, hasElements, hasText, sameTree, withChildren } from "./config-tree.ts";
import { type EditOperation, insertOf, operationOf } from "./edit-attributes.ts";
import { type Placement, placeAll } from "./edit-placement.ts";
import { pathOf, type Trail } from "./edit-trail.ts";
import { BASE_NAMESPACE } from "./namespaces.ts";
import type { SchemaNode, ServerSchema } from "./schema.ts";
import { storedInner, storedLeaf, storedOpaque } from "./stored.ts";

/** The `default-operation` of an edit-config. */
export type DefaultOperation = "merge" | "replace" | "none";
/** The `error-option` of an edit-config. */
export type ErrorOption = "stop-on-error" | "continue-on-error" | "rollback-on-error";

/** What an edit does where it says nothing else, and after an error. */
export interface EditOptions {
  /** Default `merge`. */
  readonly defaultOperation?: DefaultOperation;
  /** Default `stop-on-error`. */
  readonly errorOption?: ErrorOption;
}

/** What an edit makes of a configuration. */
export interface EditResult {
  /** The configuration after the edit; the very element given when nothing changed. */
  readonly config: XmlElement;
  readonly errors: readonly ConfigError[];
}

/**
 * Applies an `<edit-config>` to a configuration (RFC 6241 §7.2) and gives the new tree; the old one is untouched.
 *
 * The engine is atomic: with `stop-on-error` and `rollback-on-error` alike the first error ends the edit and the result
 * is the old tree. With `continue-on-error` each sub-operation that fails is left out and reported, the others are done.
 *
 * @param config the configuration before, below one root element such as `emptyConfig`
 * @param edit the `<config>` element of the request
 * @example
 * const { config, errors } = applyEdit(emptyConfig, parseXml(`<config xmlns="…"><top xmlns="urn:x"/></config>`), schema);
 */
export function applyEdit(
  config: XmlElement,
  edit: XmlElement,
  schema: ServerSchema,
  options: EditOptions = {},
): EditResult {
  const run = new EditRun(schema, options.errorOption === "continue-on-error");
  const operation = options.defaultOperation ?? "merge";
  try {
    const onto = operation === "replace" ? undefined : config;
    const after = run.editRoot(onto, edit, operation);
    return { config: operation === "replace" && sameTree(config, after) ? config : after, errors: run.errors };
  } catch (error) {
    if (error !== STOP) throw error;
    return { config, errors: run.errors };
  }
}

/**
 * Makes a tree fit for a datastore out of a complete configuration, as `<copy-config>` needs it.
 *
 * @example
 * const { config, errors } = loadConfig(parseXml(text), schema);
 */
export function loadConfig(config: XmlElement, schema: ServerSchema): EditResult {
  return applyEdit(emptyConfig, config, schema, { defaultOperation: "replace" });
}

/** Thrown to end an edit at its first error. */
const STOP = Symbol("stop");
/** What an edit of one node gives when it failed and the others go on. */
const FAILED = Symbol("failed");

class EditRun {
  readonly errors: ConfigError[] = [];
  readonly #schema: ServerSchema;
  readonly #goOn: boolean;

  constructor(schema: ServerSchema, goOn: boolean) {
    this.#schema = schema;
    this.#goOn = goOn;
  }

  editRoot(config: XmlElement | undefined, edit: XmlElement, operation: EditOperation): XmlElement {
    if (edit.attributes.some((attribute) => attribute.name === "operation")) {
      const message = "cannot edit the datastore as a whole: give the operation on its nodes";
      const details = { badAttribute: "operation", badElement: edit.name };
      this.errors.push(dataError("unknown-attribute", message, undefined, details));
      throw STOP;
    }
    return this.#children(config, config ?? emptyConfig, edit, operation, this.#schema.root, undefined);
  }

  /**
   * Edits the children of one element. `shell` is the element that the result goes into; `existing` is absent when
   * everything below is new.
   */
  #children(
    existing: XmlElement | undefined,
    shell: XmlElement,
    edit: XmlElement,
    operation: EditOperation,
    node: SchemaNode,
    trail: Trail | undefined,
  ): XmlElement {
    const seen = new Set<string>();
    const placements: Placement[] = [];
    const index = existing && childIndex(existing, node);
    for (const part of partsOf(edit, node)) {
      const childNode = this.#schemaNode(part, edit, node, trail);
      if (childNode === FAILED) continue;
      const here: Trail = { parent: trail, edit: part, node: childNode };
      const identity = this.#identity(part, childNode, here, seen);
      if (identity === FAILED) continue;
      const before = index?.get(identity);
      const after = withoutEmpty(this.#node(before, part, operation, here), childNode);
      const insert = after === FAILED ? undefined : this.#insert(part, childNode, here, after !== undefined);
      if (after === FAILED || insert === FAILED) continue;
      if (after === before && insert === undefined) continue;
      placements.push({ identity, before, after, insert, trail: here });
    }
    if (placements.length === 0) return shell;
    const { children, done } = placeAll(shell.children, placements, (error) => this.#fail(error));
    if (children === shell.children) return shell;
    const result = withChildren(shell, children);
    if (existing !== undefined) handOverIndex(existing, result, node, done);
    return result;
  }

  #schemaNode(
    part: XmlElement,
    parent: XmlElement,
    node: SchemaNode,
    trail: Trail | undefined,
  ): SchemaNode | typeof FAILED {
    if (part.namespace !== parent.namespace || trail === undefined) {
      // RFC 6241 §7.2: the content must be in a namespace of a data model. The base namespace here is a forgotten xmlns.
      if (part.namespace === "" || part.namespace === BASE_NAMESPACE || !this.#schema.hasNamespace(part.namespace)) {
        const what = part.namespace === "" ? "no namespace" : `the namespace "${part.namespace}"`;
        return this.#fail(
          dataError("unknown-namespace", `no data model of this server has "${part.name}" in ${what}`, pathOf(trail), {
            badElement: part.name,
            badNamespace: part.namespace,
          }),
        );
      }
    }
    const childNode = node.child(part.name, part.namespace);
    if (childNode !== undefined) return childNode;
    return this.#fail(
      dataError("unknown-element", `there is no "${part.name}" at this place in the data model`, pathOf(trail), {
        badElement: part.name,
      }),
    );
  }

  #identity(part: XmlElement, node: SchemaNode, here: Trail, seen: Set<string>): string | typeof FAILED {
    const identity = identityOf(part, node);
    if (identity === undefined) {
      const key = node.keys.find(
        (name) => !elementsOf(part).some((e) => e.name === name && e.namespace === part.namespace),
      );
      // RFC 7950 §8.3.1: all keys of a list entry must be present.
      return this.#fail(
        dataError("missing-element", `an entry of the list "${part.name}" lacks its key "${key ?? ""}"`, pathOf(here), {
          badElement: key ?? part.name,
        }),
      );
    }
    if (seen.has(identity)) {
      // RFC 6241 §7.2 leaves the result undefined; silently keeping one of the two would lose data.
      return this.#fail(
        dataError("bad-element", `"${part.name}" is given twice for the same node`, pathOf(here), {
          badElement: part.name,
        }),
      );
    }
    seen.add(identity);
    return identity;
  }

  #insert(part: XmlElement, node: SchemaNode, here: Trail, stays: boolean): Placement["insert"] | typeof FAILED {
    const insert = insertOf(part, node, here);
    if (insert === undefined) return undefined;
    if (insert.mode === "error") return this.#fail(insert.error);
    return stays ? insert : undefined;
  }

  /** Gives the node after the edit, `undefined` when it is gone, and `before` itself when nothing changed. */
  #node(
    before: XmlElement | undefined,
    edit: XmlElement,
    inherited: EditOperation,
    here: Trail,
  ): XmlElement | undefined | typeof FAILED {
    const asked = operationOf(edit, here);
    if (typeof asked === "object") return this.#fail(asked);
    const operation = asked ?? inherited;
    switch (operation) {
      case "delete":
        if (before === undefined) return this.#missing(`cannot delete "${edit.name}": it does not exist`, here);
        return undefined;
      case "remove":
        return undefined;
      case "create":
        if (before !== undefined) {
          return this.#fail(dataError("data-exists", `cannot create "${edit.name}": it exists already`, pathOf(here)));
        }
        return this.#write(undefined, edit, operation, here);
      case "replace": {
        const after = this.#write(undefined, edit, operation, here);
        return after !== FAILED && before !== undefined && sameTree(before, after) ? before : after;
      }
      case "merge":
        return this.#write(before, edit, operation, here);
      case "none":
        return this.#none(before, edit, here);
    }
  }

  /** `none` only looks for operations further down (RFC 6241 §7.2, default-operation). */
  #none(before: XmlElement | undefined, edit: XmlElement, here: Trail): XmlElement | undefined | typeof FAILED {
    if (before === undefined) {
      // A non-presence container has no existence of its own to be missing (RFC 7950 §7.5.1).
      if (here.node.kind === "container" && here.node.presence === false) {
        const shell = storedInner(edit);
        const after = this.#children(undefined, shell, edit, "none", here.node, here);
        return after === shell ? undefined : after;
      }
      return this.#missing(`"${edit.name}" does not exist, and the default operation is none`, here);
    }
    if (here.node.kind === "leaf" || here.node.kind === "leaf-list" || here.node.kind === "anydata") return before;
    return this.#children(before, before, edit, "none", here.node, here);
  }

  /** `merge`, and with no `before` also `create` and `replace`. */
  #write(
    before: XmlElement | undefined,
    edit: XmlElement,
    operation: EditOperation,
    here: Trail,
  ): XmlElement | typeof FAILED {
    const shape = this.#shape(before, edit, here);
    if (shape === FAILED) return FAILED;
    if (shape === "inner") {
      if (before === undefined) return this.#children(undefined, storedInner(edit), edit, operation, here.node, here);
      return this.#children(before, storedInner(edit, before), edit, operation, here.node, here);
    }
    const after = shape === "leaf" ? storedLeaf(edit) : storedOpaque(edit);
    return before !== undefined && sameTree(before, after) ? before : after;
  }

  /** What an element of an edit is: the schema says so, or else what it holds. */
  #shape(before: XmlElement | undefined, edit: XmlElement, here: Trail): "inner" | "leaf" | "opaque" | typeof FAILED {
    const { kind } = here.node;
    if (kind === "anydata") return "opaque";
    const inner = hasElements(edit);
    const leafKind = kind === "leaf" || kind === "leaf-list";
    if (leafKind && inner) {
      const name = elementsOf(edit)[0]?.name ?? "";
      return this.#fail(
        dataError("unknown-element", `the leaf "${edit.name}" cannot hold "${name}"`, pathOf(here), {
          badElement: name,
        }),
      );
    }
    if (leafKind) return "leaf";
    const text = hasText(edit);
    const isInner = kind === "container" || kind === "list" || inner || (before !== undefined && hasElements(before));
    if (text && isInner) return this.#mixed(`"${edit.name}" holds elements and cannot hold text`, edit, here);
    if (inner && before !== undefined && hasText(before)) {
      return this.#mixed(`"${edit.name}" holds text and cannot hold elements`, edit, here);
    }
    if (isInner) return "inner";
    // Empty and never heard of: an empty leaf and an empty container are stored alike.
    return "leaf";
  }

  #mixed(message: string, edit: XmlElement, here: Trail): typeof FAILED {
    return this.#fail(dataError("bad-element", message, pathOf(here), { badElement: edit.name }));
  }

  #missing(message: string, here: Trail): typeof FAILED {
    return this.#fail(dataError("data-missing", message, pathOf(here)));
  }

  #fail(error: ConfigError): typeof FAILED {
    this.errors.push(error);
    if (!this.#goOn) throw STOP;
    return FAILED;
  }
}

/** A container without presence and without content says nothing (RFC 7950 §7.5.1): it is not kept. */
function withoutEmpty<T extends XmlElement | undefined | typeof FAILED>(after: T, node: SchemaNode): T | undefined {
  if (node.presence !== false || typeof after !== "object") return after;
  return after.children.length === 0 && after.attributes.length === 0 ? undefined : after;
}

/** The children of an edit in the order in which they are worked on: a list entry begins with its keys (RFC 7950 §7.8.5). */
function partsOf(edit: XmlElement, node: SchemaNode): readonly XmlElement[] {
  const all = elementsOf(edit);
  if (node.kind !== "list") return all;
  const isKey = (part: XmlElement): boolean => part.namespace === edit.namespace && node.keys.includes(part.name);
  const keys = node.keys.flatMap((key) => all.filter((part) => isKey(part) && part.name === key));
  return [...keys, ...all.filter((part) => !isKey(part))];
}
