import { child, type XmlElement } from "@netconf-kit/xml";
import type { ConfigPath, PathSegment } from "./config-path.ts";
import { canonicalValue, leafText } from "./config-tree.ts";
import type { SchemaNode } from "./schema.ts";

/** Where a walk down a tree is. Becomes a path only when one is needed, which is for an error. */
export interface Trail {
  readonly parent: Trail | undefined;
  readonly edit: XmlElement;
  readonly node: SchemaNode;
}

export function pathOf(trail: Trail | undefined): ConfigPath {
  const path: PathSegment[] = [];
  for (let at = trail; at !== undefined; at = at.parent) path.unshift(segmentOf(at.edit, at.node));
  return path;
}

/** The last step of the path to an instance. A key that is absent is left out. */
export function segmentOf(instance: XmlElement, node: SchemaNode): PathSegment {
  const { namespace, name } = instance;
  if (node.kind === "leaf-list") return { namespace, name, value: leafText(instance) };
  if (node.kind !== "list") return { namespace, name };
  const keys = node.keys.flatMap((key) => {
    const leaf = child(instance, key, namespace);
    return leaf === undefined ? [] : [{ name: key, value: leafText(leaf) }];
  });
  return { namespace, name, keys };
}

/** Whether a list entry has just these key values. */
export function hasKeys(instance: XmlElement, keys: ReadonlyMap<string, string>): boolean {
  for (const [key, value] of keys) {
    const leaf = child(instance, key, instance.namespace);
    if (leaf === undefined || canonicalValue(leaf) !== value) return false;
  }
  return true;
}
