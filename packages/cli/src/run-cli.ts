import { CommanderError } from "commander";
import { exitCodes } from "./exit-codes.ts";
import { buildProgram } from "./program.ts";

/**
 * The `netconf` command: parses arguments, runs the command, sets `process.exitCode`.
 *
 * @example
 * await runCli(process.argv.slice(2));
 */
export async function runCli(args: readonly string[]): Promise<void> {
  const program = buildProgram();
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has printed its message; help and version are no errors.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
}
