import { listenTcp } from "@netconf-kit/node-adapter";
import { Command } from "commander";
import { serve } from "netconf-kit";
import { describeServeEvent } from "../describe-event.ts";
import { type DeviceOptions, openDevice, withDevice } from "../device-options.ts";
import { NETCONF_SSH_PORT, NETCONF_TLS_PORT } from "../ports.ts";
import { runCommand } from "../run-command.ts";
import { parsePort } from "../target.ts";
import { untilAborted } from "../until-aborted.ts";

interface ServeCommandOptions extends DeviceOptions {
  readonly address: string;
  readonly port?: string;
}

/** `netconf serve`: a NETCONF server over SSH or TLS. */
export function serveCommand(): Command {
  return withDevice(new Command("serve"))
    .description("be a device: a NETCONF server over SSH or TLS, until Ctrl-C")
    .option("--address <address>", "address to listen at; :: is every one", "::")
    .option(
      "--port <port>",
      `port to listen at, 0 for a free one (default: ${NETCONF_SSH_PORT}, with --tls ${NETCONF_TLS_PORT})`,
    )
    .addHelpText(
      "after",
      "\nExample:\n  netconf serve --port 8300 --authorized-keys ~/.ssh/authorized_keys --data config.xml --state /var/lib/netconf\n  netconf serve --tls --cert device.pem --key device.key --ca managers.pem -u ops",
    )
    .action((options: ServeCommandOptions) =>
      runCommand(options, async (terminal, signal) => {
        const { address: host, tls } = options;
        const port =
          options.port === undefined ? (tls === true ? NETCONF_TLS_PORT : NETCONF_SSH_PORT) : parsePort(options.port);
        const device = await openDevice(options, terminal);
        const listener = await listenTcp({ host, port });
        terminal.err(`listening at ${listener.local}`);
        await using service = serve({
          listener,
          ...device,
          onEvent: (event) => terminal.err(describeServeEvent(event)),
        });
        await untilAborted(signal);
        await service.close();
        await device.server.close();
      }),
    );
}
