import { expectOk, getConfig, serializeXml } from "netconf-kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectTo, makeOurCaller, type PeerAccess, startOurManager, startOurServer } from "./our-ends.ts";
import { startAsyncsshClient, startAsyncsshServer } from "./peers/asyncssh.ts";
import { startErlangClient, startErlangServer } from "./peers/erlang.ts";
import type { PeerClientResult } from "./peers/json-events.ts";
import { requirePeer } from "./peers/peers.ts";
import { freePort, type KeyPair, keyPair, tempFolder } from "./peers/process.ts";

const stops: (() => Promise<void> | void)[] = [];
let userKey: KeyPair;
let hostKey: KeyPair;
let access: PeerAccess;

beforeEach(() => {
  const folder = tempFolder();
  stops.push(folder.remove);
  userKey = keyPair("ed25519", folder.path);
  hostKey = keyPair("ed25519", folder.path);
  access = { fingerprint: hostKey.fingerprint, user: "ops", userKeyText: userKey.text };
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Both peers play all four parts: {client, server} × {the usual direction, Call Home}. */
const peers = [
  {
    name: "asyncssh",
    startServer: (port: number, dial: boolean) =>
      startAsyncsshServer({
        port,
        dial,
        hostKeyFiles: [hostKey.file],
        user: "ops",
        authorizedKeyLine: userKey.publicLine,
      }),
    startClient: (port: number, listen: boolean, device: { readonly hostKeyLine: string }) =>
      startAsyncsshClient({ port, listen, user: "ops", userKeyFile: userKey.file, hostKeyLine: device.hostKeyLine }),
  },
  {
    name: "erlang",
    startServer: (port: number, dial: boolean) =>
      startErlangServer({ port, dial, hostKeys: [hostKey], user: "ops", authorizedKeyLine: userKey.publicLine }),
    startClient: (port: number, listen: boolean, device: { readonly fingerprint: string }) =>
      startErlangClient({ port, listen, user: "ops", userKey, hostKeyFingerprint: device.fingerprint }),
  },
] as const;

for (const { name, startServer, startClient } of peers) {
  describe.runIf(requirePeer(name))(`${name} and we`, () => {
    it("we dial as client, it serves", async () => {
      const port = await freePort();
      const server = await startServer(port, false);
      stops.push(server.stop);
      const connection = await connectTo(port, access);
      const data = expectOk(await connection.session.rpc(getConfig("running")));
      expect(serializeXml(data)).toContain("<data");
      await connection.close();
    });

    it("it calls home as server, we manage", async () => {
      const manager = await startOurManager(access);
      stops.push(manager.stop);
      const server = await startServer(manager.port, true);
      stops.push(server.stop);
      const { session, peer: identity } = await manager.next();
      expect(identity).toMatchObject({ kind: "ssh-host-key", fingerprint: hostKey.fingerprint });
      expect(serializeXml(expectOk(await session.rpc(getConfig("running"))))).toContain("<data");
      await session.close();
    });

    it("it dials as client, we serve", async () => {
      const device = await startOurServer({ authorizedKeyLine: userKey.publicLine });
      stops.push(device.stop);
      const client = await startClient(device.port, false, device);
      stops.push(client.stop);
      expectSession(await client.result());
    });

    it("it manages, we call home as server", async () => {
      const caller = await makeOurCaller({ authorizedKeyLine: userKey.publicLine });
      stops.push(caller.stop);
      const port = await freePort();
      const client = await startClient(port, true, caller);
      stops.push(client.stop);
      caller.call(port);
      expectSession(await client.result());
    });
  });
}

function expectSession(result: PeerClientResult): void {
  expect(result.error).toBeUndefined();
  expect(result.connected).toBe(true);
  expect(result.base).toBe("1.1");
  const [config, closed] = result.replies ?? [];
  expect(config).toContain("<name>eth0</name>");
  expect(closed).toMatch(/<ok\s*\/>/);
}
