// What is published, looked at before anybody can install it: the manifests, the files in each tarball (scripts/pack-list.json),
// where source maps point, what publint and are-the-types-wrong say, and what nothing uses (knip.jsonc). Needs what is built.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { packages, root, run, tool } from "./workspace.mjs";

const { "every package": everywhere, ...extra } = JSON.parse(
  readFileSync(new URL("pack-list.json", import.meta.url), "utf8"),
);
/** Resolution by `require`, of which are-the-types-wrong tells as well: these packages are ES modules only. */
const notOurs = new Set(["node10", "node16-cjs"]);
const problems = [];

if ((await run(process.execPath, ["scripts/version.mjs", "--check"])) !== 0)
  problems.push('manifests differ: "node scripts/version.mjs" writes them');
const knip = [...tool("knip", "bin/knip.js"), "--no-progress", "--no-config-hints"];
for (const [what, ...chosen] of [
  ["everything", "--exclude", "unlisted,binaries"],
  ["what is published", "--production", "--strict", "--dependencies", "--files"],
]) {
  if ((await run(process.execPath, [...knip, ...chosen])) !== 0) problems.push(`knip, over ${what}: see above`);
}

const published = packages().filter(({ manifest }) => !manifest.private);
const tarballs = mkdtempSync(join(tmpdir(), "netconf-kit-pack-"));
try {
  const packed = pack();
  for (const { name, manifest } of published) {
    const complain = (what) => problems.push(`${name}: ${what}`);
    const { files, filename } = packed.find((each) => each.name === name);
    const tarball = new Uint8Array(readFileSync(join(tarballs, filename)));
    checkManifest(manifest, complain);
    checkFiles(name, manifest, new Set(files.map(({ path }) => path)), complain);
    await checkTypes(tarball, complain);
    const { messages } = await publint({ pack: { tarball: tarball.buffer }, level: "warning", strict: true });
    for (const message of messages) complain(formatMessage(message, manifest, { color: false }));
  }
  const bytes = packed.reduce((sum, { size }) => sum + size, 0);
  console.log(`publishing: ${packed.length} packages, ${Math.round(bytes / 1000)} kB, ${problems.length} problems`);
} finally {
  rmSync(tarballs, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);

/** Makes the tarballs as npm would publish them. */
function pack() {
  const chosen = published.flatMap(({ folder }) => ["--workspace", `packages/${folder}`]);
  const windows = process.platform === "win32";
  const { status, stdout, stderr } = spawnSync(
    windows ? "npm.cmd" : "npm",
    ["pack", "--json", "--pack-destination", tarballs, ...chosen],
    { cwd: root, shell: windows, encoding: "utf8", maxBuffer: 1 << 26 },
  );
  if (status !== 0) throw new Error(`"npm pack" ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

function checkManifest(manifest, complain) {
  for (const field of [
    "name",
    "version",
    "description",
    "license",
    "type",
    "sideEffects",
    "engines",
    "exports",
    "files",
  ])
    if (manifest[field] === undefined) complain(`package.json has no "${field}"`);
  for (const [entry, target] of Object.entries(manifest.exports ?? {}))
    for (const condition of ["source", "types", "default"])
      if (target[condition] === undefined) complain(`exports "${entry}" have no "${condition}"`);
}

function checkFiles(name, manifest, files, complain) {
  const allowed = { ...everywhere, ...extra[name] };
  for (const path of files) {
    const folder = path.includes("/") ? path.slice(0, path.indexOf("/") + 1) : "";
    if (!allowed[folder]?.some((end) => (folder === "" ? path === end : path.endsWith(end))))
      complain(`${path} is packed, but not in scripts/pack-list.json`);
    if (path.endsWith(".js.map")) checkSourceMap(manifest, path, files, complain);
  }
  const needed = [...everywhere[""], ...Object.values(manifest.exports).flatMap(Object.values)];
  for (const path of [...needed, ...Object.values(manifest.bin ?? {})])
    if (!files.has(posix.normalize(path))) complain(`${path} is missing from the tarball`);
}

/** A debugger has to find every source in the package itself. */
function checkSourceMap({ name }, path, files, complain) {
  const { folder } = published.find((each) => each.name === name);
  const { sources } = JSON.parse(readFileSync(join(root, "packages", folder, path), "utf8"));
  for (const source of sources)
    if (!files.has(posix.join(posix.dirname(path), source)))
      complain(`${path} points to ${source}, which is not packed`);
}

async function checkTypes(tarball, complain) {
  const { problems: found = [] } = await checkPackage(createPackageFromTarballData(tarball));
  for (const { kind, entrypoint, resolutionKind, resolutionOption, ...rest } of found)
    if (!notOurs.has(resolutionKind ?? resolutionOption))
      complain(`are the types wrong: ${kind} ${entrypoint ?? ""} ${resolutionKind ?? JSON.stringify(rest)}`);
}
