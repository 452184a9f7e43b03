import { Command, Option } from "commander";
import { editConfig, expectOk } from "netconf-kit";
import { configOf, datastoreOf, readXmlFile, targetAnd } from "../content-options.ts";
import { openSession } from "../open-session.ts";
import { runCommand } from "../run-command.ts";
import { type SessionOptions, withSession } from "../session-options.ts";

interface EditConfigOptions extends SessionOptions {
  readonly target: string;
  readonly defaultOperation?: "merge" | "replace" | "none";
  readonly testOption?: "test-then-set" | "set" | "test-only";
  readonly errorOption?: "stop-on-error" | "continue-on-error" | "rollback-on-error";
}

/** `netconf edit-config`: RFC 6241 §7.2. */
export function editConfigCommand(): Command {
  return withSession(new Command("edit-config"))
    .argument("[file]", "the configuration: <config> or what stands in it; - is standard input", "-")
    .description("change the configuration of a datastore")
    .option("--target <datastore>", "running or candidate", "running")
    .addOption(new Option("--default-operation <operation>").choices(["merge", "replace", "none"]))
    .addOption(new Option("--test-option <option>").choices(["test-then-set", "set", "test-only"]))
    .addOption(
      new Option("--error-option <option>").choices(["stop-on-error", "continue-on-error", "rollback-on-error"]),
    )
    .addHelpText(
      "after",
      "\nExample:\n  netconf edit-config admin@192.0.2.1 change.xml --target candidate\n\nWith --call-home the file is the only argument.",
    )
    .action((first: string | undefined, file: string, options: EditConfigOptions) =>
      runCommand(options, async (terminal, signal) => {
        const [device, path] = targetAnd(options, first, file);
        const config = configOf(readXmlFile(path, "the configuration"));
        await using opened = await openSession(device, options, terminal, signal);
        const { defaultOperation, testOption, errorOption } = options;
        const operation = editConfig(datastoreOf(options.target, ["running", "candidate"]), config, {
          ...(defaultOperation === undefined ? {} : { defaultOperation }),
          ...(testOption === undefined ? {} : { testOption }),
          ...(errorOption === undefined ? {} : { errorOption }),
        });
        expectOk(await opened.session.rpc(operation, { signal }));
        terminal.err("ok");
      }),
    );
}
