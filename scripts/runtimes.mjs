// Installs the other JavaScript runtimes that the tests run in, from test/runtimes/package-lock.json. One that has no build for
// this platform is left out, and its tests are skipped, as those of any peer that is not there.
//
//   node scripts/runtimes.mjs            what is missing
//   node scripts/runtimes.mjs --list     only tells what is there
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { arch, argv, platform } from "node:process";
import { install, root } from "./workspace.mjs";

const folder = join(root, "test/runtimes");
const suffix = platform === "win32" ? ".cmd" : "";
const commands = {
  node22: `node22-${platform}-${arch}/bin/node`,
  node24: `node24-${platform}-${arch}/bin/node`,
  deno: `.bin/deno${suffix}`,
  bun: `.bin/bun${suffix}`,
  workerd: `@cloudflare/workerd-${platform}-${arch === "x64" ? "64" : arch}/bin/workerd`,
};

if (!argv.includes("--list")) await install(folder);
for (const [name, command] of Object.entries(commands)) {
  const state = versionOf(command) ?? `missing: ${name}, or it does not run on ${platform} ${arch}`;
  console.log(`${name.padEnd(12)} ${state.padEnd(30)} JavaScript runtime`);
}

function versionOf(command) {
  const file = join(folder, "node_modules", command);
  if (!existsSync(file)) return undefined;
  const { status, stdout } = spawnSync(file, ["--version"], { shell: suffix !== "", encoding: "utf8" });
  return status === 0 ? /\d+(\.\d+)+|\d+-\d+-\d+/.exec(stdout)?.[0] : undefined;
}
