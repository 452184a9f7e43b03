import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { socketCases } from "../support/socket-cases.ts";

const deno = fileURLToPath(new URL("../runtimes/node_modules/.bin/deno", import.meta.url));

/** Runs a script of test/runtimes/deno with the built packages; gives the JSON lines it wrote. */
async function runInDeno(script: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const file = fileURLToPath(new URL(`../runtimes/deno/${script}`, import.meta.url));
  const args = [
    "run",
    "--no-lock",
    "--node-modules-dir=manual",
    "--allow-net=127.0.0.1",
    "--allow-env",
    "--allow-read",
    file,
  ];
  const { stdout } = await promisify(execFile)(deno, args, {
    timeout: 50_000,
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function haveDeno(): boolean {
  if (existsSync(deno)) return true;
  const advice = 'the peer "deno" is not here: run "npm run peers"';
  if (process.env.REQUIRE_PEERS === "1") throw new Error(advice);
  process.stderr.write(`skipped: ${advice}\n`);
  return false;
}

describe.runIf(haveDeno())("in Deno", () => {
  it("its TCP passes every socket case", async () => {
    const results = await runInDeno("socket-cases.ts");
    expect(results).toEqual(socketCases.map(({ name }) => ({ name })));
  });

  it("a device calls home and is managed, and serves in the usual direction", async () => {
    expect(await runInDeno("road.ts")).toEqual([
      { step: "identified router" },
      { step: "committed" },
      { step: "read back" },
      { step: "ended" },
    ]);
  });
});
