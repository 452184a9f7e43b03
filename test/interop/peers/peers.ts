import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

export interface Peer {
  readonly name: string;
  readonly what: string;
  /** Debian packages; the version of the first one is the peer's. */
  readonly packages: readonly string[];
  /** An npm package, installed in the folder of this one with its name; then its version is the peer's. */
  readonly npm?: string;
  /** A folder that must exist, and that a restart of the machine may take away. */
  readonly folder?: string;
  /** The peer's version, or undefined when something of it is missing. */
  readonly check: () => string | undefined;
}

/** The programs that the interop tests run against, as peers.json lists them. */
export const peers: readonly Peer[] = table().map((row) => ({ ...row, check: () => check(row) }));

/**
 * Whether a peer is there. When it is not, a line says how to get it; with REQUIRE_PEERS=1 in the environment that is an error.
 *
 * @example
 * describe.runIf(requirePeer("netconfd"))("against netconfd", () => { … });
 */
export function requirePeer(name: string): boolean {
  const peer = peers.find((each) => each.name === name);
  if (peer === undefined) throw new Error(`there is no peer "${name}" in peers.json`);
  if (peer.check() !== undefined) return true;
  const advice = `the peer "${name}" (${[...peer.packages, peer.npm ?? ""].join(" ").trim()}) is not here: run "npm run peers" as root`;
  if (process.env.REQUIRE_PEERS === "1") throw new Error(advice);
  process.stderr.write(`skipped: ${advice}\n`);
  return false;
}

type Row = Omit<Peer, "check">;

function table(): readonly Row[] {
  // `as`: a file of this folder, in this form.
  return JSON.parse(readFileSync(new URL("peers.json", import.meta.url), "utf8")) as readonly Row[];
}

function check(row: Row): string | undefined {
  if (row.folder !== undefined && !existsSync(row.folder)) return undefined;
  const versions = installed();
  if (!row.packages.every((name) => versions.has(name))) return undefined;
  return row.npm === undefined ? versions.get(row.packages[0] ?? "") : npmVersion(row.npm);
}

function npmVersion(name: string): string | undefined {
  const manifest = new URL(`${name}/node_modules/${name}/package.json`, import.meta.url);
  if (!existsSync(manifest)) return undefined;
  // `as`: npm would not have installed it without.
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version;
}

let packages: ReadonlyMap<string, string> | undefined;

/** Installed Debian packages of the table with their versions; none on another system. */
function installed(): ReadonlyMap<string, string> {
  if (packages !== undefined) return packages;
  const format = "$" + "{db:Status-Status} $" + "{Package} $" + "{Version}\n";
  let text = "";
  try {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    text = execFileSync("dpkg-query", ["-W", "-f", format], { encoding: "utf8", stdio, maxBuffer: 2 ** 24 });
  } catch {
    // No dpkg: nothing is there.
  }
  const rows = text.split("\n").map((line) => line.split(" "));
  packages = new Map(
    rows.flatMap(([status, name, version]) => (status === "installed" ? [[name ?? "", version ?? ""]] : [])),
  );
  return packages;
}
