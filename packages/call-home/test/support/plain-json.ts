import type { JsonNode } from "../../src/json-reader.ts";

/** The value without its places. */
export function plain(node: JsonNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "array") return node.items.map(plain);
  return Object.fromEntries([...node.members].map(([name, member]) => [name, plain(member.node)]));
}
