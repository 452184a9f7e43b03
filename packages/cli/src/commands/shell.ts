import { Command } from "commander";
import { openSession } from "../open-session.ts";
import { type OutputFormat, withFormat } from "../output.ts";
import { runCommand } from "../run-command.ts";
import { type SessionOptions, withSession } from "../session-options.ts";
import { runShell } from "../shell/run-shell.ts";

interface ShellOptions extends SessionOptions {
  readonly format: OutputFormat;
}

/** `netconf shell`: many operations in one session, typed or from a file. */
export function shellCommand(): Command {
  return withFormat(withSession(new Command("shell")), "tree")
    .description("type operations in one session, with history and completion; or read them from standard input")
    .addHelpText(
      "after",
      "\nExample:\n  netconf shell admin@192.0.2.1\n  printf 'lock candidate\\nedit-config candidate @change.xml\\ncommit\\n' | netconf shell admin@192.0.2.1\n\nLines from a file or a pipe end with the first error, and with its exit code.",
    )
    .action((target: string | undefined, options: ShellOptions) =>
      runCommand(options, async (terminal, signal) => {
        await using opened = await openSession(target, options, terminal, signal);
        const { session } = opened;
        const console = process.stdin.isTTY === true ? process.stderr : undefined;
        const context = { session, terminal, format: options.format };
        return runShell({ context, input: process.stdin, console, signal });
      }),
    );
}
