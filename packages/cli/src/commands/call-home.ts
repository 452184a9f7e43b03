import { dialTcp } from "@netconf-kit/node-adapter";
import { Command, Option } from "commander";
import { callHome } from "netconf-kit";
import { describeDeviceEvent, describeServeEvent } from "../describe-event.ts";
import { type DeviceOptions, openDevice, withDevice } from "../device-options.ts";
import { type ExitCode, exitCodes, UsageError } from "../exit-codes.ts";
import { CALL_HOME_SSH_PORT } from "../open-session.ts";
import { runCommand } from "../run-command.ts";
import { notNegative, positive } from "../session-options.ts";
import { parseTarget } from "../target.ts";
import { untilAborted } from "../until-aborted.ts";

interface CallHomeCommandOptions extends DeviceOptions {
  readonly reconnect: boolean;
  readonly retryInterval: number;
  readonly retryMax: number;
  readonly periodic?: number;
  readonly startWith: "first-listed" | "last-connected" | "random-selection";
}

/** `netconf call-home`: the same device as `serve`, dialling out (RFC 8071). */
export function callHomeCommand(): Command {
  return withDevice(new Command("call-home"))
    .argument("<manager...>", "host[:port] of managers, in order of preference; port 4334 unless given")
    .description("be a device that calls its manager, until Ctrl-C")
    .option("--reconnect", "call again when the manager ends the connection", true)
    .option("--no-reconnect", "end when the manager ends the connection")
    .addOption(new Option("--retry-interval <seconds>", "between attempts").default(5).argParser(positive))
    .addOption(
      new Option("--retry-max <attempts>", "attempts at one manager before the next has its turn")
        .default(3)
        .argParser(positive),
    )
    .option("--persistent", "keep a connection up (this is the default)")
    .addOption(
      new Option("--periodic <minutes>", "call once in so many minutes instead")
        .argParser(notNegative)
        .conflicts("persistent"),
    )
    .addOption(
      new Option("--start-with <manager>", "which manager is called first")
        .choices(["first-listed", "last-connected", "random-selection"])
        .default("first-listed"),
    )
    .addHelpText(
      "after",
      "\nExample:\n  netconf call-home manager.example:4334 --authorized-keys manager.pub --state /var/lib/netconf",
    )
    .action((managers: readonly string[], options: CallHomeCommandOptions) =>
      runCommand(options, async (terminal, signal): Promise<ExitCode> => {
        const targets = managers.map((manager) => parseTarget(manager, CALL_HOME_SSH_PORT));
        const named = targets.find((target) => target.user !== undefined);
        if (named !== undefined)
          throw new UsageError(`"${named.user}@" has no meaning here: the manager chooses the user`);
        const device = await openDevice(options, terminal);
        const caller = callHome({
          endpoints: targets.map(({ host, port }, index) => ({
            name: managers[index] ?? host,
            dial: dialTcp({ host, port }),
          })),
          ...device,
          onServeEvent: (event) => terminal.err(describeServeEvent(event)),
          policy: {
            startWith: options.startWith,
            maxAttempts: options.retryMax,
            retryInterval: options.retryInterval * 1000,
            reconnect: options.reconnect,
            random: Math.random,
            ...(options.periodic !== undefined && { period: options.periodic * 60_000 }),
            onEvent: (event) => terminal.err(describeDeviceEvent(event)),
          },
        });
        await Promise.race([untilAborted(signal), caller.ended]);
        await caller.stop();
        await device.server.close();
        return exitCodes.done;
      }),
    );
}
