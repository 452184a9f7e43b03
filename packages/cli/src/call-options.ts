import { isIP } from "node:net";
import { type Command, InvalidArgumentError, Option } from "commander";
import type {
  CallHomeConfig,
  CallHomeEndpointConfig,
  CallHomeManagerConfig,
  ReconnectStrategyConfig,
} from "netconf-kit";
import { UsageError } from "./exit-codes.ts";
import { CALL_HOME_SSH_PORT, CALL_HOME_TLS_PORT } from "./ports.ts";
import { notNegative, positive } from "./session-options.ts";
import { parseTarget } from "./target.ts";

/** Whom to call and when: what `call-home` and `call-home-proxy` have in common. */
export interface CallOptions {
  readonly tls?: boolean;
  readonly sideBySide?: boolean;
  readonly now?: boolean;
  readonly reconnect: boolean;
  readonly retryInterval: number;
  readonly retryMax: number;
  readonly maxRounds?: number;
  readonly maxWait: number;
  readonly periodic?: number;
  readonly anchorTime?: number;
  readonly idleTimeout?: number;
  readonly startWith: NonNullable<ReconnectStrategyConfig["startWith"]>;
  readonly localAddress?: string;
  readonly keepalive?: number;
}

/** Adds the managers and the options of calling them. */
export function withCalls(command: Command): Command {
  return command
    .argument(
      "<manager...>",
      `host[:port] of a manager's endpoints, in order of preference; port ${CALL_HOME_SSH_PORT}, with --tls ${CALL_HOME_TLS_PORT}, unless given`,
    )
    .option("--side-by-side", "each argument is a manager of its own, called beside the others; endpoints with commas")
    .option("--now", "call once, each endpoint until one answers, and end with the connection")
    .option("--reconnect", "call again when the manager ends the connection", true)
    .option("--no-reconnect", "end when the manager ends the connection")
    .addOption(
      new Option("--retry-interval <seconds>", "between attempts, doubling up to 300").default(5).argParser(positive),
    )
    .addOption(
      new Option("--retry-max <attempts>", "attempts at one endpoint before the next has its turn")
        .default(3)
        .argParser(attempts),
    )
    .addOption(
      new Option("--max-rounds <rounds>", "times through all endpoints before giving up (default: no end)").argParser(
        attempts,
      ),
    )
    .addOption(new Option("--max-wait <seconds>", "for one attempt").default(60).argParser(positive))
    .option("--persistent", "keep a connection up (this is the default)")
    .addOption(
      new Option("--periodic <minutes>", "call once in so many minutes instead")
        .argParser(positive)
        .conflicts("persistent"),
    )
    .addOption(
      new Option("--anchor-time <time>", "with --periodic: calls are whole periods away from it, 2026-01-01T02:00:00Z")
        .argParser(moment)
        .conflicts("persistent"),
    )
    .addOption(
      new Option("--start-with <endpoint>", "which endpoint is called first")
        .choices(["first-listed", "last-connected", "random-selection"])
        .default("first-listed"),
    )
    .option("--local-address <address[:port]>", "our own end of the connection (default: the system chooses)")
    .addOption(
      new Option("--keepalive <seconds>", "silence after which the manager is probed (default: 60)").argParser(
        positive,
      ),
    );
}

/** Adds what only a device that sees the sessions can do. */
export function withIdleTimeout(command: Command): Command {
  return command.addOption(
    new Option("--idle-timeout <seconds>", "with --periodic: end a silent session, 0 for never (default: 180)")
      .argParser(notNegative)
      .conflicts("persistent"),
  );
}

/**
 * The configuration that arguments and options say.
 *
 * @throws UsageError
 */
export function callHomeConfigOf(managers: readonly string[], options: CallOptions): CallHomeConfig {
  for (const name of ["anchorTime", "idleTimeout"] as const)
    if (options[name] !== undefined && options.periodic === undefined)
      throw new UsageError("--anchor-time and --idle-timeout have a meaning with --periodic only");
  if (options.sideBySide !== true)
    return {
      managers: [
        managerOf(
          "manager",
          managers.flatMap((manager) => manager.split(",")),
          options,
        ),
      ],
    };
  const repeated = managers.find((manager, index) => managers.indexOf(manager) !== index);
  if (repeated !== undefined) throw new UsageError(`"${repeated}" is there twice: a manager is called once`);
  return { managers: managers.map((manager) => managerOf(manager, manager.split(","), options)) };
}

function managerOf(name: string, addresses: readonly string[], options: CallOptions): CallHomeManagerConfig {
  const { retryInterval, retryMax, maxRounds, maxWait, startWith, reconnect, now } = options;
  const { periodic, anchorTime, idleTimeout } = options;
  return {
    name,
    endpoints: [...new Set(addresses)].map((address) => endpointOf(address, options)),
    ...(periodic !== undefined && {
      connection: {
        type: "periodic",
        period: periodic * 60_000,
        ...(anchorTime !== undefined && { anchorTime }),
        ...(idleTimeout !== undefined && { idleTimeout: idleTimeout * 1000 }),
      },
    }),
    reconnectStrategy: {
      startWith,
      maxWait: maxWait * 1000,
      retryInterval: retryInterval * 1000,
      reconnect: reconnect && now !== true,
      ...(now === true
        ? { maxAttempts: 1, maxRounds: 1 }
        : { maxAttempts: retryMax, ...(maxRounds !== undefined && { maxRounds }) }),
    },
  };
}

function endpointOf(
  address: string,
  { tls = false, localAddress, keepalive = 60 }: CallOptions,
): CallHomeEndpointConfig {
  const { user, host, port } = parseTarget(address, tls ? CALL_HOME_TLS_PORT : CALL_HOME_SSH_PORT);
  if (user !== undefined) throw new UsageError(`"${user}@" has no meaning here: the manager chooses the user`);
  const own = localAddress === undefined ? undefined : parseTarget(localAddress, undefined);
  if (own !== undefined && isIP(own.host) === 0)
    throw new UsageError(`"${localAddress}" is not an address of this machine`, {
      hint: "write ADDRESS or ADDRESS:PORT",
    });
  return {
    name: address,
    transport: tls ? "tls" : "ssh",
    host,
    port,
    ...(own !== undefined && { localAddress: own.host }),
    ...(own?.port !== undefined && { localPort: own.port }),
    keepalives: { tcpIdleTime: keepalive * 1000, ssh: { maxWait: keepalive * 1000 } },
  };
}

function attempts(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("It has to be a whole number of 1 or more.");
  return value;
}

function moment(text: string): number {
  const value = Date.parse(text);
  if (Number.isNaN(value)) throw new InvalidArgumentError("It has to be a date and time such as 2026-01-01T02:00:00Z.");
  return value;
}
