import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type BenchGroup, type BenchRow, formatRows, measure, processorClock, wallClock } from "./harness.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    cpu: { type: "boolean", default: false },
    devices: { type: "string", default: "2000" },
  },
});
const filter = positionals[0] ?? "";

type Suite = () => readonly BenchGroup[] | Promise<readonly BenchGroup[]>;

/** Loaded one by one: not every runtime can load what every suite needs. */
const suites: readonly (readonly [name: string, load: () => Promise<Suite>])[] = [
  ["framing", async () => (await import("./framing.ts")).framingGroups],
  ["xml", async () => (await import("./xml.ts")).xmlGroups],
  ["rpc", async () => (await import("./rpc.ts")).rpcGroups],
  ["ssh", async () => (await import("./ssh.ts")).sshGroups],
  [
    "runtimes",
    async () => {
      const { runtimesGroups } = await import("./runtimes.ts");
      return () => runtimesGroups(values.cpu ? "processor" : "wall");
    },
  ],
  ["stream", async () => (await import("./stream.ts")).streamGroups],
];

/** What is no rate beside another: each prints its own table, and gives its figures for machines. */
const reports: readonly (readonly [name: string, make: () => Promise<unknown>])[] = [
  ["ciphers", async () => (await import("./ciphers.ts")).reportCiphers(values.cpu ? "processor" : "wall")],
  [
    "fleet",
    async () => {
      const overSsh = Number(values.devices);
      return (await import("./fleet.ts")).reportFleet({ overSsh, inMemory: 5 * overSsh });
    },
  ],
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
  if (!isAskedFor(name)) continue;
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
const made: Record<string, unknown> = {};
for (const [name, make] of reports) if (isAskedFor(name)) made[name] = await make();
if (rows.length === 0 && Object.keys(made).length === 0) throw new Error(`no benchmark has a name with "${filter}"`);
if (values.json !== undefined) {
  const complete = rows.map((row) => ({ ...row, runtime, versions }));
  writeFileSync(values.json, `${JSON.stringify({ runtime, versions, rows: complete, reports: made }, null, 2)}\n`);
}

/** By its own name, or that of a group of its. */
function isAskedFor(name: string): boolean {
  return name.includes(filter) || filter.startsWith(name);
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
