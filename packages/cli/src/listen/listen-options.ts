import { type Command, InvalidArgumentError, Option } from "commander";
import { collect } from "../collect.ts";
import { UsageError } from "../exit-codes.ts";
import { CALL_HOME_SSH_PORT, CALL_HOME_TLS_PORT } from "../ports.ts";
import { type SessionOptions, withCredentials } from "../session-options.ts";
import { parsePort } from "../target.ts";

/** What `netconf listen` takes. */
export interface ListenOptions extends SessionOptions {
  readonly address?: readonly string[];
  readonly port?: number;
  readonly tlsPort?: number;
  readonly config?: string;
  readonly state?: string;
  readonly status?: boolean;
  readonly approve?: string;
  readonly name?: string;
  readonly refuse?: string;
  readonly readmit?: string;
  readonly forget?: string;
  readonly clearFailedUsers?: string | true;
}

/** Adds the options of a manager that listens, and those that talk to one. */
export function withListen(command: Command): Command {
  return withCredentials(command)
    .option("--address <address>", "address to listen at (repeatable; default: every one)", collect)
    .addOption(
      new Option("--port <port>", `port for SSH, 0 for a free one (default: ${CALL_HOME_SSH_PORT})`).argParser(port),
    )
    .addOption(
      new Option(
        "--tls-port <port>",
        `port for TLS with --tls, 0 for a free one (default: ${CALL_HOME_TLS_PORT})`,
      ).argParser(port),
    )
    .option("--config <file>", "JSON: listeners, devices, users, limits; read anew when it changes and on SIGHUP")
    .option("--state <dir>", "folder that keeps what is learned over a restart; unknown devices are held there")
    .option("--status", "ask the listener that runs with --state: who is connected, who waits for approval")
    .option("--approve <fingerprint>", "let the pending device with this key in, from its next call on")
    .option("--name <name>", "with --approve: what the device is called")
    .option("--refuse <fingerprint>", "refuse the device with this key for a day")
    .option("--readmit <fingerprint>", "take a refusal back")
    .option("--forget <device>", "forget the keys that were learned about a device")
    .option("--clear-failed-users [device]", "let users that could not log in be tried again");
}

/** The options that a configuration file takes the place of. */
const IN_THE_FILE = new Map<keyof ListenOptions, string>([
  ["address", "--address"],
  ["port", "--port"],
  ["tlsPort", "--tls-port"],
  ["tls", "--tls"],
  ["cert", "--cert"],
  ["key", "--key"],
  ["ca", "--ca"],
  ["serverName", "--server-name"],
  ["pin", "--pin"],
  ["user", "--user"],
  ["identity", "--identity"],
  ["agent", "--agent"],
  ["passwordEnv", "--password-env"],
  ["passwordFile", "--password-file"],
  ["askPassword", "--ask-password"],
  ["knownHosts", "--known-hosts"],
  ["hostKey", "--host-key"],
  ["acceptNew", "--accept-new"],
]);

/** @throws UsageError for an option that the file says better */
export function checkAgainstConfig(options: ListenOptions): void {
  if (options.config === undefined) return;
  for (const [name, flag] of IN_THE_FILE)
    if (options[name] !== undefined)
      throw new UsageError(`${flag} and --config exclude each other`, { hint: `say it in "${options.config}"` });
}

function port(text: string): number {
  try {
    return parsePort(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
