import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { SuiteHost } from "./test-suite.ts";

/** A command that runs the suite in a process of its own. */
export interface SuiteProcess {
  readonly command: string;
  /** What comes before the file of the program. */
  readonly args: readonly string[];
  /** The program, in test/runtimes. */
  readonly entry: string;
}

/** A process that comes to no end is ended. */
const PROCESS_TIMEOUT = 240_000;

/** How such a process is run, for `testSuite`. */
export function runProcess({ command, args, entry }: SuiteProcess): SuiteHost["run"] {
  return async function* (world) {
    const program = await world.bundle(entry, { platform: "node" });
    const child = spawn(command, [...args, program, world.materialFile], {
      env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: PROCESS_TIMEOUT,
    });
    const ended = new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        if (code === 0) resolve();
        else reject(new Error(`${command} ended with ${signal ?? code}:\n${complaints}`));
      });
    });
    ended.catch(() => {});
    let complaints = "";
    child.stderr.on("data", (chunk) => {
      complaints += chunk;
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const told = JSON.parse(line);
      if ("come" in told) world.come(told.come, told.port);
      else yield told;
    }
    await ended;
  };
}
