import { NetconfError } from "@netconf-kit/core";

/**
 * Whom a device calls, and when, as plain values: what a file, a command line or ietf-netconf-server say. Times are
 * milliseconds. The names are those of `/netconf-server/call-home` in draft-ietf-netconf-netconf-client-server.
 */
export interface CallHomeConfig {
  /** Called side by side: each has a connection of its own. */
  readonly managers: readonly CallHomeManagerConfig[];
}

/** One manager: of its endpoints one is connected at a time. */
export interface CallHomeManagerConfig {
  /** Unique among the managers. */
  readonly name: string;
  /** In order of preference. At least one, names unique. */
  readonly endpoints: readonly CallHomeEndpointConfig[];
  /** Default: persistent. */
  readonly connection?: CallHomeConnectionType;
  readonly reconnectStrategy?: ReconnectStrategyConfig;
}

/** One address of a manager. */
export interface CallHomeEndpointConfig {
  readonly name: string;
  /** Default `ssh`. */
  readonly transport?: "ssh" | "tls";
  /** Name or address. A name is resolved anew for each attempt. */
  readonly host: string;
  /** Default 4334 for SSH, 4335 for TLS (RFC 8071 §6). */
  readonly port?: number;
  /** Our own address and port. Default: the system chooses. */
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly keepalives?: KeepalivesConfig;
}

/** How a dead connection is noticed. */
export interface KeepalivesConfig {
  /** Silence on TCP after which the system probes the peer. Default: no probes. */
  readonly tcpIdleTime?: number;
  /** Silence after which the peer is asked for a sign of life by SSH, and how often that is repeated without an answer. */
  readonly ssh?: { readonly maxWait: number; readonly maxAttempts?: number };
}

/** Whether a connection is kept, or made from time to time. */
export type CallHomeConnectionType =
  | { readonly type: "persistent" }
  | {
      readonly type: "periodic";
      /** From one call to the next. Default 3 600 000. */
      readonly period?: number;
      /** Milliseconds since 1970: calls are whole periods away from it. Default: when the calls to this manager began. */
      readonly anchorTime?: number;
      /** Silence after which we end the session; 0 for never. Default 180 000. */
      readonly idleTimeout?: number;
    };

/** Which endpoint is next, and after how long. */
export interface ReconnectStrategyConfig {
  /** Default `first-listed`. */
  readonly startWith?: "first-listed" | "last-connected" | "random-selection";
  /** Time for one attempt, from the dial to the login. Default 60 000. */
  readonly maxWait?: number;
  /** Attempts at one endpoint before the next has its turn. Default 3. */
  readonly maxAttempts?: number;
  /** Times through all endpoints before giving up, or waiting for the next period. Default: no end. */
  readonly maxRounds?: number;
  /** Between two attempts. It grows by `backoff` after each failure in a row, up to `maxRetryInterval`. Default 5000, 2 and 300 000. */
  readonly retryInterval?: number;
  readonly backoff?: number;
  readonly maxRetryInterval?: number;
  /** Part of the interval that is left to chance, 0 to 1. Default 0.2. */
  readonly jitter?: number;
  /** Calls again after a connection has ended. Default true. */
  readonly reconnect?: boolean;
}

/** RFC 8071 §6. */
const DEFAULT_PORTS = { ssh: 4334, tls: 4335 } as const;

/**
 * The port of an endpoint, or the one its transport has.
 *
 * @example
 * callHomePort({ transport: "tls" }); // 4335
 */
export function callHomePort({ port, transport = "ssh" }: Pick<CallHomeEndpointConfig, "port" | "transport">): number {
  return port ?? DEFAULT_PORTS[transport];
}

/**
 * Checks what the types cannot say.
 *
 * @throws NetconfError `invalid-argument`, naming the manager and the value
 * @example
 * checkCallHomeConfig({ managers: [{ name: "noc", endpoints: [{ name: "a", host: "noc.example" }] }] });
 */
export function checkCallHomeConfig(config: CallHomeConfig): void {
  unique(config.managers, "manager");
  for (const manager of config.managers) {
    const where = `manager "${manager.name}"`;
    if (manager.endpoints.length === 0) throw wrong(`${where} has no endpoint`);
    unique(manager.endpoints, `endpoint of ${where}`);
    for (const endpoint of manager.endpoints) checkEndpoint(endpoint, where);
    checkTimes(manager, where);
  }
}

function checkEndpoint(endpoint: CallHomeEndpointConfig, where: string): void {
  const { host, localPort, keepalives } = endpoint;
  const what = `endpoint "${endpoint.name}" of ${where}`;
  if (host === "") throw wrong(`${what} has no host`);
  for (const port of [callHomePort(endpoint), localPort ?? 1])
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw wrong(`${what}: ${port} is no port`);
  positive(keepalives?.tcpIdleTime, `${what}: tcpIdleTime`);
  positive(keepalives?.ssh?.maxWait, `${what}: maxWait of its keepalives`);
  count(keepalives?.ssh?.maxAttempts, `${what}: maxAttempts of its keepalives`);
}

function checkTimes({ connection, reconnectStrategy: strategy }: CallHomeManagerConfig, where: string): void {
  if (connection?.type === "periodic") {
    positive(connection.period, `${where}: period`);
    if (!Number.isFinite(connection.anchorTime ?? 0)) throw wrong(`${where}: anchorTime is no time`);
    if (!((connection.idleTimeout ?? 0) >= 0)) throw wrong(`${where}: idleTimeout is negative`);
  }
  positive(strategy?.maxWait, `${where}: maxWait`);
  positive(strategy?.retryInterval, `${where}: retryInterval`);
  positive(strategy?.maxRetryInterval, `${where}: maxRetryInterval`);
  if (!((strategy?.backoff ?? 1) >= 1)) throw wrong(`${where}: backoff is less than 1`);
  if (!((strategy?.jitter ?? 0) >= 0 && (strategy?.jitter ?? 0) <= 1))
    throw wrong(`${where}: jitter has to be from 0 to 1`);
  count(strategy?.maxAttempts, `${where}: maxAttempts`);
  if (strategy?.maxRounds !== Number.POSITIVE_INFINITY) count(strategy?.maxRounds, `${where}: maxRounds`);
}

function unique(entries: readonly { readonly name: string }[], what: string): void {
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(name)) throw wrong(`duplicate entry: ${what} "${name}"`);
    names.add(name);
  }
}

function positive(value: number | undefined, what: string): void {
  if (value !== undefined && !(value > 0)) throw wrong(`${what} has to be more than 0, and is ${value}`);
}

function count(value: number | undefined, what: string): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= 1))
    throw wrong(`${what} has to be a whole number of 1 or more, and is ${value}`);
}

function wrong(text: string): NetconfError {
  return new NetconfError("invalid-argument", `cannot call home: ${text}`);
}
