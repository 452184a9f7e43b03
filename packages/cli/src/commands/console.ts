import { fileURLToPath } from "node:url";
import { createRelay, staticFiles } from "@netconf-kit/relay";
import { Command } from "commander";
import { UsageError } from "../exit-codes.ts";
import { runCommand } from "../run-command.ts";
import { untilAborted } from "../until-aborted.ts";
import { describeRelayEvent } from "./relay-events.ts";
import { isPlainBeyondLoopback, type RelayCommandOptions, relayOptionsOf, withRelay } from "./relay-options.ts";

interface ConsoleOptions extends RelayCommandOptions {
  readonly page?: string;
}

/** `netconf console`: the page of the console and the relay that it needs, at one address. */
export function consoleCommand(): Command {
  return withRelay(new Command("console"))
    .description("serve the NETCONF console for a browser, and its relay, until Ctrl-C")
    .option("--page <folder>", "serve this folder instead of the console")
    .addHelpText(
      "after",
      `
Example:
  netconf console --allow 192.0.2.1:830 --call-home 4334

Open the address that it prints. The token stands behind the #, which browsers keep to themselves.`,
    )
    .action((options: ConsoleOptions) =>
      runCommand(options, async (terminal, signal): Promise<undefined> => {
        const files = filesOf(options.page);
        const { isTokenRandom: _, ...relayOptions } = await relayOptionsOf(options);
        await using relay = await createRelay({
          ...relayOptions,
          files,
          onEvent: (event) => terminal.err(describeRelayEvent(event)),
        });
        const { callHome, token } = relayOptions;
        if (callHome !== undefined) terminal.err(`listening at ${callHome.local} for devices`);
        if (isPlainBeyondLoopback(relayOptions))
          terminal.err("a page needs https beyond this machine: use --cert and --key, or a proxy with TLS in front");
        await terminal.out(`${relay.url.replace(/^ws/, "http")}/#token=${encodeURIComponent(token)}\n`);
        await untilAborted(signal);
      }),
    );
}

function filesOf(page: string | undefined): ReturnType<typeof staticFiles> {
  try {
    // It is put beside this command when that is built.
    return staticFiles(page ?? fileURLToPath(new URL("./console/", import.meta.url)));
  } catch (cause) {
    throw new UsageError(page === undefined ? "the console is not here" : `cannot read the page in "${page}"`, {
      cause,
      hint: "name the folder of a page with --page",
    });
  }
}
