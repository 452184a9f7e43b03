import { X509Certificate } from "node:crypto";
import { dialTcp, listenTcp, tlsClient } from "@netconf-kit/node-adapter";
import { commit, connect, editConfig, expectOk, getConfig, listenCallHome, parseXml, serializeXml } from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type IssuedCertificate, type TestAuthority, testAuthority } from "../support/test-authority.ts";
import { systemNamespace } from "./our-ends.ts";
import { requirePeer } from "./peers/peers.ts";
import { startStunnelNetconfd } from "./peers/stunnel-netconfd.ts";

const stops: (() => Promise<void> | void)[] = [];
let ca: TestAuthority;
let device: IssuedCertificate;
let manager: IssuedCertificate;
beforeAll(() => {
  ca = testAuthority();
  device = ca.issue({ subject: "/CN=router-7", altNames: "DNS:r7.example.net" });
  manager = ca.issue({ subject: "/CN=ops" });
});
afterAll(() => ca.remove());
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const start = async () => {
  const peer = await startStunnelNetconfd({ ...device, authorityFile: ca.certFile });
  stops.push(peer.stop);
  return peer;
};
const named = (hostname: string) =>
  parseXml(`<system xmlns="${systemNamespace}"><hostname>${hostname}</hostname></system>`);

describe.runIf(requirePeer("stunnel") && requirePeer("netconfd"))("our client with stunnel and netconfd", () => {
  it("dials, edits, commits and reads back", async () => {
    const peer = await start();
    const tls = tlsClient({ cert: manager.cert, key: manager.key, ca: ca.cert, serverName: "r7.example.net" });
    const { session, close } = await connect({ dial: dialTcp({ host: "127.0.0.1", port: peer.port }), tls });
    expectOk(await session.rpc(editConfig("candidate", named("over-tls"))));
    expectOk(await session.rpc(commit()));
    expect(serializeXml(expectOk(await session.rpc(getConfig("running"))))).toContain("over-tls");
    await close();
  });

  it("learns that its certificate is refused", async () => {
    const peer = await start();
    const other = testAuthority("/CN=Other Authority");
    stops.push(other.remove);
    const stranger = other.issue();
    const tls = tlsClient({ cert: stranger.cert, key: stranger.key, ca: ca.cert, serverName: "r7.example.net" });
    const outcome = connect({ dial: dialTcp({ host: "127.0.0.1", port: peer.port }), tls });
    await expect(outcome).rejects.toMatchObject({
      layer: "tls",
      code: expect.stringMatching(/^(alert-(unknown-ca|bad-certificate)|closed-after-handshake)$/),
    });
  });

  it("takes the call of a device whose TLS server is external", async () => {
    const peer = await start();
    const listener = await listenTcp();
    const authority = `SHA256:${new X509Certificate(ca.cert).fingerprint256}`;
    const called = listenCallHome({
      listeners: listener,
      tls: tlsClient({ cert: manager.cert, key: manager.key, ca: ca.cert }),
      devices: [{ name: "router-7", certified: { authority, name: "r7.example.net" } }],
    });
    stops.push(() => called.close({ sessions: true }));
    peer.dial(listener.port);
    for await (const { device: name, session } of called.sessions) {
      expect(name).toBe("router-7");
      expectOk(await session.rpc(getConfig("running")));
      await session.close();
      break;
    }
  });
});
