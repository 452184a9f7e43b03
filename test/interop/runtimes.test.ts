import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { arch, execPath, platform, versions } from "node:process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { readmeExamples } from "../support/readme-examples.ts";
import { runtimePath } from "./runtime-path.ts";
import { runProcess, type SuiteProcess } from "./suite-process.ts";
import { testSuite } from "./test-suite.ts";

const [ownMajor] = versions.node.split(".");
const bun = runtimePath("node_modules/.bin/bun");

for (const major of ["20", "22", "24"]) {
  // No package brings the oldest: it is tested where it runs the tests.
  if (major === "20" && major !== ownMajor) continue;
  const command = major === ownMajor ? execPath : runtimePath(`node_modules/node${major}-${platform}-${arch}/bin/node`);
  testProcess(`Node.js ${major}`, { command, args: ["--enable-source-maps"], entry: "node/main.ts" });
}
testProcess("Deno", {
  command: runtimePath("node_modules/.bin/deno"),
  args: ["run", "--no-lock", "--no-config", "--allow-net=127.0.0.1", "--allow-env", "--allow-read"],
  entry: "deno/main.ts",
});
testProcess("Bun", { command: bun, args: [], entry: "bun/main.ts" });

it.runIf(existsSync(bun))("Bun runs the example of its adapter's README", async () => {
  const [example = ""] = readmeExamples(new URL("../../packages/bun-adapter/README.md", import.meta.url));
  expect((await promisify(execFile)(bun, ["-e", example])).stdout).toBe("hello\n");
});

function testProcess(name: string, process: SuiteProcess): void {
  const missing = existsSync(process.command) ? undefined : 'run "npm run peers"';
  testSuite({ name, missing, run: runProcess(process) });
}
