import { userInfo } from "node:os";
import { listenTcp } from "@netconf-kit/node-adapter";
import { Command } from "commander";
import { type CallHomeEvent, listenCallHome } from "netconf-kit";
import { collect } from "../collect.ts";
import { readCredentials } from "../credentials.ts";
import { describeCallHomeEvent } from "../describe-event.ts";
import { sshSettings } from "../host-settings.ts";
import { devicesThatMayCall } from "../known-devices.ts";
import { CALL_HOME_SSH_PORT } from "../ports.ts";
import { runCommand } from "../run-command.ts";
import { type SessionOptions, withCredentials } from "../session-options.ts";
import { parsePort } from "../target.ts";
import { untilAborted } from "../until-aborted.ts";

interface ListenOptions extends SessionOptions {
  readonly address?: readonly string[];
  readonly port: string;
}

/** `netconf listen`: a Call Home manager for many devices (RFC 8071). */
export function listenCommand(): Command {
  return withCredentials(new Command("listen"))
    .description("be a Call Home manager: accept every known device that calls and report what happens, until Ctrl-C")
    .option("--address <address>", "address to listen at (repeatable; default: every one)", collect)
    .option("--port <port>", "port to listen at, 0 for a free one", String(CALL_HOME_SSH_PORT))
    .addHelpText(
      "after",
      "\nExample:\n  netconf listen --host-key SHA256:… -u admin -i ~/.ssh/id_ed25519\n\nOne event a line on standard output; with --json one JSON object a line.",
    )
    .action((options: ListenOptions) =>
      runCommand(options, async (terminal, signal) => {
        const username = options.user ?? userInfo().username;
        const { credentials, close } = await readCredentials({ options, username, keys: new Map(), terminal });
        try {
          const devices = await devicesThatMayCall(options, credentials);
          const port = parsePort(options.port);
          const listeners = await Promise.all((options.address ?? ["::"]).map((host) => listenTcp({ host, port })));
          for (const listener of listeners)
            terminal.err(`listening at ${listener.local} for ${devices.length} known devices`);
          const manager = listenCallHome({
            listeners,
            devices,
            ssh: sshSettings(options),
            onEvent: (event) =>
              void terminal.out(`${options.json === true ? asJson(event) : describeCallHomeEvent(event)}\n`),
            // The report is all this command does; a session stays open until one end closes it.
            onSession: () => {},
          });
          await untilAborted(signal);
          await manager.close({ sessions: true });
        } finally {
          await close();
        }
      }),
    );
}

function asJson(event: CallHomeEvent): string {
  return JSON.stringify({ time: new Date().toISOString(), ...event }, (_key, value: unknown) =>
    value instanceof Error ? { message: value.message, ...("code" in value && { code: value.code }) } : value,
  );
}
