import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LineProcess } from "./line-process.ts";
import { bundleGuests } from "./runtimes-bundle.ts";
import { ChromiumPage, chromiumCommand } from "./runtimes-chromium.ts";
import type { GuestDescription, GuestLine } from "./runtimes-guest.ts";

/** A runtime that is here. */
export interface RuntimeHost extends GuestDescription {
  /** Starts it for a task, and resolves when that is warmed up. */
  start(task: string, options?: StartOptions): Promise<RunningGuest>;
}

export interface StartOptions {
  /** What measures. A guest without a processor clock takes the one on the wall, which is the default. */
  readonly clock?: "processor" | "wall";
  /** Keeps the space for new objects small, where that can be said. */
  readonly holdsStill?: boolean;
}

export interface RunningGuest {
  ask(): Promise<unknown>;
  stop(): Promise<void>;
}

export interface RuntimeHosts {
  /** The first one is Node as it runs here. */
  readonly hosts: readonly RuntimeHost[];
  /** Who is not here, and why. */
  readonly missing: readonly string[];
}

/** A process, or what behaves as one. */
type Lines = Pick<LineProcess, "greeting" | "ask" | "stop">;
type Candidate = readonly [name: string, command: string | undefined, start: StartLines];
type StartLines = (command: string, task: string, options: StartOptions) => Promise<Lines | undefined>;

/** Finds out who is here, by starting each. */
export async function findHosts(): Promise<RuntimeHosts> {
  const hosts: RuntimeHost[] = [];
  const missing: string[] = [];
  for (const [name, command, startLines] of await candidates()) {
    if (command === undefined || !existsSync(command)) {
      missing.push(`${name}, which is not installed`);
      continue;
    }
    const start = async (task: string, options: StartOptions = {}): Promise<RunningGuest> =>
      guestOf(name, await startLines(command, task, options));
    try {
      const guest = await start("describe");
      const description = (await guest.ask()) as GuestDescription; // that is what the task answers
      await guest.stop();
      // The Node that runs here may be one of those that are installed, too.
      if (hosts.every((host) => host.name !== description.name)) hosts.push({ ...description, start });
    } catch (error) {
      if (hosts.length === 0) throw error; // there would be nothing to compare with
      missing.push(error instanceof Error ? error.message : name);
    }
  }
  return { hosts, missing };
}

async function candidates(): Promise<readonly Candidate[]> {
  const bundles = await bundleGuests();
  const inProcess =
    (flags: (options: StartOptions) => readonly string[]): StartLines =>
    (command, task, options) =>
      LineProcess.start(command, [...flags(options), bundles.process, task, options.clock ?? "wall"]);
  const v8 = ({ holdsStill }: StartOptions): readonly string[] => [
    "--expose-gc",
    ...(holdsStill === true ? ["--max-semi-space-size=1"] : []),
  ];
  const node = inProcess(v8);
  const denoFlags = ["run", "--allow-all", "--no-lock", "--no-config"];
  return [
    ["Node", process.execPath, node],
    ["Node 22", installed(`node22-${process.platform}-${process.arch}/bin/node`), node],
    ["Node 24", installed(`node24-${process.platform}-${process.arch}/bin/node`), node],
    ["Deno", installed(".bin/deno"), inProcess((options) => [...denoFlags, `--v8-flags=${v8(options).join(",")}`])],
    ["Bun", installed(".bin/bun"), inProcess(() => [])],
    ["Chromium", chromiumCommand, (command, task) => ChromiumPage.start(command, bundles.page, task)],
  ];
}

/** Where `npm run peers` puts it. */
function installed(name: string): string {
  return fileURLToPath(new URL(`../../test/runtimes/node_modules/${name}`, import.meta.url));
}

function guestOf(name: string, lines: Lines | undefined): RunningGuest {
  const valueIn = (line: string | undefined): unknown => {
    const parsed = JSON.parse(line ?? '{"error":"it does not start"}') as GuestLine; // guests say nothing else
    if ("error" in parsed) throw new Error(`${name}: ${parsed.error}`);
    return parsed.value;
  };
  valueIn(lines?.greeting);
  return { ask: async () => valueIn(await lines?.ask("?")), stop: async () => lines?.stop() };
}
