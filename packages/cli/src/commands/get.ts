import { Command } from "commander";
import { expectOk, get, getConfig, type WithDefaults } from "netconf-kit";
import { DATASTORES, type FilterOptions, filterOf, placeOf, withDefaultsMode, withFilter } from "../content-options.ts";
import { openSession } from "../open-session.ts";
import { type OutputOptions, withOutput, writeElements } from "../output.ts";
import { runCommand } from "../run-command.ts";
import { type SessionOptions, withSession } from "../session-options.ts";

interface GetOptions extends SessionOptions, FilterOptions, OutputOptions {
  readonly source: string;
  readonly withDefaults?: WithDefaults;
}

/** `netconf get`: configuration and state, RFC 6241 §7.7. */
export function getCommand(): Command {
  return withOutput(withDefaultsMode(withFilter(withSession(new Command("get")))))
    .description("read configuration and state")
    .addHelpText(
      "after",
      "\nExample:\n  netconf get admin@192.0.2.1 --filter-subtree '<system xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system\"/>'",
    )
    .action((target: string | undefined, options: GetOptions) => read(target, options, "get"));
}

/** `netconf get-config`: configuration of one datastore, RFC 6241 §7.1. */
export function getConfigCommand(): Command {
  return withOutput(withDefaultsMode(withFilter(withSession(new Command("get-config")))))
    .description("read the configuration of a datastore")
    .option("--source <datastore>", "running, candidate, startup, or a URL", "running")
    .addHelpText("after", "\nExample:\n  netconf get-config admin@192.0.2.1 --source candidate --format tree")
    .action((target: string | undefined, options: GetOptions) => read(target, options, "get-config"));
}

function read(target: string | undefined, options: GetOptions, what: "get" | "get-config"): Promise<void> {
  return runCommand(options, async (terminal, signal) => {
    const filter = filterOf(options);
    const { withDefaults } = options;
    const choice = { ...(filter !== undefined && { filter }), ...(withDefaults !== undefined && { withDefaults }) };
    const operation = what === "get" ? get(choice) : getConfig(placeOf(options.source, DATASTORES), choice);
    await using opened = await openSession(target, options, terminal, signal);
    const data = expectOk(await opened.session.rpc(operation, { signal }));
    await writeElements([data], options, terminal);
  });
}
