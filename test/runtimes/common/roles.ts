// {SSH, TLS} × {manager, device} × {who dials} against processes of Node.js. The test starts the other ends and says where they
// are in the variable ROLES; then it reads from our lines where we listen, and lets the rest call. One line of JSON for each step.
import { env } from "node:process";
import { tlsClient } from "@netconf-kit/node-adapter";
import {
  allowLogin,
  type Connection,
  callHome,
  connect,
  createNetconfServer,
  expectOk,
  getConfig,
  listenCallHome,
  type NetconfServer,
  parseAuthorizedKeys,
  parsePrivateKey,
  parseXml,
  type ServeEvent,
  type ServeOptions,
  serializeXml,
  serve,
  trustFingerprints,
} from "netconf-kit";
import { type TcpAdapter, tell } from "./adapter.ts";
import { type Certificates, deviceTls, givenCertificates, managerTls } from "./certificates.ts";

/** Ports of the processes that wait for us, and the keys of both sides. */
export interface Roles {
  readonly serveSsh: number;
  readonly serveTls: number;
  readonly listenSsh: number;
  readonly listenTls: number;
  /** Of the devices that are processes of Node.js. */
  readonly theirFingerprint: string;
  readonly hostKey: string;
  readonly userKey: string;
  readonly authorizedKeys: string;
}

/** Says on which runtime a device runs. */
const hostname = (name: string): string => `<hostname>${name}</hostname>`;

export async function roles(adapter: TcpAdapter): Promise<void> {
  const given: Roles = JSON.parse(env.ROLES ?? "");
  const certificates = givenCertificates();
  await dialAsManager(adapter, given, certificates);
  const system = `<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system">${hostname("here")}</system>`;
  const server = await createNetconfServer({
    initial: parseXml(`<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">${system}</config>`),
  });
  await callAsDevice(adapter, given, certificates, server);
  await listen(adapter, given, certificates, server);
  await server.close();
}

async function dialAsManager({ dialTcp }: TcpAdapter, given: Roles, certificates: Certificates): Promise<void> {
  const dial = (port: number) => dialTcp({ host: "127.0.0.1", port });
  const verifyHostKey = trustFingerprints([given.theirFingerprint]);
  const ssh = await connect({ ...credentials(given), verifyHostKey, dial: dial(given.serveSsh) });
  await read("ssh manager dials", ssh);
  const tls = await connect({ tls: managerTls(certificates), dial: dial(given.serveTls) });
  await read("tls manager dials", tls);
}

async function callAsDevice(
  { dialTcp }: TcpAdapter,
  given: Roles,
  certificates: Certificates,
  server: NetconfServer,
): Promise<void> {
  for (const [step, options, port] of [
    ["ssh device calls", sshDevice(given, server), given.listenSsh],
    ["tls device calls", { server, tls: deviceTls(certificates) }, given.listenTls],
  ] as const) {
    const dial = dialTcp({ host: "127.0.0.1", port });
    await new Promise<void>((started) => {
      const onServeEvent = ({ type }: ServeEvent): void => {
        if (type !== "session-started") return;
        tell({ step });
        caller.stop().then(started);
      };
      const caller = callHome({ ...options, endpoints: [{ name: step, dial }], onServeEvent });
    });
  }
}

/** In all four roles at once. */
async function listen(
  { listenTcp }: TcpAdapter,
  given: Roles,
  certificates: Certificates,
  server: NetconfServer,
): Promise<void> {
  const listeners = [await listenTcp(), await listenTcp(), await listenTcp(), await listenTcp()] as const;
  const [ssh, tls, sshCalls, tlsCalls] = listeners;
  const served = [
    serveOnce("ssh device listens", { ...sshDevice(given, server), listener: ssh }),
    serveOnce("tls device listens", { server, tls: deviceTls(certificates), listener: tls }),
  ];
  const { ca, manager, fingerprint } = certificates;
  const called = [
    listenCallHome({
      listeners: sshCalls,
      devices: [
        { name: "ssh manager listens", fingerprints: [given.theirFingerprint], credentials: credentials(given) },
      ],
    }),
    listenCallHome({
      listeners: tlsCalls,
      tls: tlsClient({ ...manager, ca }),
      devices: [{ name: "tls manager listens", certified: { authority: fingerprint, name: "r7.example.net" } }],
    }),
  ].map(async (each) => {
    for await (const { device, session } of each.sessions) {
      await read(device, { session, close: () => session.close() });
      break;
    }
    await each.close({ sessions: true });
  });
  tell({ step: "listening", ports: listeners.map(({ port }) => port) });
  await Promise.all([...served, ...called]);
}

/** Serves until the first session has ended. */
function serveOnce(step: string, options: ServeOptions): Promise<void> {
  return new Promise((done) => {
    const onEvent = ({ type }: ServeEvent): void => {
      if (type !== "session-ended") return;
      tell({ step });
      service.close().then(done);
    };
    const service = serve({ ...options, onEvent });
  });
}

async function read(step: string, connection: Pick<Connection, "session" | "close">): Promise<void> {
  const data = serializeXml(expectOk(await connection.session.rpc(getConfig("running"))));
  if (data.includes(hostname("node"))) tell({ step });
  await connection.close();
}

function credentials({ userKey }: Roles) {
  return {
    username: "ops",
    authentication: [{ method: "publickey" as const, key: parsePrivateKey(userKey) }],
  };
}

function sshDevice({ hostKey, authorizedKeys }: Roles, server: NetconfServer) {
  return {
    server,
    hostKeys: [parsePrivateKey(hostKey)],
    authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(authorizedKeys) }),
  };
}
