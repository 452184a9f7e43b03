import { NetconfError, quoted } from "@netconf-kit/core";
import { type CallHomeEndpointConfig, type CallHomeManagerConfig, callHomePort } from "./device-config.ts";

/** A manager to call, as in the lists of a command line (`callhome-server`, `callhome-tls-server`) or of a configuration. */
export interface CallHomeServer {
  /** Unique over both protocols. */
  readonly name: string;
  /** Name or address. */
  readonly address: string;
  /** Default by the protocol (RFC 8071 §6): 4334 for SSH, 4335 for TLS. */
  readonly port?: number;
  readonly protocol: CallHomeProtocol;
  /** Whom the connection is for, where the SSH server asks; SSH itself has the manager name the user. */
  readonly user?: string;
}

/** What a listener expects. */
export type CallHomeProtocol = "netconf-ssh" | "netconf-tls";

/** What the device does after a change of the list. */
export type CallHomeServerChange =
  /** Call it, side by side with the others. */
  | { readonly kind: "start"; readonly manager: CallHomeManagerConfig }
  /** Call it no more. A session that is open goes on: with it the manager may be deleting the entry. */
  | { readonly kind: "forget"; readonly name: string };

/**
 * The managers that a device calls side by side, one connection each; entries come and go at run time. It holds the list and
 * says what follows from a change; doing it is the device's part.
 *
 * @example
 * const list = new CallHomeServerList();
 * const { manager } = list.create({ name: "noc", address: "noc.example", protocol: "netconf-ssh" });
 * manager.endpoints[0]?.port; // 4334
 */
export class CallHomeServerList {
  readonly #servers = new Map<string, CallHomeServer>();

  /** @throws NetconfError as `create` does */
  constructor(servers: Iterable<CallHomeServer> = []) {
    for (const server of servers) this.create(server);
  }

  /** In the order of their creation. */
  get servers(): readonly CallHomeServer[] {
    return [...this.#servers.values()];
  }

  /** All of them, for a device that starts. */
  get managers(): readonly CallHomeManagerConfig[] {
    return this.servers.map(managerOf);
  }

  /** @throws NetconfError `invalid-argument`: a duplicate entry, an empty name or address, a wrong port */
  create(server: CallHomeServer): CallHomeServerChange & { readonly kind: "start" } {
    check(server);
    if (this.#servers.has(server.name)) throw refusal(`duplicate entry ${quoted(server.name)}`);
    this.#servers.set(server.name, server);
    return { kind: "start", manager: managerOf(server) };
  }

  /** Undefined when there is no such entry. */
  delete(name: string): (CallHomeServerChange & { readonly kind: "forget" }) | undefined {
    return this.#servers.delete(name) ? { kind: "forget", name } : undefined;
  }

  /**
   * Makes the list this one, in the least steps: what stays as it is goes on undisturbed, what has changed is forgotten and
   * started. All or nothing.
   *
   * @throws NetconfError as `create` does; then nothing has changed
   */
  replace(servers: Iterable<CallHomeServer>): readonly CallHomeServerChange[] {
    const next = new CallHomeServerList(servers);
    const stays = ({ name }: CallHomeServer): boolean => isSame(this.#servers.get(name), next.#servers.get(name));
    const gone = this.servers.filter((server) => !stays(server));
    const come = next.servers.filter((server) => !stays(server));
    this.#servers.clear();
    for (const server of next.servers) this.#servers.set(server.name, server);
    return [
      ...gone.map(({ name }) => ({ kind: "forget" as const, name })),
      ...come.map((server) => ({ kind: "start" as const, manager: managerOf(server) })),
    ];
  }
}

/**
 * Reads `[user@]host[:port]`, with brackets around an IPv6 address before a port. The name is the text itself.
 *
 * @throws NetconfError `invalid-argument`
 * @example
 * parseCallHomeServer("admin@[2001:db8::1]:4400", "netconf-ssh").address; // 2001:db8::1
 */
export function parseCallHomeServer(text: string, protocol: CallHomeProtocol): CallHomeServer {
  const [, user, bracketed, plain, port, bare] = SERVER.exec(text) ?? [];
  const address = bracketed ?? plain ?? bare;
  if (address === undefined) throw refusal(`${quoted(text)} is not of the form [user@]host[:port]`);
  const server: CallHomeServer = {
    name: text,
    address,
    protocol,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port: Number(port) }),
  };
  check(server);
  return server;
}

/** A host is in brackets, or without a colon, or an IPv6 address alone. */
const SERVER =
  /^(?:([^@\s]+)@)?(?:(?:\[([\da-fA-F:.%\w]+)\]|([^\s:@[\]]+))(?::(\d{1,5}))?|([\da-fA-F:.]+:[\da-fA-F:.]*))$/;

const MAX_PORT = 0xffff;

function check({ name, address, port, protocol }: CallHomeServer): void {
  if (name === "") throw refusal("a server has no name");
  if (address === "") throw refusal(`server ${quoted(name)} has no address`);
  if (protocol !== "netconf-ssh" && protocol !== "netconf-tls") {
    throw refusal(`server ${quoted(name)} has another protocol than netconf-ssh and netconf-tls`);
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= MAX_PORT)) {
    throw refusal(`server ${quoted(name)}: ${port} is no port`);
  }
}

function managerOf(server: CallHomeServer): CallHomeManagerConfig {
  const endpoint = endpointOf(server);
  const port = callHomePort(endpoint);
  return { name: server.name, endpoints: [{ ...endpoint, port }], connection: { type: "persistent" } };
}

function endpointOf({ name, address, port, protocol }: CallHomeServer): CallHomeEndpointConfig {
  const transport = protocol === "netconf-ssh" ? "ssh" : "tls";
  return { name, transport, host: address, ...(port !== undefined && { port }) };
}

function isSame(left: CallHomeServer | undefined, right: CallHomeServer | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  const { name, address, protocol, user } = left;
  const sameWay =
    address === right.address &&
    protocol === right.protocol &&
    callHomePort(endpointOf(left)) === callHomePort(endpointOf(right));
  return name === right.name && sameWay && user === right.user;
}

function refusal(what: string): NetconfError {
  return new NetconfError("invalid-argument", `cannot use the list of servers to call: ${what}`);
}
