// The ends of NETCONF that meet in the suite, inside a runtime and in Node.js: a manager and a device, over SSH and over TLS.
import {
  allowLogin,
  type ClientSession,
  type ConnectOptions,
  type ConnectTlsOptions,
  callHomeNow,
  connect,
  createNetconfServer,
  type Dial,
  expectOk,
  getConfig,
  type ListenCallHomeOptions,
  type Listener,
  listenCallHome,
  type NetconfServer,
  parseAuthorizedKeys,
  parsePrivateKey,
  parseXml,
  type ServeSocketOptions,
  type SshCredentials,
  serializeXml,
  serve,
  trustFingerprints,
} from "netconf-kit";
import type { Credentials } from "./material.ts";
import type { Tls } from "./runtime.ts";

/** The name in the device's certificate. */
const DEVICE_NAME = "r7.example.net";

/** A device with a host name, which tells where it runs. */
export function namedServer(hostname: string): Promise<NetconfServer> {
  const system = `<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>${hostname}</hostname></system>`;
  return createNetconfServer({
    initial: parseXml(`<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">${system}</config>`),
  });
}

/** What a device serves, and to whom. */
export function sshDevice(
  server: NetconfServer,
  hostKey: string,
  { authorizedKeys }: Pick<Credentials, "authorizedKeys">,
): ServeSocketOptions {
  return {
    server,
    hostKeys: [parsePrivateKey(hostKey)],
    authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(authorizedKeys) }),
  };
}

export function tlsDevice(server: NetconfServer, { server: secure, credentials }: Tls): ServeSocketOptions {
  return { server, tls: secure({ ...credentials.device, ca: credentials.ca }) };
}

/** How a manager reaches a device, and what proves both. */
export function sshManager(dial: Dial, fingerprint: string, credentials: Pick<Credentials, "userKey">): ConnectOptions {
  return { ...sshLogin(credentials), verifyHostKey: trustFingerprints([fingerprint]), dial };
}

export function tlsManager(dial: Dial, { client, credentials }: Tls): ConnectTlsOptions {
  return { tls: client({ ...credentials.manager, ca: credentials.ca, serverName: DEVICE_NAME }), dial };
}

/** Which device may call a manager. */
export type Callers = Omit<ListenCallHomeOptions, "listeners">;

export function sshCallers(fingerprint: string, credentials: Pick<Credentials, "userKey">): Callers {
  return { devices: [{ name: "router", fingerprints: [fingerprint], credentials: sshLogin(credentials) }] };
}

export function tlsCallers({ client, credentials }: Tls): Callers {
  return {
    tls: client({ ...credentials.manager, ca: credentials.ca }),
    devices: [{ name: "router", certified: { authority: credentials.caFingerprint, name: DEVICE_NAME } }],
  };
}

function sshLogin({ userKey }: Pick<Credentials, "userKey">): SshCredentials {
  return { username: "ops", authentication: [{ method: "publickey", key: parsePrivateKey(userKey) }] };
}

/** Dials a device, uses the session, and closes everything. */
export async function manage<T>(
  options: ConnectOptions | ConnectTlsOptions,
  use: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const connection = await ("tls" in options ? connect(options) : connect(options));
  try {
    return await use(connection.session);
  } finally {
    await connection.close();
  }
}

/** Waits for one device that calls, uses the session, and closes everything. */
export async function manageCaller<T>(
  callers: Callers,
  listener: Listener,
  use: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const manager = listenCallHome({ ...callers, listeners: listener });
  try {
    for await (const { session } of manager.sessions) return await use(session);
    throw new Error("the manager ended before a device called");
  } finally {
    await manager.close({ sessions: true });
  }
}

/** Serves until one session has been held. */
export function serveOne(device: ServeSocketOptions, listener: Listener): Promise<void> {
  return new Promise((done, fail) => {
    const service = serve({
      ...device,
      listener,
      onEvent: (event) => {
        if (event.type === "session-ended") service.close().then(done, fail);
        if (event.type === "refused") fail(event.error);
      },
    });
  });
}

/** Calls a manager, and serves it until it ends the session. */
export async function callOne(device: ServeSocketOptions, dial: Dial): Promise<void> {
  const { error } = await (await callHomeNow({ ...device, dial })).closed;
  if (error !== undefined) throw error;
}

/** What a device says about where it runs. */
export async function hostnameOf(session: ClientSession): Promise<string | undefined> {
  const data = serializeXml(expectOk(await session.rpc(getConfig("running"))));
  return /<hostname>([^<]*)</.exec(data)?.[1];
}
