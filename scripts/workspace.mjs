// What every script of the repository needs to know of it: where it is, its packages in the order of their arrows, how to
// install what the lockfile says, and how to run a step.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Every package as `{ folder, name, dependencies }`, those that others import first. */
export function packages() {
  const found = readdirSync(join(root, "packages")).map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
    // What a bundle takes in is needed to build it only: a dependency all the same.
    const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    return { folder, name: manifest.name, dependencies, manifest };
  });
  const names = new Set(found.map((each) => each.name));
  const ordered = [];
  const placed = new Set();
  while (ordered.length < found.length) {
    const next = found.filter(
      (each) => !placed.has(each.name) && each.dependencies.every((name) => !names.has(name) || placed.has(name)),
    );
    if (next.length === 0) throw new Error("packages depend on each other in a circle");
    for (const each of next) {
      ordered.push(each);
      placed.add(each.name);
    }
  }
  return ordered;
}

/** Runs a command to its end, output to the terminal. Resolves with its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", ...options });
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

/** A tool of node_modules as arguments of node itself: works without a shell on every system. */
export function tool(name, entry) {
  return [join(root, "node_modules", name, entry)];
}

/** Installs what a package-lock.json says, unless that has been done since it last changed. */
export async function install(folder = root) {
  const marker = join(folder, "node_modules", ".package-lock.json");
  const lockfile = join(folder, "package-lock.json");
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lockfile).mtimeMs) return;
  console.log(`Installing what ${relative(root, lockfile)} names …`);
  const shell = process.platform === "win32";
  const code = await run(shell ? "npm.cmd" : "npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: folder,
    shell,
  });
  if (code !== 0) throw new Error(`"npm ci" ended with ${code}: is the npm registry reachable?`);
}
