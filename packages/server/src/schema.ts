/**
 * What the datastore engine has to know about the shape of the data. Small on purpose: a list of keys given as data
 * (`listKeys`) satisfies it today, compiled YANG can satisfy it later.
 */
export interface ServerSchema {
  /** Above the top-level nodes of every module. */
  readonly root: SchemaNode;
  /** Whether the server implements a module with this namespace. An open schema says yes to everything. */
  hasNamespace(namespace: string): boolean;
}

/** `unknown`: nothing was said about this node; it is taken for a container or a leaf by what it holds, and exists at most once. */
export type NodeKind = "container" | "list" | "leaf" | "leaf-list" | "anydata" | "unknown";

/** One node of the schema tree. Walked downwards in step with the data, so no path is ever looked up as text. */
export interface SchemaNode {
  readonly kind: NodeKind;
  /** Local names of a list's keys, in their order, in the namespace of the list. Empty for everything else. */
  readonly keys: readonly string[];
  /** Whether the order of entries is the user's (`ordered-by user`). */
  readonly userOrdered: boolean;
  /** `false`: a container that exists whenever it is asked for. `undefined`: not known. */
  readonly presence: boolean | undefined;
  /** The node below, or `undefined` when the schema has no such node. */
  child(name: string, namespace: string): SchemaNode | undefined;
}

/** Knows nothing and allows everything. */
export const openNode: SchemaNode = {
  kind: "unknown",
  keys: [],
  userOrdered: false,
  presence: undefined,
  child: () => openNode,
};

/** The schema of a server that was told nothing: every element exists at most once below its parent. */
export const openSchema: ServerSchema = { root: openNode, hasNamespace: () => true };
