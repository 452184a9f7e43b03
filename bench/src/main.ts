import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type BenchGroup, type BenchRow, formatRows, measure, processorClock, wallClock } from "./harness.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, cpu: { type: "boolean", default: false } },
});
const filter = positionals[0] ?? "";

type Suite = () => readonly BenchGroup[] | Promise<readonly BenchGroup[]>;

/** Loaded one by one: not every runtime can load what every suite needs. */
const suites: readonly (readonly [name: string, load: () => Promise<Suite>])[] = [
  ["framing", async () => (await import("./framing.ts")).framingGroups],
  ["xml", async () => (await import("./xml.ts")).xmlGroups],
  ["rpc", async () => (await import("./rpc.ts")).rpcGroups],
  ["ssh", async () => (await import("./ssh.ts")).sshGroups],
  ["stream", async () => (await import("./stream.ts")).streamGroups],
];

const runtime = runtimeName();
const versions = {
  "netconf-kit": ownVersion(),
  v8: process.versions.v8,
  platform: `${process.platform}-${process.arch}`,
};
console.log(`${runtime} on ${versions.platform}\n`);

const rows: BenchRow[] = [];
for (const [name, load] of suites) {
  if (!name.includes(filter) && !filter.startsWith(name)) continue;
  const groups = await load();
  for (const group of await groups()) {
    if (group.name.includes(filter) || name.includes(filter)) {
      const measured = await measure(group, values.cpu ? processorClock : wallClock);
      rows.push(...measured);
      console.log([formatRows(measured), ...(group.skipped ?? []).map((line) => `  skipped: ${line}`), ""].join("\n"));
    }
    await group.dispose?.();
  }
}
if (rows.length === 0) throw new Error(`no benchmark has a name with "${filter}"`);
if (values.json !== undefined) {
  const complete = rows.map((row) => ({ ...row, runtime, versions }));
  writeFileSync(values.json, `${JSON.stringify({ runtime, versions, rows: complete }, null, 2)}\n`);
}

function ownVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../../packages/netconf/package.json", import.meta.url), "utf8"),
  );
  return (manifest as { readonly version: string }).version; // npm wants one in every package
}

function runtimeName(): string {
  if ("bun" in process.versions) return `Bun ${process.versions.bun}`;
  if ("deno" in process.versions) return `Deno ${process.versions.deno}`;
  return `Node ${process.versions.node}`;
}
