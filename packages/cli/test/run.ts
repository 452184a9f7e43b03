import { vi } from "vitest";
import { runCli } from "../src/run-cli.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in this process: what it writes, and the exit code that it sets. Of two at once only the codes are told apart. */
export async function run(...args: readonly string[]): Promise<Ran> {
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map(
    (name) =>
      vi.spyOn(process[name], "write").mockImplementation(((chunk: string | Uint8Array, done?: unknown) => {
        written[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
        if (typeof done === "function") done();
        return true;
      }) as typeof process.stdout.write), // of its overloads the command uses this one
  );
  const before = process.exitCode;
  try {
    await runCli(args);
    return { code: Number(process.exitCode ?? 0), ...written };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}
