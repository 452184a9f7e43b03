// Asks Deno whether JSR would take our packages (`deno publish --dry-run`): types that can be told without inference, imports
// that can be resolved, nothing left out. With --publish it publishes them. Either way from a copy in which the packages are one
// workspace of Deno, with settings from no tsconfig.json and npm packages from our node_modules: the dry run needs no network.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packages, root } from "./workspace.mjs";

const deno = join(root, "test/runtimes/node_modules/.bin", process.platform === "win32" ? "deno.cmd" : "deno");
if (!existsSync(deno)) {
  console.log("JSR: Deno is not here; npm run peers installs it");
  process.exit(process.env.REQUIRE_PEERS ? 1 : 0);
}

const home = mkdtempSync(join(tmpdir(), "netconf-kit-jsr-"));
let code = 1;
try {
  const members = packages().filter(({ folder }) => existsSync(join(root, "packages", folder, "jsr.json")));
  for (const { folder } of members) copy(folder);
  writeConfiguration(members);
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"), "junction");
  const publish = process.argv.includes("--publish");
  const { status, stdout, stderr } = spawnSync(deno, ["publish", "--allow-dirty", ...(publish ? [] : ["--dry-run"])], {
    cwd: home,
    encoding: "utf8",
    stdio: publish ? "inherit" : "pipe",
    env: { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENO_DIR: join(home, ".deno") },
  });
  code = status ?? 1;
  if (code !== 0 && !publish) console.error(`${stdout}${stderr}`);
  if (code === 0) console.log(`JSR: ${members.length} packages ${publish ? "published" : "would be taken"}`);
} finally {
  rmSync(home, { recursive: true, force: true });
}
process.exit(code);

/** Just what jsr.json includes, so that a file outside of it cannot be missed. */
function copy(folder) {
  const from = join(root, "packages", folder);
  const { publish } = JSON.parse(readFileSync(join(from, "jsr.json"), "utf8"));
  mkdirSync(join(home, "packages", folder), { recursive: true });
  for (const name of publish.include)
    cpSync(join(from, name), join(home, "packages", folder, name), { recursive: true });
}

function writeConfiguration(members) {
  const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));
  const { exactOptionalPropertyTypes, noUncheckedIndexedAccess } = compilerOptions;
  const workspace = {
    workspace: members.map(({ folder }) => `./packages/${folder}`),
    nodeModulesDir: "manual",
    compilerOptions: { exactOptionalPropertyTypes, noUncheckedIndexedAccess },
  };
  writeFileSync(join(home, "deno.json"), JSON.stringify(workspace));
  // Deno looks for npm packages in node_modules only when a package.json asks for them.
  const own = new Set(packages().map(({ name }) => name));
  const dependencies = Object.fromEntries(
    members.flatMap(({ manifest }) => Object.entries(manifest.dependencies ?? {}).filter(([name]) => !own.has(name))),
  );
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, dependencies }));
}
