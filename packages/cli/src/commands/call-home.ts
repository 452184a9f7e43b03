import { join } from "node:path";
import { dialTcp, fileStorage } from "@netconf-kit/node-adapter";
import { Command } from "commander";
import { callManagers } from "netconf-kit";
import { type CallOptions, callHomeConfigOf, withCalls, withIdleTimeout } from "../call-options.ts";
import { describeServeEvent } from "../describe-event.ts";
import { type DeviceOptions, openDevice, withDevice } from "../device-options.ts";
import { followCalls } from "../follow-calls.ts";
import { LastConnected } from "../last-connected.ts";
import { runCommand } from "../run-command.ts";

interface CallHomeCommandOptions extends DeviceOptions, CallOptions {
  readonly tls?: boolean;
}

/** `netconf call-home`: the same device as `serve`, dialling out (RFC 8071). */
export function callHomeCommand(): Command {
  return withDevice(withIdleTimeout(withCalls(new Command("call-home"))))
    .description("be a device that calls its managers, until Ctrl-C")
    .addHelpText(
      "after",
      `
Example:
  netconf call-home manager.example:4334 --authorized-keys manager.pub --state /var/lib/netconf
  netconf call-home --side-by-side north.example,north2.example south.example --authorized-keys managers.pub
  netconf call-home manager.example --periodic 1440 --anchor-time 2026-01-01T02:00:00Z --authorized-keys manager.pub

The signal USR2 shows whom it is connected to, the last error of each endpoint, and when it calls next.`,
    )
    .action((managers: readonly string[], options: CallHomeCommandOptions) =>
      runCommand(options, async (terminal, signal): Promise<undefined> => {
        const config = callHomeConfigOf(managers, options);
        const { server, ...end } = await openDevice(options, terminal);
        const { state } = options;
        const last = await LastConnected.load(
          state === undefined ? undefined : fileStorage(join(state, "last-connected.json")),
        );
        try {
          await followCalls(
            (onEvent) =>
              callManagers(config, {
                server,
                ...("tls" in end ? end : { ssh: end }),
                dialTo: dialTcp,
                lastConnected: last.endpoints,
                onServeEvent: (event) => terminal.err(describeServeEvent(event)),
                onEvent,
              }),
            {
              several: config.managers.length > 1,
              onEvent: (event) => event.kind === "connected" && last.connected(event.manager, event.endpoint),
            },
            terminal,
            signal,
          );
        } finally {
          await last.saved;
          await server.close();
        }
        return undefined;
      }),
    );
}
