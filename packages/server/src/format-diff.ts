import type { XmlElement } from "@netconf-kit/xml";
import type { ConfigPath } from "./config-path.ts";
import { formatPath } from "./config-path.ts";
import { elementsOf, hasElements, leafText } from "./config-tree.ts";
import type { ConfigChange } from "./diff-config.ts";
import { segmentOf } from "./edit-trail.ts";
import { openNode, openSchema, type SchemaNode, type ServerSchema } from "./schema.ts";

/**
 * A diff as lines for a terminal: `+` and `-` with the path of every leaf that came or went, both for one that changed,
 * `~` for an entry that moved. Control characters are written as escapes, because values are a peer's.
 *
 * @example
 * console.log(formatDiff(diffConfig(before, after, schema), schema).join("\n"));
 * // - /example-if:interfaces/interface[name='eth0']/mtu = 1500
 * // + /example-if:interfaces/interface[name='eth0']/mtu = 9000
 */
export function formatDiff(changes: readonly ConfigChange[], schema: ServerSchema = openSchema): string[] {
  const lines: string[] = [];
  for (const change of changes) {
    const node = nodeAt(schema, change.path);
    if (change.op === "moved") lines.push(`~ ${printable(formatPath(change.path))}`);
    if (change.op === "modified" && hasElements(change.old) && hasElements(change.new)) {
      lines.push(`~ ${printable(formatPath(change.path))}`);
      continue;
    }
    if (change.op === "deleted" || change.op === "modified") addLines(lines, "-", change.old, node, change.path);
    if (change.op === "created" || change.op === "modified") addLines(lines, "+", change.new, node, change.path);
  }
  return lines;
}

function addLines(lines: string[], sign: string, instance: XmlElement, node: SchemaNode, path: ConfigPath): void {
  if (hasElements(instance)) {
    const before = lines.length;
    for (const part of elementsOf(instance)) {
      // The keys stand in the path already.
      if (node.keys.includes(part.name) && part.namespace === instance.namespace) continue;
      const childNode = node.child(part.name, part.namespace) ?? openNode;
      addLines(lines, sign, part, childNode, [...path, segmentOf(part, childNode)]);
    }
    if (lines.length === before) lines.push(`${sign} ${printable(formatPath(path))}`);
    return;
  }
  const text = leafText(instance);
  const value = text === "" || node.kind === "leaf-list" ? "" : ` = ${text}`;
  lines.push(`${sign} ${printable(`${formatPath(path)}${value}`)}`);
}

function nodeAt(schema: ServerSchema, path: ConfigPath): SchemaNode {
  let node = schema.root;
  for (const segment of path) node = node.child(segment.name, segment.namespace) ?? openNode;
  return node;
}

/** C0, DEL and C1 controls could steer a terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
