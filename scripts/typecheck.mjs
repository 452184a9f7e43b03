// Type check of every package with the globals it may see, then of the tests and the benchmarks.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packages, root, run, tool } from "./workspace.mjs";

// What the benchmarks compare ourselves with is installed by `npm run bench` only.
const bench = existsSync(join(root, "bench", "node_modules")) ? ["bench"] : [];
// Each with the globals of its runtime; the suite with those that all of them have.
const runtimes = ["", "/suite", "/chromium", "/workerd"].map((folder) => `test/runtimes${folder}`);
const projects = [...packages().map(({ folder }) => `packages/${folder}`), "test", ...runtimes, ...bench];
let failed = false;
const queue = [...projects];
async function worker() {
  for (let project = queue.shift(); project !== undefined; project = queue.shift()) {
    const code = await run(process.execPath, [...tool("typescript", "bin/tsc"), "--noEmit", "-p", project]);
    if (code !== 0) {
      console.error(`Type check of ${project} failed`);
      failed = true;
    }
  }
}
await Promise.all([worker(), worker()]);
process.exit(failed ? 1 : 0);
