// What the manifests of all packages have in common, written from one place: the version, also where packages name each other,
// jsr.json after package.json, LICENSE, and the lockfile.
//
//   node scripts/version.mjs           writes what follows from package.json
//   node scripts/version.mjs 0.2.0     sets that version everywhere and dates the topmost part of the changelog
//   node scripts/version.mjs --check   says what is not as it would be written
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { packages, root, run, tool } from "./workspace.mjs";

const [argument] = process.argv.slice(2);
const check = argument === "--check";
const version =
  check || argument === undefined ? packages().find(({ folder }) => folder === "netconf").manifest.version : argument;
if (!/^\d+\.\d+\.\d+(-[0-9a-z.]+)?$/.test(version)) throw new Error(`"${version}" is not a version`);

/** The front door has a name without a scope at npm, which JSR does not have. */
const jsrNames = { "netconf-kit": "@netconf-kit/netconf" };
const own = new Set(packages().map(({ name }) => name));
const workspace = readJson(join(root, "package.json"));
const changed = [];

const lock = readJson(join(root, "package-lock.json"));
for (const { folder, manifest } of packages()) {
  const home = join(root, "packages", folder);
  const next = withVersion(manifest);
  if (!manifest.private) {
    if (workspace.repository !== undefined)
      next.repository = { ...workspace.repository, directory: `packages/${folder}` };
    // Beside what npm always takes: the manifest, README.md and LICENSE.
    write(join(home, "LICENSE"), readFileSync(join(root, "LICENSE"), "utf8"));
    if (existsSync(join(home, "jsr.json"))) writeJson(join(home, "jsr.json"), jsrManifest(next));
  }
  writeJson(join(home, "package.json"), next);
  const locked = lock.packages[`packages/${folder}`];
  if (locked !== undefined) lock.packages[`packages/${folder}`] = withVersion(locked);
}
writeJson(join(root, "package-lock.json"), lock);
dateChangelog();

if (check) {
  for (const file of changed) console.error(`${relative(root, file)} is not as "node scripts/version.mjs" writes it`);
  process.exit(changed.length === 0 ? 0 : 1);
}
const json = changed.filter((file) => file.endsWith(".json") && !file.endsWith("package-lock.json"));
if (json.length > 0)
  await run(process.execPath, [...tool("@biomejs/biome", "bin/biome"), "format", "--write", ...json]);
console.log(`${version}: ${changed.length} files written`);

/** Packages are released together and need each other in just this version. */
function withVersion(manifest) {
  const next = { ...manifest, version };
  for (const kind of ["dependencies", "peerDependencies", "devDependencies"]) {
    if (next[kind] === undefined) continue;
    next[kind] = Object.fromEntries(
      Object.entries(next[kind]).map(([name, range]) => [name, own.has(name) ? version : range]),
    );
  }
  return next;
}

function jsrManifest({ name, license, exports, dependencies, peerDependencies }) {
  const entries = Object.entries(exports).map(([entry, { source }]) => [entry, source]);
  const imports = Object.entries({ ...dependencies, ...peerDependencies })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([to, range]) => [to, own.has(to) ? `jsr:${jsrNames[to] ?? to}@${range}` : `npm:${to}@${range}`]);
  return {
    name: jsrNames[name] ?? name,
    version,
    license,
    exports: entries.length === 1 ? entries[0][1] : Object.fromEntries(entries),
    ...(imports.length > 0 && { imports: Object.fromEntries(imports) }),
    publish: { include: ["src", "LICENSE", "README.md", "jsr.json"] },
  };
}

function dateChangelog() {
  const file = join(root, "CHANGELOG.md");
  const text = readFileSync(file, "utf8");
  const heading = /^## (\S+) \((.*)\)$/m.exec(text);
  if (argument !== undefined && !check) {
    if (heading?.[2] !== "unreleased") throw new Error("CHANGELOG.md does not begin with a part that is unreleased");
    write(file, text.replace(heading[0], `## ${version} (${new Date().toISOString().slice(0, 10)})`));
  } else if (heading?.[1] !== version && heading?.[2] !== "unreleased") changed.push(file);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

function writeJson(file, value) {
  const same = existsSync(file) && JSON.stringify(readJson(file)) === JSON.stringify(value);
  if (!same) write(file, `${JSON.stringify(value, null, 2)}\n`);
}

function write(file, text) {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  changed.push(file);
  if (!check) writeFileSync(file, text);
}
