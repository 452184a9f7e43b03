import { ServerError } from "./errors.ts";
import { type NodeKind, openNode, type SchemaNode, type ServerSchema } from "./schema.ts";

/** A name below the root; a plain string is in the namespace of the description. */
export type PathStep = string | { readonly namespace: string; readonly name: string };

/** Says where a node is: `{ namespace: "urn:example", path: ["interfaces", "interface"] }`. */
export interface SchemaPath {
  readonly namespace: string;
  readonly path: readonly PathStep[];
}

/** One thing worth knowing about the data. `keys` makes the node a list; otherwise say `kind`. */
export interface NodeDescription extends SchemaPath {
  readonly keys?: readonly string[];
  readonly kind?: "leaf-list" | "leaf" | "anydata" | "container";
  /** For a container. `false`: it may be edited below without being created first. */
  readonly presence?: boolean;
  readonly userOrdered?: boolean;
}

/** What a schema says beside lists and keys. */
export interface ListKeysOptions {
  /** Namespaces of the modules the server implements; others are then refused. Default: every namespace is welcome. */
  readonly namespaces?: readonly string[];
}

/**
 * A schema from data: which elements are lists and by which keys their entries are told apart. Whatever is not described
 * exists at most once below its parent.
 *
 * @throws ServerError `bad-schema` when a description has no path, or describes a node twice.
 * @example
 * const schema = listKeys([
 *   { namespace: "urn:example:if", path: ["interfaces", "interface"], keys: ["name"] },
 *   { namespace: "urn:example:if", path: ["interfaces", "interface", "tag"], kind: "leaf-list" },
 * ]);
 */
export function listKeys(descriptions: readonly NodeDescription[], options: ListKeysOptions = {}): ServerSchema {
  const root = new DescribedNode();
  for (const description of descriptions) describe(root, description);
  const namespaces = options.namespaces === undefined ? undefined : new Set(options.namespaces);
  return { root, hasNamespace: (namespace) => namespaces === undefined || namespaces.has(namespace) };
}

class DescribedNode implements SchemaNode {
  kind: NodeKind = "unknown";
  keys: readonly string[] = [];
  userOrdered = false;
  presence: boolean | undefined = undefined;
  readonly #children = new Map<string, DescribedNode>();

  child(name: string, namespace: string): SchemaNode {
    return this.#children.get(childKey(namespace, name)) ?? openNode;
  }

  grow(namespace: string, name: string): DescribedNode {
    const key = childKey(namespace, name);
    let node = this.#children.get(key);
    if (node === undefined) {
      node = new DescribedNode();
      this.#children.set(key, node);
    }
    return node;
  }
}

function describe(root: DescribedNode, description: NodeDescription): void {
  const { namespace, path, keys } = description;
  let node = root;
  for (const step of path) {
    node = typeof step === "string" ? node.grow(namespace, step) : node.grow(step.namespace, step.name);
  }
  const where = `"${path.map((step) => (typeof step === "string" ? step : step.name)).join("/")}"`;
  if (node === root) throw new ServerError("bad-schema", "cannot describe a node without a path");
  if (node.kind !== "unknown") throw new ServerError("bad-schema", `cannot describe ${where} twice`);
  if (keys !== undefined && description.kind !== undefined) {
    throw new ServerError(
      "bad-schema",
      `cannot describe ${where}: it has keys, so it is a list and not a "${description.kind}"`,
    );
  }
  node.kind = keys === undefined ? (description.kind ?? "container") : "list";
  node.keys = keys ?? [];
  node.userOrdered = description.userOrdered ?? false;
  node.presence = description.presence;
}

/** NUL cannot occur in XML, so it parts names safely. */
function childKey(namespace: string, name: string): string {
  return `${namespace}\0${name}`;
}
