// Installs the other JavaScript runtimes that the tests run in, from test/runtimes/package-lock.json. One that has no build for
// this platform is left out, and its tests are skipped, as those of any peer that is not there.
//
//   node scripts/runtimes.mjs            what is missing
//   node scripts/runtimes.mjs --list     only tells what is there
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { install, root } from "./workspace.mjs";

const folder = join(root, "test/runtimes");
if (!process.argv.includes("--list")) await install(folder);

const { optionalDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
for (const [name, version] of Object.entries(optionalDependencies)) {
  const state = works(name) ? version : `missing: ${name}, or it does not run on ${process.platform} ${process.arch}`;
  console.log(`${name.padEnd(12)} ${state.padEnd(30)} JavaScript runtime`);
}

function works(name) {
  const command = join(folder, "node_modules/.bin", process.platform === "win32" ? `${name}.cmd` : name);
  return existsSync(command) && spawnSync(command, ["--version"], { shell: process.platform === "win32" }).status === 0;
}
