import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { framingGroups } from "./framing.ts";
import { type BenchGroup, type BenchRow, formatRows, measure } from "./harness.ts";
import { rpcGroups } from "./rpc.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "string" } } });
const filter = positionals[0] ?? "";
const suites: readonly (readonly [
  name: string,
  groups: () => readonly BenchGroup[] | Promise<readonly BenchGroup[]>,
])[] = [
  ["framing", framingGroups],
  ["rpc", rpcGroups],
];

const versions = { runtime: runtimeName(), platform: `${process.platform}-${process.arch}` };
console.log(`${versions.runtime} on ${versions.platform}\n`);

const rows: BenchRow[] = [];
for (const [name, groups] of suites) {
  if (!name.includes(filter) && !filter.startsWith(name)) continue;
  for (const group of await groups()) {
    if (group.name.includes(filter) || name.includes(filter)) {
      const measured = await measure(group);
      rows.push(...measured);
      console.log(`${formatRows(measured)}\n`);
    }
    await group.dispose?.();
  }
}
if (rows.length === 0) throw new Error(`no benchmark has a name with "${filter}"`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ versions, rows }, null, 2)}\n`);

function runtimeName(): string {
  if ("bun" in process.versions) return `Bun ${process.versions.bun}`;
  if ("deno" in process.versions) return `Deno ${process.versions.deno}`;
  return `Node ${process.versions.node}`;
}
