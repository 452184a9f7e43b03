import { createRelay, type RelayEvent } from "@netconf-kit/relay";
import { Command } from "commander";
import { runCommand } from "../run-command.ts";
import { untilAborted } from "../until-aborted.ts";
import { describeRelayEvent, relayEventAsJson } from "./relay-events.ts";
import { isPlainBeyondLoopback, type RelayCommandOptions, relayOptionsOf, withRelay } from "./relay-options.ts";

/** `netconf relay`: joins the WebSockets of browsers to devices, which it dials or which call. */
export function relayCommand(): Command {
  return withRelay(new Command("relay"))
    .description("join browsers to devices, in both directions, until Ctrl-C; SSH ends in the browser")
    .addHelpText(
      "after",
      `
Example:
  netconf relay --allow 192.0.2.1:830 --allow 192.0.2.0/24:830 --origin https://console.example
  netconf relay --call-home 4334 --token-file /etc/netconf/relay-token

A page connects to ws://ADDRESS/dial?target=HOST:PORT or ws://ADDRESS/wait, with the sub-protocols "binary" and
"netconf-relay-token.TOKEN". One event a line on standard output; with --json one JSON object a line. A token that is not from a
file is shown once, on standard error.`,
    )
    .action((options: RelayCommandOptions) =>
      runCommand(options, async (terminal, signal): Promise<undefined> => {
        const { isTokenRandom, ...relayOptions } = await relayOptionsOf(options);
        const onEvent = (event: RelayEvent): void =>
          void terminal.out(`${options.json === true ? relayEventAsJson(event) : describeRelayEvent(event)}\n`);
        await using relay = await createRelay({ ...relayOptions, onEvent });
        terminal.err(`listening at ${relay.url}`);
        const { callHome, token } = relayOptions;
        if (callHome !== undefined) terminal.err(`listening at ${callHome.local} for devices`);
        if (isPlainBeyondLoopback(relayOptions))
          terminal.err("others on the way can read the token: use --cert and --key, or a proxy with TLS in front");
        // Without it nobody could connect, so --quiet does not hide it.
        if (isTokenRandom) process.stderr.write(`token ${token}\n`);
        await untilAborted(signal);
      }),
    );
}
