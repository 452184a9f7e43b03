import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command while it runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when standard output and error together match; rejects at the end of the process or after 15 s. */
  readonly until: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly finished: Promise<Finished>;
  /** Ctrl-C. */
  readonly interrupt: () => Promise<Finished>;
}

/** Starts the `netconf` command as it is built. */
export function startNetconf(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Running {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    wake();
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
    wake();
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, stdout, stderr });
      wake();
    });
  });
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const stop = (error?: Error): void => {
        clearTimeout(timer);
        watchers.delete(look);
        if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`));
      };
      const look = (): void => {
        const match = pattern.exec(`${stdout}\n${stderr}`);
        if (match !== null) {
          stop();
          resolve(match);
        } else if (child.exitCode !== null) stop(new Error(`netconf ended with ${child.exitCode} before ${pattern}`));
      };
      const timer = setTimeout(() => stop(new Error(`no ${pattern} within 15 s`)), 15_000);
      watchers.add(look);
      look();
    });
  const interrupt = (): Promise<Finished> => {
    child.kill("SIGINT");
    return finished;
  };
  return { child, stdout: () => stdout, stderr: () => stderr, until, finished, interrupt };
}

/** Runs the `netconf` command to its end. */
export function netconf(args: readonly string[], options: Parameters<typeof startNetconf>[1] = {}): Promise<Finished> {
  return startNetconf(args, options).finished;
}
