import { X509Certificate } from "node:crypto";
import { dialTcp, listenTcp, tlsClient, tlsServer } from "@netconf-kit/node-adapter";
import {
  callHome,
  child,
  connect,
  createNetconfServer,
  editConfig,
  expectOk,
  getConfig,
  listenCallHome,
  parseXml,
  type ServeEvent,
  serve,
  textOf,
  type XmlElement,
} from "netconf-kit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type IssuedCertificate, type TestAuthority, testAuthority } from "../support/test-authority.ts";
import { configuration, ifNamespace, systemNamespace } from "./our-ends.ts";
import { startLibnetconf2TlsClient, startLibnetconf2TlsServer } from "./peers/libnetconf2.ts";
import { requirePeer } from "./peers/peers.ts";
import { freePort } from "./peers/process.ts";

const stops: (() => Promise<void> | void)[] = [];
let ca: TestAuthority;
let device: IssuedCertificate;
let manager: IssuedCertificate;
beforeAll(() => {
  ca = testAuthority();
  device = ca.issue({ subject: "/CN=router-7", altNames: "DNS:r7.example.net,IP:127.0.0.1", key: "rsa" });
  manager = ca.issue({ subject: "/CN=ops", altNames: "DNS:ops.example.net" });
});
afterAll(() => ca.remove());
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const authority = (): string => new X509Certificate(ca.cert).fingerprint256;
const lists = [{ namespace: ifNamespace, path: ["interfaces", "interface"], keys: ["name"] }];
const ourServer = () => createNetconfServer({ schema: lists, initial: parseXml(configuration(2)) });
const ourTls = () =>
  tlsServer({ cert: device.cert, key: device.key, clientCa: ca.cert, certToName: [{ id: 1, mapType: "san-any" }] });
const files = ({ certFile, keyFile }: IssuedCertificate) => ({ certFile, keyFile, authorityFile: ca.certFile });

describe.runIf(requirePeer("libnetconf2"))("libnetconf2 and we over TLS", () => {
  it("we dial as client, it serves", async () => {
    const port = await freePort();
    const server = await startLibnetconf2TlsServer({
      port,
      ...files(device),
      authorityFingerprint: `04:${authority()}`,
    });
    stops.push(server.stop);
    const tls = tlsClient({ cert: manager.cert, key: manager.key, ca: ca.cert, serverName: "r7.example.net" });
    const connection = await connect({ dial: dialTcp({ host: "127.0.0.1", port }), tls });
    expect(hostname(expectOk(await connection.session.rpc(getConfig("running"))))).toBe("peer");
    await connection.close();
  });

  it("it refuses our certificate, and we can tell", async () => {
    const port = await freePort();
    const server = await startLibnetconf2TlsServer({
      port,
      ...files(device),
      authorityFingerprint: `04:${authority()}`,
    });
    stops.push(server.stop);
    const other = testAuthority("/CN=Other Authority");
    stops.push(other.remove);
    const stranger = other.issue();
    const tls = tlsClient({ cert: stranger.cert, key: stranger.key, ca: ca.cert, serverName: "r7.example.net" });
    await expect(connect({ dial: dialTcp({ host: "127.0.0.1", port }), tls })).rejects.toMatchObject({
      layer: "tls",
      // It closes with our bytes unread, and the reset that follows may overtake its alert.
      code: expect.stringMatching(/^(alert-(unknown-ca|bad-certificate|certificate-unknown)|closed-after-handshake)$/),
    });
  });

  it("it is the client of our server", async () => {
    const server = await ourServer();
    const listener = await listenTcp();
    const events: ServeEvent[] = [];
    const service = serve({ listener, server, tls: ourTls(), onEvent: (event) => void events.push(event) });
    stops.push(service.close);
    const client = await startLibnetconf2TlsClient({ port: listener.port, ...files(manager) });
    stops.push(client.stop);
    const result = await client.result();
    expect(result.error).toBeUndefined();
    expect(result).toMatchObject({ connected: true, base: "1.1" });
    expect(result.replies?.[0]).toContain("eth0");
    expect(events.find(({ type }) => type === "authenticated")).toMatchObject({ username: "ops.example.net" });
  });

  it("it is a Call Home manager for our device", async () => {
    const port = await freePort();
    const client = await startLibnetconf2TlsClient({ port, listen: true, ...files(manager) });
    stops.push(client.stop);
    const caller = callHome({
      server: await ourServer(),
      tls: ourTls(),
      endpoints: [{ name: "peer", dial: dialTcp({ host: "127.0.0.1", port }) }],
    });
    stops.push(() => caller.stop());
    const result = await client.result();
    expect(result.error).toBeUndefined();
    expect(result.replies?.[0]).toContain("eth0");
  });

  it("it calls home to our listener, and calls back", async () => {
    const listener = await listenTcp();
    const certified = { authority: `SHA256:${authority()}`, name: "r7.example.net" };
    const called = listenCallHome({
      listeners: listener,
      tls: tlsClient({ cert: manager.cert, key: manager.key, ca: ca.cert }),
      devices: [{ name: "router-7", certified }],
    });
    stops.push(() => called.close({ sessions: true }));
    const peer = await startLibnetconf2TlsServer({
      port: listener.port,
      dial: true,
      ...files(device),
      authorityFingerprint: `04:${authority()}`,
    });
    stops.push(peer.stop);
    const names: (string | undefined)[] = [];
    for await (const { device: name, session } of called.sessions) {
      expect(name).toBe("router-7");
      names.push(hostname(expectOk(await session.rpc(getConfig("running")))));
      if (names.length === 2) break;
      expectOk(
        await session.rpc(
          editConfig("running", parseXml(`<system xmlns="${systemNamespace}"><hostname>edited</hostname></system>`)),
        ),
      );
      await session.close();
    }
    expect(names).toEqual(["peer", "edited"]);
  });
});

function hostname(data: XmlElement): string | undefined {
  const system = child(data, "system", systemNamespace);
  const leaf = system && child(system, "hostname", systemNamespace);
  return leaf && textOf(leaf);
}
