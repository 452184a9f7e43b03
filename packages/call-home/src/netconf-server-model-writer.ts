import { element, type XmlElement, type XmlNode } from "@netconf-kit/xml";
import { formatDateAndTime } from "./date-and-time.ts";
import {
  type CallHomeConfig,
  type CallHomeConnectionType,
  type CallHomeEndpointConfig,
  type CallHomeManagerConfig,
  callHomePort,
  checkCallHomeConfig,
  type ReconnectStrategyConfig,
} from "./device-config.ts";
import type { ModelNote } from "./model-node.ts";
import { NETCONF_SERVER_NAMESPACE } from "./netconf-server-model.ts";

/** What is written beside the calls themselves. */
export interface WriteNetconfServerOptions {
  /**
   * What stands in `ssh-server-parameters` or `tls-server-parameters` beside the keepalives: server-identity and
   * client-authentication, which the model wants to be there. Default: nothing.
   */
  readonly serverParameters?: (
    endpoint: CallHomeEndpointConfig,
    manager: CallHomeManagerConfig,
  ) => readonly XmlElement[];
}

/** A document, and what of the configuration the model cannot say. */
export interface WrittenNetconfServer {
  readonly root: XmlElement;
  readonly notes: readonly ModelNote[];
}

/**
 * Writes whom a device calls as `/netconf-server/call-home` of ietf-netconf-server
 * (draft-ietf-netconf-netconf-client-server-41). Every value is written out, also where it is a default. What the model has no
 * place for is noted; times are rounded up to its units, and noted too.
 *
 * @throws NetconfError `invalid-argument` for a configuration that is none
 * @example
 * const { root } = writeNetconfServer({ managers: [{ name: "noc", endpoints: [{ name: "a", host: "noc.example" }] }] });
 * serializeXml(root, { indent: 2 });
 */
export function writeNetconfServer(
  config: CallHomeConfig,
  options: WriteNetconfServerOptions = {},
): WrittenNetconfServer {
  checkCallHomeConfig(config);
  const notes: ModelNote[] = [];
  const clients = config.managers.map((manager) => new ManagerWriter(manager, notes).write(options));
  // The model wants one netconf-client at least in call-home.
  return { root: node("netconf-server", clients.length === 0 ? [] : [node("call-home", clients)]), notes };
}

class ManagerWriter {
  readonly #manager: CallHomeManagerConfig;
  readonly #notes: ModelNote[];

  constructor(manager: CallHomeManagerConfig, notes: ModelNote[]) {
    this.#manager = manager;
    this.#notes = notes;
  }

  write({ serverParameters }: WriteNetconfServerOptions): XmlElement {
    const { name, endpoints, connection = { type: "persistent" }, reconnectStrategy = {} } = this.#manager;
    const written = endpoints.map((endpoint) =>
      this.#endpoint(endpoint, serverParameters?.(endpoint, this.#manager) ?? []),
    );
    return node("netconf-client", [
      node("name", name),
      node("endpoints", written),
      node("connection-type", [this.#connection(connection)]),
      this.#strategy(reconnectStrategy),
    ]);
  }

  #endpoint(endpoint: CallHomeEndpointConfig, parameters: readonly XmlElement[]): XmlElement {
    const { name, transport = "ssh", host, localAddress, localPort, keepalives } = endpoint;
    const idle = keepalives?.tcpIdleTime;
    const tcp = [
      node("remote-address", host),
      node("remote-port", callHomePort(endpoint)),
      ...(localAddress === undefined ? [] : [node("local-address", localAddress)]),
      ...(localPort === undefined ? [] : [node("local-port", localPort)]),
      ...(idle === undefined
        ? []
        : [node("keepalives", [node("idle-time", this.#seconds("idle-time", idle, MAX_UINT16))])]),
    ];
    const alive = transport === "ssh" ? this.#sshKeepalives(keepalives?.ssh) : [];
    if (transport === "tls" && keepalives?.ssh !== undefined) this.#note("keepalives.ssh", "has no place on TLS");
    const own = [...parameters, ...alive];
    return node("endpoint", [
      node("name", name),
      node(transport, [
        node("tcp-client-parameters", tcp),
        ...(own.length === 0 ? [] : [node(`${transport}-server-parameters`, own)]),
      ]),
    ]);
  }

  #sshKeepalives(ssh: NonNullable<CallHomeEndpointConfig["keepalives"]>["ssh"]): readonly XmlElement[] {
    if (ssh === undefined) return [];
    const maxAttempts = Math.min(ssh.maxAttempts ?? 3, MAX_UINT8);
    return [
      node("keepalives", [
        node("max-wait", this.#seconds("max-wait", ssh.maxWait, MAX_UINT16)),
        node("max-attempts", maxAttempts),
      ]),
    ];
  }

  #connection(connection: CallHomeConnectionType): XmlElement {
    if (connection.type === "persistent") return node("persistent", []);
    const { period = 3_600_000, anchorTime, idleTimeout = 180_000 } = connection;
    const anchor =
      anchorTime === undefined ? undefined : this.#round("anchor-time", anchorTime, MINUTE, Infinity) * MINUTE;
    return node("periodic", [
      node("period", this.#round("period", period, MINUTE, MAX_UINT16)),
      ...(anchor === undefined ? [] : [node("anchor-time", formatDateAndTime(anchor))]),
      node("idle-timeout", this.#seconds("idle-timeout", idleTimeout, MAX_UINT16)),
    ]);
  }

  #strategy(strategy: ReconnectStrategyConfig): XmlElement {
    const { startWith = "first-listed", maxWait = 60_000, maxAttempts = 3, ...others } = strategy;
    for (const [name, value] of Object.entries(others))
      if (value !== undefined) this.#note(name, "has no place in the model");
    if (maxAttempts > MAX_UINT8) this.#note("maxAttempts", `is written as ${MAX_UINT8}, the model's greatest`);
    return node("reconnect-strategy", [
      node("start-with", startWith),
      node("max-wait", this.#seconds("max-wait", maxWait, MAX_UINT16)),
      node("max-attempts", Math.min(maxAttempts, MAX_UINT8)),
    ]);
  }

  #seconds(name: string, milliseconds: number, most: number): number {
    return this.#round(name, milliseconds, SECOND, most);
  }

  #round(name: string, milliseconds: number, unit: number, most: number): number {
    const value = Math.min(Math.ceil(milliseconds / unit), most);
    if (value * unit !== milliseconds) this.#note(name, `${milliseconds} ms is written as ${value * unit} ms`);
    return value;
  }

  #note(name: string, message: string): void {
    this.#notes.push({ path: `${this.#manager.name}/${name}`, message });
  }
}

function node(name: string, content: string | number | readonly XmlNode[]): XmlElement {
  return element(name, NETCONF_SERVER_NAMESPACE, typeof content === "number" ? String(content) : content);
}

const SECOND = 1000;
const MINUTE = 60_000;
const MAX_UINT16 = 0xffff;
const MAX_UINT8 = 0xff;
