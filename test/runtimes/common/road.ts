// The whole road on the runtime's own TCP: a device calls home, a manager manages it; then the usual direction; first over SSH,
// then over TLS, with those who have to be refused. One line of JSON for each step that held.
import { tlsClient } from "@netconf-kit/node-adapter";
import {
  allowLogin,
  callHome,
  commit,
  connect,
  createNetconfServer,
  editConfig,
  expectOk,
  fingerprintSha256,
  formatPublicKey,
  generateKey,
  getConfig,
  listenCallHome,
  parseAuthorizedKeys,
  parseXml,
  serializeXml,
  serve,
  trustFingerprints,
} from "netconf-kit";
import { type TcpAdapter, tell } from "./adapter.ts";
import { deviceTls, givenCertificates, managerTls } from "./certificates.ts";

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

export async function road({ listenTcp, dialTcp }: TcpAdapter): Promise<void> {
  const hostKey = generateKey("ssh-ed25519", random);
  const userKey = generateKey("ssh-ed25519", random);
  const authorized = formatPublicKey({ type: userKey.type, publicBlob: userKey.publicBlob, comment: "manager" });
  const server = await createNetconfServer();
  const device = {
    server,
    hostKeys: [hostKey],
    authenticate: allowLogin({ authorizedKeys: parseAuthorizedKeys(authorized) }),
  };
  const fingerprint = fingerprintSha256(hostKey.publicBlob);
  const credentials = { username: "ops", authentication: [{ method: "publickey" as const, key: userKey }] };

  const callHomeListener = await listenTcp();
  const manager = listenCallHome({
    listeners: callHomeListener,
    devices: [{ name: "router", fingerprints: [fingerprint], credentials }],
  });
  const caller = callHome({
    ...device,
    endpoints: [{ name: "manager", dial: dialTcp({ host: "127.0.0.1", port: callHomeListener.port }) }],
  });
  for await (const { device: name, session } of manager.sessions) {
    tell({ step: `identified ${name}` });
    const change = '<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>here</hostname></system>';
    expectOk(await session.rpc(editConfig("candidate", parseXml(change))));
    expectOk(await session.rpc(commit()));
    tell({ step: "committed" });
    await session.close();
    break;
  }
  await caller.stop();
  await manager.close({ sessions: true });

  const listener = await listenTcp();
  const service = serve({ ...device, listener });
  const connection = await connect({
    ...credentials,
    dial: dialTcp({ host: "127.0.0.1", port: listener.port }),
    verifyHostKey: trustFingerprints([fingerprint]),
  });
  const data = serializeXml(expectOk(await connection.session.rpc(getConfig("running"))));
  if (data.includes("<hostname>here</hostname>")) tell({ step: "read back" });
  await connection.close();
  await service.close();
  await server.close();
  tell({ step: "ended" });
}

export async function tlsRoad({ listenTcp, dialTcp }: TcpAdapter): Promise<void> {
  const certificates = givenCertificates();
  const tls = deviceTls(certificates);
  const server = await createNetconfServer();
  const listener = await listenTcp();
  const service = serve({ listener, server, tls });
  const dial = dialTcp({ host: "127.0.0.1", port: listener.port });
  const connection = await connect({ dial, tls: managerTls(certificates) });
  expectOk(await connection.session.rpc(getConfig("running")));
  await connection.close();
  tell({ step: "dialled" });
  const outcome = (options: Parameters<typeof managerTls>[1]): Promise<string> =>
    connect({ dial, tls: managerTls(certificates, options) }).then(
      () => "connected",
      (error) => `${error.layer} ${error.code}`,
    );
  tell({ step: "wrong name", outcome: await outcome({ serverName: "r8.example.net" }) });
  tell({ step: "wrong authority", outcome: await outcome({ own: certificates.stranger }) });
  await service.close();

  const { ca, manager, fingerprint } = certificates;
  const callHomeListener = await listenTcp();
  const called = listenCallHome({
    listeners: callHomeListener,
    tls: tlsClient({ ...manager, ca }),
    devices: [{ name: "router", certified: { authority: fingerprint, name: "r7.example.net" } }],
  });
  const caller = callHome({
    server,
    tls,
    endpoints: [{ name: "manager", dial: dialTcp({ host: "127.0.0.1", port: callHomeListener.port }) }],
  });
  for await (const { device: name, session } of called.sessions) {
    expectOk(await session.rpc(getConfig("running")));
    tell({ step: `called by ${name}` });
    break;
  }
  await caller.stop();
  await called.close({ sessions: true });
  await server.close();
}
