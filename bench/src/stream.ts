import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { dialTcp } from "@netconf-kit/node-adapter";
import { getConfig, openClientSession } from "netconf-kit";
import type { BenchGroup } from "./harness.ts";

const GIB = 1 << 30;

/** A get-config reply of 1 GiB, entry by entry through our client, beside reading the same bytes bare. */
export async function streamGroups(): Promise<readonly BenchGroup[]> {
  const file = fileURLToPath(new URL("stream-server.ts", import.meta.url));
  const server = spawn(process.execPath, ["--import", "tsx", file, String(GIB)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(server.stdout, "data");
  const dial = dialTcp({ host: "127.0.0.1", port: Number(line) });
  return [
    {
      name: "stream: one get-config reply of 1 GiB over TCP",
      unit: "B",
      rounds: 1,
      baseline: { name: "the same bytes read bare", amount: GIB, run: () => readBare(dial) },
      cases: [{ name: "rpcStream, entry by entry as trees", amount: GIB, run: () => readEntries(dial) }],
      dispose: async () => void server.kill(),
    },
  ];
}

async function readBare(dial: ReturnType<typeof dialTcp>): Promise<void> {
  const socket = await dial();
  await socket.write(new TextEncoder().encode("bare"));
  let length = 0;
  for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) length += bytes.length;
  await socket.close();
  if (length < GIB) throw new Error(`only ${length} bytes came`);
}

async function readEntries(dial: ReturnType<typeof dialTcp>): Promise<void> {
  const session = await openClientSession(await dial());
  const before = process.memoryUsage.rss();
  let most = before;
  let entries = 0;
  for await (const entry of session.rpcStream(getConfig("running"))) {
    if (entry.name !== "interface") throw new Error(`an entry is a <${entry.name}>`);
    if (++entries % 10_000 === 0) most = Math.max(most, process.memoryUsage.rss());
  }
  session.abort();
  console.log(`  ${entries} entries, resident memory grew by ${((most - before) / 2 ** 20).toFixed(0)} MiB at most`);
}
