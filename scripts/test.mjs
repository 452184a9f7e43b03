// The one gate: installs what is missing, then type check, lint, arrows, build, what would be published, and every test. The
// last line of the output is `N passed, N failed, N skipped`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { install, root, run, tool } from "./workspace.mjs";

await install();

const counts = { passed: 0, failed: 0, skipped: 0 };

await step("Type check", () => run(process.execPath, ["scripts/typecheck.mjs"]));
await step("Lint and format", () => run(process.execPath, [...tool("@biomejs/biome", "bin/biome"), "check"]));
await step("Arrows", () => run(process.execPath, ["scripts/arrows.mjs"]));
await step("RFC coverage", () => run(process.execPath, ["scripts/rfc-coverage.mjs", "--check"]));
await step("Doc examples", () => run(process.execPath, ["scripts/doc-examples.mjs"]));
await step("Build", async () => {
  await build();
  return 0;
});
await step("Publishing", () => run(process.execPath, ["scripts/publish-check.mjs"]));
await step("Publishing to JSR", () => run(process.execPath, ["scripts/jsr.mjs"]));
await step("Sizes", () => run(process.execPath, ["scripts/sizes.mjs"]));
if (counts.failed === 0) await runTests();
tellMissingPeers();

console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);

/** Tests against a peer that is not here were skipped: say which, and how to get it. */
function tellMissingPeers() {
  const missing = ["scripts/peers.mjs", "scripts/runtimes.mjs"].flatMap((script) => {
    const { stdout } = spawnSync(process.execPath, [script, "--list"], { cwd: root, encoding: "utf8" });
    return stdout.split("\n").filter((line) => line.includes("missing:"));
  });
  if (missing.length > 0)
    console.log(`\nPeers that are not here ("npm run peers" installs them, as root):\n${missing.join("\n")}`);
}

async function step(name, action) {
  console.log(`\n── ${name}`);
  let code = 1;
  try {
    code = await action();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  if (code === 0) return;
  console.error(`${name} failed`);
  counts.failed++;
}

async function runTests() {
  console.log("\n── Tests");
  const folder = mkdtempSync(join(tmpdir(), "netconf-kit-test-"));
  const report = join(folder, "report.json");
  try {
    const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${report}`];
    const args = [...tool("vitest", "vitest.mjs"), "run", ...reporters, ...process.argv.slice(2)];
    // A log file is no place for colours; the runner itself does not always see that.
    const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: "1" };
    const code = await run(process.execPath, args, { env });
    if (!existsSync(report)) throw new Error("the test runner left no report");
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
      readFileSync(report, "utf8"),
    );
    counts.passed += numPassedTests;
    counts.failed += numFailedTests;
    counts.skipped += numPendingTests + numTodoTests;
    // A file that does not even load has no failed test of its own.
    if (code !== 0 && numFailedTests === 0) counts.failed += Math.max(1, numFailedTestSuites);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
