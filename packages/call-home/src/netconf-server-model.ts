import { NetconfError, quoted } from "@netconf-kit/core";
import { parseXml, type XmlElement } from "@netconf-kit/xml";
import { parseDateAndTime } from "./date-and-time.ts";
import {
  type CallHomeConfig,
  type CallHomeConnectionType,
  type CallHomeEndpointConfig,
  type CallHomeManagerConfig,
  checkCallHomeConfig,
  type KeepalivesConfig,
  type ReconnectStrategyConfig,
} from "./device-config.ts";
import { ModelNode, type ModelNote } from "./model-node.ts";

/** The namespace of the module ietf-netconf-server. */
export const NETCONF_SERVER_NAMESPACE = "urn:ietf:params:xml:ns:yang:ietf-netconf-server";

/** What a document said, and what of it has no counterpart here. */
export interface ReadNetconfServer {
  readonly config: CallHomeConfig;
  readonly notes: readonly ModelNote[];
}

/**
 * Reads `/netconf-server/call-home` of ietf-netconf-server (draft-ietf-netconf-netconf-client-server-41): whom a device calls,
 * and when. The model's own defaults are filled in. Keys, certificates and users are not part of the result, and noted as all
 * else is that was not understood.
 *
 * @throws XmlError for what is no XML; NetconfError `invalid-argument`, with the path, for what the model does not allow
 * @example
 * const { config, notes } = readNetconfServer(await readFile("call-home.xml"));
 * for (const { path, message } of notes) console.warn(path, message);
 */
export function readNetconfServer(input: XmlElement | Uint8Array | string): ReadNetconfServer {
  const root = typeof input === "string" || input instanceof Uint8Array ? parseXml(input) : input;
  if (root.name !== "netconf-server" || root.namespace !== NETCONF_SERVER_NAMESPACE) {
    throw new NetconfError("invalid-argument", `cannot read ietf-netconf-server: the root is ${quoted(root.name)}`);
  }
  const notes: ModelNote[] = [];
  const server = new ModelNode(root, notes);
  server.noteChildren(["listen"], "left out: only call-home is read");
  const callHome = server.child("call-home");
  const managers = callHome?.list("netconf-client").map(readManager) ?? [];
  callHome?.finish();
  server.finish();
  const config = { managers };
  checkCallHomeConfig(config);
  return { config, notes };
}

function readManager(client: ModelNode): CallHomeManagerConfig {
  const endpoints = client.child("endpoints");
  const manager = {
    name: client.requiredLeaf("name"),
    endpoints: endpoints?.list("endpoint").map(readEndpoint) ?? [],
    connection: readConnection(client),
    reconnectStrategy: readStrategy(client.child("reconnect-strategy")),
  };
  endpoints?.finish();
  client.finish();
  return manager;
}

function readEndpoint(endpoint: ModelNode): CallHomeEndpointConfig {
  const name = endpoint.requiredLeaf("name");
  const [ssh, tls] = [endpoint.child("ssh"), endpoint.child("tls")];
  const stack = ssh ?? tls;
  if (stack === undefined || (ssh !== undefined && tls !== undefined)) {
    throw endpoint.invalid("it has to have one of ssh and tls");
  }
  const tcp = stack.child("tcp-client-parameters");
  if (tcp === undefined) throw stack.invalid("tcp-client-parameters is missing");
  const { tcpIdleTime, ...address } = readTcp(tcp);
  const sshAlive = ssh && readSshKeepalives(ssh);
  const keepalives: KeepalivesConfig = {
    ...(tcpIdleTime !== undefined && { tcpIdleTime }),
    ...(sshAlive !== undefined && { ssh: sshAlive }),
  };
  stack.noteChildren(["tls-server-parameters", "netconf-server-parameters"], IDENTITIES);
  stack.finish();
  endpoint.finish();
  const base = { name, transport: ssh === undefined ? ("tls" as const) : ("ssh" as const), ...address };
  return Object.keys(keepalives).length === 0 ? base : { ...base, keepalives };
}

const IDENTITIES = "left out: keys, certificates and users are set otherwise";

