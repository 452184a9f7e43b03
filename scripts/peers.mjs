// Installs the programs that the interop tests run against (test/interop/peers/peers.json): Debian packages, as root, and
// npm packages in folders of their own.
//
//   npm run peers               what is missing
//   npm run peers -- netconfd   the named ones
//   npm run peers -- --list     only tells what is there
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { install as installFromLock } from "./workspace.mjs";

const peersFolder = new URL("../test/interop/peers/", import.meta.url);
const peers = JSON.parse(readFileSync(new URL("peers.json", peersFolder), "utf8"));
const names = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const listOnly = process.argv.includes("--list");
const unknown = names.filter((name) => !peers.some((peer) => peer.name === name));
if (unknown.length > 0)
  fail(`there is no peer "${unknown[0]}"; there are: ${peers.map((peer) => peer.name).join(", ")}`);
const wanted = peers.filter((peer) => names.length === 0 || names.includes(peer.name));

if (!listOnly) {
  installPackages();
  for (const { npm } of wanted) if (npm !== undefined) await installFromLock(fileURLToPath(new URL(npm, peersFolder)));
}
print(wanted);

function installPackages() {
  const versions = installed();
  const missing = [...new Set(wanted.flatMap((peer) => peer.packages))].filter((name) => !versions.has(name));
  const folders = wanted.flatMap(({ folder }) => (folder !== undefined && !existsSync(folder) ? [folder] : []));
  if (missing.length === 0 && folders.length === 0) return;
  if (spawnSync("apt-get", ["--version"]).status !== 0) {
    fail(
      `there is no apt-get here. The peers are Debian packages; the tests against them are skipped without: ${missing.join(" ")}`,
    );
  }
  if (process.getuid?.() !== 0) {
    const steps = [];
    if (missing.length > 0)
      steps.push(`apt-get update && apt-get install --no-install-recommends ${missing.join(" ")}`);
    for (const folder of folders) steps.push(`mkdir -p -m 755 ${folder}`);
    fail(`this needs root. Run "npm run peers" as root, or:\n  ${steps.join("\n  ")}`);
  }
  if (missing.length > 0) {
    console.log(`installing ${missing.join(" ")}`);
    apt("update", "-q");
    apt("install", "-q", "-y", "--no-install-recommends", ...missing);
  }
  // Where no init system runs the service sshd, in a container, nobody else makes this folder.
  for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o755 });
}

function apt(...args) {
  // Another apt may be at work: wait for it. No package may ask a question.
  const { status } = spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status !== 0) fail(`"apt-get ${args[0]}" failed`);
}

function print(rows) {
  const versions = installed();
  let complete = true;
  for (const { name, what, packages, folder, npm } of rows) {
    const missing = packages.filter((each) => !versions.has(each));
    const npmVersion = npm === undefined ? undefined : installedFromNpm(npm);
    if (npm !== undefined && npmVersion === undefined) missing.push(npm);
    if (folder !== undefined && !existsSync(folder)) missing.push(folder);
    if (missing.length > 0) complete = false;
    const state = missing.length === 0 ? (npmVersion ?? versions.get(packages[0])) : `missing: ${missing.join(" ")}`;
    console.log(`${name.padEnd(12)} ${state.padEnd(30)} ${what}`);
  }
  if (!complete && !listOnly) fail("not all peers are there");
}

function installedFromNpm(name) {
  const manifest = new URL(`${name}/node_modules/${name}/package.json`, peersFolder);
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}

function installed() {
  try {
    const format = "$" + "{db:Status-Status} $" + "{Package} $" + "{Version}\n";
    const stdio = ["ignore", "pipe", "ignore"];
    const text = execFileSync("dpkg-query", ["-W", "-f", format], { encoding: "utf8", stdio, maxBuffer: 2 ** 24 });
    const rows = text.split("\n").map((line) => line.split(" "));
    return new Map(rows.filter(([status]) => status === "installed").map(([, name, version]) => [name, version]));
  } catch {
    return new Map();
  }
}

function fail(message) {
  console.error(`peers: ${message}`);
  process.exit(1);
}
