// The whole road in Deno, on its own TCP: a device calls home, a manager manages it; then the usual direction. One line of
// JSON for each step that held.
import { dialTcp, listenTcp } from "@netconf-kit/deno-adapter";
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

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
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
const tell = (step: string): void => console.log(JSON.stringify({ step }));

const callHomeListener = listenTcp();
const manager = listenCallHome({
  listeners: callHomeListener,
  devices: [{ name: "router", fingerprints: [fingerprint], credentials }],
});
const caller = callHome({
  ...device,
  endpoints: [{ name: "manager", dial: dialTcp({ host: "127.0.0.1", port: callHomeListener.port }) }],
});
for await (const { device: name, session } of manager.sessions) {
  tell(`identified ${name}`);
  expectOk(
    await session.rpc(
      editConfig(
        "candidate",
        parseXml('<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>deno</hostname></system>'),
      ),
    ),
  );
  expectOk(await session.rpc(commit()));
  tell("committed");
  await session.close();
  break;
}
await caller.stop();
await manager.close({ sessions: true });

const listener = listenTcp();
const service = serve({ ...device, listener });
const connection = await connect({
  ...credentials,
  dial: dialTcp({ host: "127.0.0.1", port: listener.port }),
  verifyHostKey: trustFingerprints([fingerprint]),
});
const data = serializeXml(expectOk(await connection.session.rpc(getConfig("running"))));
if (data.includes("<hostname>deno</hostname>")) tell("read back");
await connection.close();
await service.close();
await server.close();
tell("ended");
