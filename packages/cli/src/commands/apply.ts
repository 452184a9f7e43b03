import { Command, Option } from "commander";
import { applyChange } from "../apply-change.ts";
import { ask, canAsk } from "../ask.ts";
import { configOf, readXmlFile, targetAnd } from "../content-options.ts";
import { UsageError } from "../exit-codes.ts";
import { sessionSource } from "../open-session.ts";
import { runCommand } from "../run-command.ts";
import { positive, type SessionOptions, withSession } from "../session-options.ts";

interface ApplyCommandOptions extends SessionOptions {
  readonly confirmTimeout: number;
  readonly yes?: boolean;
}

/** `netconf apply`: a change that undoes itself when it locks us out. */
export function applyCommand(): Command {
  return withSession(new Command("apply"))
    .argument("[file]", "the configuration: <config> or what stands in it; - is standard input", "-")
    .description(
      "change the configuration safely: lock, edit candidate, validate, show the difference, commit on trial, and confirm from a new session, or undo",
    )
    .addOption(
      new Option("--confirm-timeout <seconds>", "after which the device undoes what was not confirmed")
        .default(60)
        .argParser(positive),
    )
    .option("--yes", "do not ask before the commit")
    .addHelpText("after", "\nExample:\n  netconf apply admin@192.0.2.1 change.xml --confirm-timeout 30")
    .action((first: string | undefined, second: string, options: ApplyCommandOptions) =>
      runCommand(options, async (terminal, signal) => {
        const [device, path] = targetAnd(options, first, second);
        const config = configOf(readXmlFile(path, "the configuration"));
        if (options.yes !== true && !canAsk()) {
          throw new UsageError("there is no terminal to ask on", { hint: "add --yes to commit without a question" });
        }
        await using source = await sessionSource(device, options, terminal);
        await using opened = await source.open(signal);
        const outcome = await applyChange(opened.session, {
          config,
          confirmTimeout: options.confirmTimeout,
          signal,
          tell: terminal.err,
          agree: async (diff) => {
            await terminal.out(`${diff}\n`);
            return options.yes === true || /^y(es)?$/i.test(await ask("Commit this? [y/N] ", { echo: true }));
          },
          ...(source.canReopen && { reopen: source.open }),
        });
        if (outcome === "unchanged") terminal.err("nothing to change: running has all of it already");
        if (outcome === "declined") terminal.err("nothing was changed");
      }),
    );
}
