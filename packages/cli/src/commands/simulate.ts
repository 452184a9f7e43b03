import { writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import { Command, InvalidArgumentError, Option } from "commander";
import { type FleetPlace, formatPublicKey, simulateDevices, simulatedHostKey } from "netconf-kit";
import { readConfigFile } from "../content-options.ts";
import { cryptoProvider } from "../crypto.ts";
import { type DeviceOptions, listsOf, whoMayLogIn } from "../device-options.ts";
import { type ExitCode, exitCodes, UsageError } from "../exit-codes.ts";
import { FleetProgress } from "../fleet-progress.ts";
import { CALL_HOME_SSH_PORT } from "../open-session.ts";
import { runCommand } from "../run-command.ts";
import { notNegative, positive, withReporting } from "../session-options.ts";
import { parsePort, parseTarget } from "../target.ts";
import { untilAborted } from "../until-aborted.ts";
import { wellKnownLists } from "../well-known-lists.ts";

interface SimulateOptions
  extends Pick<DeviceOptions, "authorizedKeys" | "user" | "passwordEnv" | "data" | "lists" | "quiet" | "json"> {
  readonly devices: number;
  readonly callHome?: string;
  readonly listen?: string;
  readonly address: string;
  readonly seed: string;
  readonly stagger: number;
  readonly retryInterval: number;
  readonly writeKnownHosts?: string;
  readonly for?: number;
}

/** `netconf simulate`: a fleet of devices in one process, for trying and measuring a manager. */
export function simulateCommand(): Command {
  return withReporting(new Command("simulate"))
    .description("be many devices that call home or listen, until Ctrl-C; then print what they met")
    .addOption(new Option("--devices <number>", "how many").default(10).argParser(count))
    .addOption(new Option("--call-home <host[:port]>", "the manager that they call; port 4334 unless given"))
    .addOption(
      new Option(
        "--listen <port>",
        "listen instead: the first device at this port, each other at the next; 0 for free ones",
      ).conflicts("callHome"),
    )
    .option("--address <address>", "address to listen at", "127.0.0.1")
    .option("--seed <text>", "what the host keys follow from: the same seed, the same keys", "netconf")
    .option("--write-known-hosts <file>", "write the keys of the fleet, for `netconf listen --known-hosts`")
    .addOption(new Option("--stagger <milliseconds>", "from one start to the next").default(5).argParser(notNegative))
    .addOption(new Option("--retry-interval <seconds>", "between calls").default(5).argParser(positive))
    .addOption(
      new Option("--for <seconds>", "end after so long; exit code 3 if not all are ready then").argParser(positive),
    )
    .option("--authorized-keys <file>", "public keys that may log in, as sshd has them")
    .option("-u, --user <name>", "the only user name that may log in; without it any name may")
    .option("--password-env <name>", "environment variable that holds a password that may log in; needs --user")
    .option("--data <file>", "configuration of every device: XML, <config> or what stands in it")
    .option("--lists <file>", "JSON: the lists in the data and their keys, beside the well-known ones")
    .addHelpText(
      "after",
      `
Example:
  netconf simulate --devices 200 --call-home localhost --authorized-keys ~/.ssh/id_ed25519.pub --write-known-hosts fleet
  netconf listen --known-hosts fleet -u admin

The host keys are as secret as the seed: for laboratories only.`,
    )
    .action((options: SimulateOptions) =>
      runCommand(options, async (terminal, signal): Promise<ExitCode> => {
        const place = placeOf(options);
        const authenticate = await whoMayLogIn(options, terminal);
        const initial = options.data === undefined ? undefined : readConfigFile(options.data);
        const schema = [...wellKnownLists, ...listsOf(options.lists)];
        if (options.writeKnownHosts !== undefined) writeKnownHosts(options.writeKnownHosts, options);
        const fleet = simulateDevices({
          count: options.devices,
          seed: options.seed,
          place,
          serving: { authenticate, provider: cryptoProvider },
          configure: () => ({ schema, ...(initial !== undefined && { initial }) }),
          stagger: options.stagger,
          policy: { retryInterval: options.retryInterval * 1000, random: Math.random },
        });
        const progress = new FleetProgress(fleet, terminal);
        try {
          const end = options.for === undefined ? untilAborted(signal) : pause(options.for, signal);
          await Promise.race([fleet.started.then(() => end), end]);
        } finally {
          progress.stop();
          await terminal.out(progress.summary(options.json === true));
          await fleet.stop();
        }
        return options.for === undefined || signal.aborted || progress.complete
          ? exitCodes.done
          : exitCodes.unreachable;
      }),
    );
}

/** Until so many seconds are over or the signal fires, whichever comes first. */
function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return setTimeout(seconds * 1000, undefined, { signal, ref: false }).catch(() => {});
}

function placeOf({ callHome, listen, address, devices }: SimulateOptions): FleetPlace {
  if (callHome !== undefined) {
    const { user, host, port } = parseTarget(callHome, CALL_HOME_SSH_PORT);
    if (user !== undefined) throw new UsageError(`"${user}@" has no meaning here: the manager chooses the user`);
    const endpoints = [{ name: callHome, dial: dialTcp({ host, port }) }];
    return { kind: "call-home", endpoints: () => endpoints };
  }
  if (listen === undefined) {
    throw new UsageError("nothing says where the devices are met", {
      hint: "add --call-home HOST[:PORT] or --listen PORT",
    });
  }
  const first = parsePort(listen);
  if (first !== 0) parsePort(String(first + devices - 1));
  return {
    kind: "listen",
    listen: (index) => listenTcp({ host: address, port: first === 0 ? 0 : first + index }),
  };
}

/** All keys, before the first device has started: the manager may be there first. */
function writeKnownHosts(path: string, { devices, seed }: SimulateOptions): void {
  const lines = Array.from({ length: devices }, (_, index) => {
    const key = simulatedHostKey(seed, index, cryptoProvider);
    return `${key.comment} ${formatPublicKey({ type: key.type, publicBlob: key.publicBlob, comment: "" })}\n`;
  });
  try {
    writeFileSync(path, lines.join(""));
  } catch (cause) {
    throw new UsageError(`cannot write the known hosts to "${path}"`, { cause });
  }
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > MAX_DEVICES)
    throw new InvalidArgumentError(`It has to be a number from 1 to ${MAX_DEVICES}.`);
  return value;
}

const MAX_DEVICES = 100_000;
