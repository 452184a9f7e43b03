import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** What workerd is to run. */
export interface WorkerdOptions {
  /** Path of an ES module that has everything in it. Its configuration is written beside it. */
  readonly module: string;
  /** A class of the module that is an object of its own, as the binding of this name. */
  readonly object?: { readonly className: string; readonly binding: string };
  /** How many TCP ports lead to the module's `connect`. Default 0. */
  readonly tcpPorts?: number;
  /** Texts for the module's `env`. They go through environment variables of these names: no file and no command line has them. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** A workerd that runs, on 127.0.0.1. */
export interface Workerd {
  readonly url: string;
  readonly tcpPorts: readonly number[];
  /** What it has written, of errors above all. */
  readonly complaints: () => string;
  readonly stop: () => Promise<void>;
}

const packages: Readonly<Record<string, string>> = { x64: "workerd-linux-64", arm64: "workerd-linux-arm64" };

/** workerd for this machine, from test/runtimes; undefined where `npm run peers` has brought none. */
export function findWorkerd(): { readonly command: string; readonly version: string } | undefined {
  const folder = new URL(`../../runtimes/node_modules/@cloudflare/${packages[process.arch]}/`, import.meta.url);
  if (process.platform !== "linux" || !existsSync(folder)) return undefined;
  const { version } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  return { command: fileURLToPath(new URL("bin/workerd", folder)), version };
}

/** Starts workerd and waits until it listens. */
export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const found = findWorkerd();
  if (found === undefined) throw new Error('workerd is not here: run "npm run peers"');
  const config = join(dirname(options.module), "workerd.capnp");
  writeFileSync(config, configuration(options));
  const child = spawn(found.command, ["serve", config, "--control-fd=3"], {
    env: { ...process.env, ...options.texts },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve, reject) => child.once("close", () => resolve()).once("error", reject));
  ended.catch(() => {});
  let complaints = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (complaints += chunk));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  // `as`: the pipe that was asked for above.
  const ports = await listening(child.stdio[3] as Readable, 1 + (options.tcpPorts ?? 0));
  if (ports === undefined) {
    await stop();
    throw new Error(`workerd did not start: ${complaints}`);
  }
  const [http, ...tcpPorts] = [...ports].sort(([left], [right]) => left.localeCompare(right)).map(([, port]) => port);
  return { url: `http://127.0.0.1:${http}/`, tcpPorts, complaints: () => complaints, stop };
}

/** The ports by the names of their sockets, once there are so many. */
async function listening(control: Readable, count: number): Promise<ReadonlyMap<string, number> | undefined> {
  const ports = new Map<string, number>();
  for await (const line of createInterface({ input: control })) {
    const { event, socket, port } = JSON.parse(line);
    if (event === "listen") ports.set(socket, port);
    if (ports.size === count) return ports;
  }
  return undefined;
}

function configuration({ module, object, tcpPorts = 0, texts = {} }: WorkerdOptions): string {
  const sockets = Array.from(
    { length: tcpPorts },
    (_, at) => `(name = "tcp ${at}", address = "127.0.0.1:0", tcp = (), service = "main"),`,
  );
  const bindings = Object.keys(texts).map((name) => `(name = "${name}", fromEnvironment = "${name}"),`);
  if (object !== undefined)
    bindings.push(`(name = "${object.binding}", durableObjectNamespace = "${object.className}"),`);
  const namespaces =
    object === undefined
      ? ""
      : `durableObjectNamespaces = [(className = "${object.className}", uniqueKey = "${object.className}", preventEviction = true)],
  durableObjectStorage = (inMemory = void),`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main"), ${sockets.join("\n    ")}],
);
const main :Workerd.Worker = (
  modules = [(name = "main.mjs", esModule = embed ${JSON.stringify(basename(module))})],
  compatibilityDate = "2026-11-01",
  ${namespaces}
  bindings = [${bindings.join("\n    ")}],
);
`;
}