function readTcp(
  tcp: ModelNode,
): Pick<CallHomeEndpointConfig, "host" | "port" | "localAddress" | "localPort"> & { tcpIdleTime?: number } {
  const port = tcp.numberLeaf("remote-port", 1, MAX_PORT);
  const localAddress = tcp.leaf("local-address");
  // RFC 9643: 0, the default, has the system choose.
  const localPort = tcp.numberLeaf("local-port", 0, MAX_PORT) ?? 0;
  const keepalives = tcp.child("keepalives");
  const result = {
    host: tcp.requiredLeaf("remote-address"),
    ...(port !== undefined && { port }),
    ...(localAddress !== undefined && { localAddress }),
    ...(localPort > 0 && { localPort }),
    ...(keepalives !== undefined && {
      tcpIdleTime: (keepalives.numberLeaf("idle-time", 1, MAX_UINT16) ?? 7200) * SECOND,
    }),
  };
  keepalives?.noteChildren(["max-probes", "probe-interval"], "left out: the system's own values are used");
  keepalives?.finish();
  tcp.finish();
  return result;
}

/** RFC 9644 §4.3: their presence switches them on. */
function readSshKeepalives(ssh: ModelNode): KeepalivesConfig["ssh"] {
  const parameters = ssh.child("ssh-server-parameters");
  const keepalives = parameters?.child("keepalives");
  const result = keepalives && {
    maxWait: (keepalives.numberLeaf("max-wait", 1, MAX_UINT16) ?? 30) * SECOND,
    maxAttempts: Math.max(1, keepalives.numberLeaf("max-attempts", 0, MAX_UINT8) ?? 3),
  };
  parameters?.noteChildren(["server-identity", "client-authentication", "transport-params"], IDENTITIES);
  keepalives?.finish();
  parameters?.finish();
  return result;
}

function readConnection(client: ModelNode): CallHomeConnectionType {
  const type = client.child("connection-type");
  const [persistent, periodic] = [type?.child("persistent"), type?.child("periodic")];
  if (persistent !== undefined && periodic !== undefined) throw client.invalid("it is both persistent and periodic");
  const anchor = periodic?.leaf("anchor-time");
  const anchorTime = anchor === undefined ? undefined : parseDateAndTime(anchor);
  // The model allows whole minutes only.
  if (anchor !== undefined && (anchorTime === undefined || anchorTime % MINUTE !== 0)) {
    throw client.invalid(`anchor-time is no date and time of a whole minute: ${quoted(anchor)}`);
  }
  const period = periodic?.numberLeaf("period", 1, MAX_UINT16) ?? 60;
  const idleTimeout = periodic?.numberLeaf("idle-timeout", 0, MAX_UINT16) ?? 180;
  for (const node of [persistent, periodic, type]) node?.finish();
  // The model has one of the two be there; where neither is, persistent keeps the device within reach.
  if (periodic === undefined) return { type: "persistent" };
  return {
    type: "periodic",
    period: period * MINUTE,
    idleTimeout: idleTimeout * SECOND,
    ...(anchorTime !== undefined && { anchorTime }),
  };
}

function readStrategy(strategy: ModelNode | undefined): ReconnectStrategyConfig {
  const startWith = strategy?.leaf("start-with") ?? "first-listed";
  if (!isStartWith(startWith)) throw strategy?.invalid(`start-with is ${quoted(startWith)}`);
  const maxWait = (strategy?.numberLeaf("max-wait", 1, MAX_UINT16) ?? 5) * SECOND;
  const maxAttempts = strategy?.numberLeaf("max-attempts", 1, MAX_UINT8) ?? 3;
  strategy?.finish();
  return { startWith, maxWait, maxAttempts };
}

function isStartWith(text: string): text is NonNullable<ReconnectStrategyConfig["startWith"]> {
  return text === "first-listed" || text === "last-connected" || text === "random-selection";
}

const SECOND = 1000;
const MINUTE = 60_000;
const MAX_PORT = 0xffff;
const MAX_UINT16 = 0xffff;
const MAX_UINT8 = 0xff;
