// Builds every package whose sources are newer than its dist, in the order of the arrows.
import { cpSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { install, packages, root, run, tool } from "./workspace.mjs";

/** Builds what is out of date. */
export async function build({ force = false } = {}) {
  let rebuilt = false;
  for (const { folder, manifest } of packages()) {
    const home = join(root, "packages", folder);
    if (!force && !rebuilt && isFresh(home)) continue;
    // What depends on a rebuilt package is rebuilt as well: its declarations may have changed.
    rebuilt = true;
    if (manifest.exports === undefined) {
      await buildPage(home, manifest.name);
      continue;
    }
    const exported = Object.values(manifest.exports).map(({ source }) => source.replace("./", ""));
    const entries = [...exported, ...Object.keys(manifest.bin ?? {}).map(() => "src/main.ts")];
    process.stdout.write(`Building ${manifest.name} …\n`);
    const code = await run(
      process.execPath,
      [...tool("tsup", "dist/cli-default.js"), "--config", join(root, "tsup.config.ts")],
      {
        cwd: home,
        env: { ...process.env, NETCONF_KIT_ENTRIES: entries.join(",") },
      },
    );
    if (code !== 0) throw new Error(`building ${manifest.name} failed`);
    // The command carries the page that it serves.
    if (manifest.devDependencies?.["@netconf-kit/console"] !== undefined)
      cpSync(join(root, "packages/console/dist"), join(home, "dist/console"), { recursive: true });
  }
}

/** Builds a package that exports nothing: a page for browsers. */
export async function buildPage(home, name) {
  process.stdout.write(`Building ${name} …\n`);
  const code = await run(process.execPath, [...tool("vite", "bin/vite.js"), "build", "--logLevel", "warn"], {
    cwd: home,
  });
  if (code !== 0) throw new Error(`building ${name} failed`);
}

function isFresh(home) {
  const built = ["mod.d.ts", "index.html"].map((name) => join(home, "dist", name)).find((file) => existsSync(file));
  if (built === undefined) return false;
  const since = statSync(built).mtimeMs;
  const sources = readdirSync(join(home, "src"), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  // A page begins outside its sources.
  const settings = ["package.json", "index.html", "vite.config.ts"].map((name) => join(home, name));
  const files = [
    ...settings.filter((file) => existsSync(file)),
    ...sources.map((entry) => join(entry.parentPath, entry.name)),
  ];
  return files.every((file) => statSync(file).mtimeMs < since);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await install();
  await build({ force: process.argv.includes("--force") });
}
