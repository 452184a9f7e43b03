import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { printable } from "./printable.ts";
import { reportError } from "./report-error.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

/**
 * Runs a command's action, shows its error in one line (or one JSON object) and sets the exit code of the process.
 * Ctrl-C aborts the signal, so that sessions are closed; a second Ctrl-C ends the process at once.
 */
export async function runCommand(
  options: { readonly quiet?: boolean; readonly json?: boolean },
  action: (terminal: Terminal, signal: AbortSignal) => Promise<ExitCode | undefined>,
): Promise<void> {
  const terminal = processTerminal({ quiet: options.quiet === true });
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort(new Interrupted());
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    process.exitCode = (await action(terminal, interrupt.signal)) ?? exitCodes.done;
  } catch (error) {
    process.exitCode = interrupt.signal.aborted ? exitCodes.done : showError(error, options.json === true);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

/** Why work was aborted: the user or the system asked for the end. */
class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor() {
    super("interrupted");
  }
}

/** Errors are shown even with `--quiet`: a script sees the code, a person the reason. */
function showError(error: unknown, json: boolean): ExitCode {
  const report = reportError(error);
  process.stderr.write(`${json ? JSON.stringify(report.json) : printable(report.line)}\n`);
  return report.exitCode;
}
