import { child, editConfig, expectOk, getConfig, parseXml, textOf } from "netconf-kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectTo, makeOurCaller, startOurManager, startOurServer, systemNamespace } from "./our-ends.ts";
import { startLibnetconf2Client, startLibnetconf2Server } from "./peers/libnetconf2.ts";
import { requirePeer } from "./peers/peers.ts";
import { freePort, type KeyPair, keyPair, tempFolder } from "./peers/process.ts";

const stops: (() => Promise<void> | void)[] = [];
let userKey: KeyPair;
let folder: ReturnType<typeof tempFolder>;
beforeEach(() => {
  folder = tempFolder();
  stops.push(folder.remove);
  userKey = keyPair("ecdsa-256", folder.path, { pem: true });
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.runIf(requirePeer("libnetconf2"))("libnetconf2 and we", () => {
  it("we dial as client, it serves", async () => {
    const hostKey = keyPair("ecdsa-256", folder.path, { pem: true });
    const ours = keyPair("ecdsa-256", folder.path);
    const port = await freePort();
    const authorizedKeyLine = ours.publicLine;
    const server = await startLibnetconf2Server({ port, hostKeys: [hostKey], user: "ops", authorizedKeyLine });
    stops.push(server.stop);
    const access = { fingerprint: hostKey.fingerprint, user: "ops", userKeyText: ours.text };
    const connection = await connectTo(port, access);
    const data = expectOk(await connection.session.rpc(getConfig("running")));
    const system = child(data, "system", systemNamespace);
    expect(system && textOf(child(system, "hostname", systemNamespace) ?? system)).toBe("peer");
    await connection.close();
  });

  it("it is the client of our server", async () => {
    const device = await startOurServer({ authorizedKeyLine: userKey.publicLine, hostKeyType: "ecdsa-sha2-nistp256" });
    stops.push(device.stop);
    const { port, fingerprint } = device;
    const client = await startLibnetconf2Client({ port, user: "ops", userKey, hostKeyFingerprint: fingerprint });
    stops.push(client.stop);
    const result = await client.result();
    expect(result.error).toBeUndefined();
    expect(result).toMatchObject({ connected: true, base: "1.1" });
    expect(result.replies?.[0]).toContain("eth0");
  });

  it("it is a Call Home manager for our device", async () => {
    const caller = await makeOurCaller({ authorizedKeyLine: userKey.publicLine, hostKeyType: "ecdsa-sha2-nistp256" });
    stops.push(caller.stop);
    const port = await freePort();
    const { fingerprint } = caller;
    const client = await startLibnetconf2Client({
      port,
      listen: true,
      user: "ops",
      userKey,
      hostKeyFingerprint: fingerprint,
    });
    stops.push(client.stop);
    caller.call(port);
    const result = await client.result();
    expect(result.error).toBeUndefined();
    expect(result.replies?.[0]).toContain("eth0");
  });

  for (const type of ["rsa-2048", "ecdsa-256"] as const) {
    it(`it calls home to our listener with an ${type} host key, and calls back`, async () => {
      const hostKey = keyPair(type, folder.path, { pem: true });
      // Our own key for logging in: an OpenSSH file, where the peer's have to be PEM.
      const ours = keyPair("ecdsa-256", folder.path);
      const manager = await startOurManager({ fingerprint: hostKey.fingerprint, user: "ops", userKeyText: ours.text });
      stops.push(manager.stop);
      const device = await startLibnetconf2Server({
        port: manager.port,
        dial: true,
        hostKeys: [hostKey],
        user: "ops",
        authorizedKeyLine: ours.publicLine,
      });
      stops.push(device.stop);
      const first = await manager.next();
      expectOk(
        await first.session.rpc(
          editConfig("running", parseXml(`<system xmlns="${systemNamespace}"><hostname>edited</hostname></system>`)),
        ),
      );
      await first.session.close();
      const second = await manager.next();
      const data = expectOk(await second.session.rpc(getConfig("running")));
      const system = child(data, "system", systemNamespace);
      const hostname = system && child(system, "hostname", systemNamespace);
      expect(hostname && textOf(hostname)).toBe("edited");
      await second.session.close();
    });
  }
});
