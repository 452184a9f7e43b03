import { type Command, InvalidArgumentError, Option } from "commander";
import { collect } from "./collect.ts";
import { type TlsSessionOptions, withTls } from "./tls-options.ts";

/** What every command that talks to a device takes, beside its target. Names as commander makes them of the long options. */
export interface SessionOptions extends TlsSessionOptions {
  readonly callHome?: string;
  readonly user?: string;
  readonly identity?: readonly string[];
  readonly passwordEnv?: string;
  readonly passwordFile?: string;
  readonly askPassword?: boolean;
  readonly agent?: boolean;
  readonly knownHosts?: string;
  readonly hostKey?: readonly string[];
  readonly acceptNew?: boolean;
  /** Seconds, for the connection to stand and for each reply. */
  readonly timeout?: number;
  /** Seconds between SSH keepalives; 0 for none. */
  readonly keepalive?: number;
  /** `false` after --no-ssh-config. */
  readonly sshConfig?: string | false;
  readonly jump?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly trace?: string;
}

/** Adds target and session options to a command. */
export function withSession(command: Command): Command {
  return withCredentials(
    command
      .argument("[target]", "[user@]host[:port]; port 830 unless given, 6513 with --tls")
      .option("--jump <[user@]host[:port]>", "go through this SSH server; several with commas, the nearest first")
      .option("-F, --ssh-config <file>", "OpenSSH client configuration (default: ~/.ssh/config, /etc/ssh/ssh_config)")
      .option("--no-ssh-config", "read no OpenSSH client configuration")
      .option(
        "--call-home <[addr:]port>",
        "wait for a device to call (an address alone: 4334, or 4335 with --tls), use that session",
      )
      .option("--trace <file>", "write every NETCONF message to a file, secrets left out"),
  );
}

/** Adds the options that say who we are and who they are. */
export function withCredentials(command: Command): Command {
  return withReporting(
    withTls(command)
      .option("-u, --user <name>", "user name on the device")
      .option("-i, --identity <file>", "private key to log in with (repeatable)", collect)
      .option("--agent", "log in with the keys of the SSH agent")
      .option("--password-env <name>", "environment variable that holds the password")
      .option("--password-file <file>", "file that holds the password")
      .option("--ask-password", "ask for the password on the terminal")
      .option("--known-hosts <file>", "keys of known devices (default: ~/.ssh/known_hosts)")
      .option("--host-key <SHA256:…>", "fingerprint of the device's host key (repeatable)", collect)
      .option("--accept-new", "accept and remember the key of a device not known yet")
      .addOption(
        new Option("--timeout <seconds>", "for connecting, and for each reply (default: 30)").argParser(positive),
      )
      .addOption(
        new Option("--keepalive <seconds>", "SSH keepalive interval, 0 for none (default: 30)").argParser(notNegative),
      ),
  );
}

/** Adds the options about what is reported besides results. */
export function withReporting(command: Command): Command {
  return command
    .option("--quiet", "print results only")
    .option("--json", "print errors as one JSON object on standard error");
}

/** A number greater than 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("It has to be a number greater than 0.");
  return value;
}

/** A number of 0 or more. */
export function notNegative(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || !Number.isFinite(value)) throw new InvalidArgumentError("It has to be a number of 0 or more.");
  return value;
}
