import { randomBytes } from "node:crypto";
import { dialTcp, listenTcp } from "@netconf-kit/node-adapter";
import type { GeneratedKeyType } from "@netconf-kit/ssh";
import {
  allowLogin,
  type CallHomeEvent,
  type CallHomeSession,
  type Connection,
  callHome,
  connect,
  createNetconfServer,
  type Dial,
  fingerprintSha256,
  formatPublicKey,
  generateKey,
  listenCallHome,
  type NetconfServer,
  type NodeDescription,
  type PrivateKey,
  parseAuthorizedKeys,
  parsePrivateKey,
  parseXml,
  type ServeEvent,
  type SshClientOptions,
  type SshServerOptions,
  serve,
  trustFingerprints,
} from "netconf-kit";

export const base = "urn:ietf:params:xml:ns:netconf:base:1.0";
export const ifNamespace = "urn:ietf:params:xml:ns:yang:ietf-interfaces";
export const systemNamespace = "urn:ietf:params:xml:ns:yang:ietf-system";

/** Bytes nobody can guess, as every key needs them. */
export function random(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}

const lists: readonly NodeDescription[] = [
  { namespace: ifNamespace, path: ["interfaces", "interface"], keys: ["name"] },
];

/** What a peer has to know of our device to log in to it. */
export interface OurDevice {
  readonly port: number;
  readonly server: NetconfServer;
  readonly events: readonly ServeEvent[];
  readonly fingerprint: string;
  /** `type base64`, as known_hosts has it. */
  readonly hostKeyLine: string;
  readonly hostKeyBase64: string;
  readonly stop: () => Promise<void>;
}

export interface OurDeviceOptions {
  /** Who may log in: `type base64`. */
  readonly authorizedKeyLine: string;
  readonly password?: { readonly username: string; readonly password: string };
  /** Default ed25519; some peers know only others. */
  readonly hostKeyType?: GeneratedKeyType;
  readonly ssh?: Partial<SshServerOptions>;
  /** Interfaces in running at the start. Default 2. */
  readonly interfaces?: number;
}

/** Our server, listening. */
export async function startOurServer(options: OurDeviceOptions): Promise<OurDevice> {
  const { hostKey, server, events, ...facts } = await makeDevice(options);
  const listener = await listenTcp();
  const service = serve({
    ...options.ssh,
    listener,
    server,
    hostKeys: [hostKey],
    authenticate: authenticateFor(options),
    onEvent: (event) => void events.push(event),
  });
  const stop = async (): Promise<void> => {
    await service.close();
    await server.close();
  };
  return { ...facts, port: listener.port, server, events, stop };
}

/** Our device before and while it calls a manager. */
export interface OurCaller extends Omit<OurDevice, "port"> {
  /** Calls 127.0.0.1, and calls back when the connection is over. */
  readonly call: (port: number) => void;
}

export async function makeOurCaller(options: OurDeviceOptions): Promise<OurCaller> {
  const { hostKey, server, events, ...facts } = await makeDevice(options);
  const callers: ReturnType<typeof callHome>[] = [];
  return {
    ...facts,
    server,
    events,
    call: (port) => {
      const caller = callHome({
        ...options.ssh,
        endpoints: [{ name: `127.0.0.1:${port}`, dial: dialTcp({ host: "127.0.0.1", port }) }],
        server,
        hostKeys: [hostKey],
        authenticate: authenticateFor(options),
        onServeEvent: (event) => void events.push(event),
        policy: { retryInterval: 100, backoff: 1, maxAttempts: 50 },
      });
      callers.push(caller);
    },
    stop: async () => {
      for (const caller of callers) await caller.stop();
      await server.close();
    },
  };
}

async function makeDevice(options: OurDeviceOptions): Promise<{
  readonly hostKey: PrivateKey;
  readonly server: NetconfServer;
  readonly events: ServeEvent[];
  readonly fingerprint: string;
  readonly hostKeyLine: string;
  readonly hostKeyBase64: string;
}> {
  const hostKey = generateKey(options.hostKeyType ?? "ssh-ed25519", random);
  const server = await createNetconfServer({
    schema: lists,
    initial: parseXml(configuration(options.interfaces ?? 2)),
  });
  const hostKeyLine = formatPublicKey({ type: hostKey.type, publicBlob: hostKey.publicBlob, comment: "" }).trim();
  return {
    hostKey,
    server,
    events: [],
    fingerprint: fingerprintSha256(hostKey.publicBlob),
    hostKeyLine,
    hostKeyBase64: hostKeyLine.split(" ")[1] ?? "",
  };
}

function authenticateFor({ authorizedKeyLine, password }: OurDeviceOptions): ReturnType<typeof allowLogin> {
  return allowLogin({ authorizedKeys: parseAuthorizedKeys(`${authorizedKeyLine}\n`), ...password });
}

/** A configuration with so many interfaces. */
export function configuration(interfaces: number): string {
  const entries = Array.from(
    { length: interfaces },
    (_, i) =>
      `<interface><name>eth${i}</name><description>port number ${i} of this device</description><enabled>true</enabled></interface>`,
  );
  return `<config xmlns="${base}"><interfaces xmlns="${ifNamespace}">${entries.join("")}</interfaces></config>`;
}

/** How a peer that is a server lets us in. */
export interface PeerAccess {
  readonly fingerprint: string;
  readonly user: string;
  readonly userKeyText: string;
}

/** Our client, connected to a peer on 127.0.0.1. */
export function connectTo(
  port: number,
  access: PeerAccess,
  ssh: Partial<SshClientOptions> = {},
  dial: Dial = dialTcp({ host: "127.0.0.1", port }),
): Promise<Connection> {
  return connect({
    username: access.user,
    verifyHostKey: trustFingerprints([access.fingerprint]),
    authentication: [{ method: "publickey", key: parsePrivateKey(access.userKeyText) }],
    ...ssh,
    dial,
  });
}

/** Our manager, listening for one device. */
export interface OurManager {
  readonly port: number;
  readonly events: readonly CallHomeEvent[];
  /** The next device that calls. */
  readonly next: () => Promise<CallHomeSession>;
  readonly stop: () => Promise<void>;
}

export async function startOurManager(access: PeerAccess, name = "peer"): Promise<OurManager> {
  const listener = await listenTcp();
  const events: CallHomeEvent[] = [];
  const manager = listenCallHome({
    listeners: listener,
    devices: [
      {
        name,
        fingerprints: [access.fingerprint],
        credentials: {
          username: access.user,
          authentication: [{ method: "publickey", key: parsePrivateKey(access.userKeyText) }],
        },
      },
    ],
    onEvent: (event) => void events.push(event),
  });
  const sessions = manager.sessions[Symbol.asyncIterator]();
  return {
    port: listener.port,
    events,
    next: async () => {
      const late = new Promise<never>((_, reject) => {
        setTimeout(
          () => reject(new Error(`no device within 20 s; ${JSON.stringify(events.map(describe))}`)),
          20_000,
        ).unref();
      });
      const result = await Promise.race([sessions.next(), late]);
      if (result.done === true) throw new Error("the manager ended");
      return result.value;
    },
    stop: () => manager.close({ sessions: true }),
  };
}

function describe(event: CallHomeEvent): string {
  return "error" in event ? `${event.kind}: ${event.error.message}` : event.kind;
}
