import { X509Certificate } from "node:crypto";
import { tlsClient, tlsServer } from "@netconf-kit/node-adapter";
import { certificateFingerprint, readCertificate } from "@netconf-kit/tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type IssuedCertificate,
  selfSigned,
  type TestAuthority,
  testAuthority,
} from "../../../test/support/test-authority.ts";
import {
  type CallHomeEvent,
  callHome,
  connect,
  expectOk,
  getConfig,
  listenCallHome,
  type Secure,
  type ServeEvent,
  serializeXml,
  serve,
} from "../src/mod.ts";
import { makeDevice, memoryNetwork } from "./support.ts";

let ca: TestAuthority;
let device: IssuedCertificate;
let manager: IssuedCertificate;
beforeAll(() => {
  ca = testAuthority();
  device = ca.issue({ subject: "/CN=router-7/serialNumber=SN-0007", altNames: "DNS:r7.example.net" });
  manager = ca.issue({ subject: "/CN=ops", altNames: "email:ops@example.net" });
});
afterAll(() => ca.remove());

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const fingerprintOf = ({ cert }: IssuedCertificate): string =>
  certificateFingerprint(readCertificate(new X509Certificate(cert).raw));
const client = (serverName?: string): Secure =>
  tlsClient({ cert: manager.cert, key: manager.key, ca: ca.cert, ...(serverName && { serverName }) });
const serverTls = (own: IssuedCertificate = device): Secure =>
  tlsServer({ cert: own.cert, key: own.key, clientCa: ca.cert, certToName: [{ id: 1, mapType: "san-any" }] });

describe("connect() and serve() over TLS", () => {
  it("RFC 7589: make a session under the user name of the client's certificate", async () => {
    const network = memoryNetwork();
    const events: ServeEvent[] = [];
    const { server } = await makeDevice();
    const service = serve({
      listener: network.listener,
      server,
      tls: serverTls(),
      onEvent: (event) => void events.push(event),
    });
    stops.push(service.close);
    const { session, channel, close } = await connect({ dial: network.dial, tls: client("r7.example.net") });
    expect(channel.security.version).toBe("TLSv1.3");
    expect(serializeXml(expectOk(await session.rpc(getConfig("running"))))).toContain("<hostname>first</hostname>");
    await close();
    await expect.poll(() => service.connections).toBe(0);
    expect(events.map(({ type }) => type)).toEqual([
      "connected",
      "authenticated",
      "session-started",
      "session-ended",
      "closed",
    ]);
    expect(events[1]).toMatchObject({ username: "ops@example.net", tls: { peer: { kind: "x509-certificate" } } });
  });

  it("tell a client that the server has refused its certificate, where TLS 1.3 calls it connected", async () => {
    const network = memoryNetwork();
    const { server } = await makeDevice();
    const service = serve({ listener: network.listener, server, tls: serverTls() });
    stops.push(service.close);
    const stranger = selfSigned(ca.folder);
    const tls = tlsClient({ cert: stranger.cert, key: stranger.key, ca: ca.cert, serverName: "r7.example.net" });
    await expect(connect({ dial: network.dial, tls })).rejects.toMatchObject({
      layer: "tls",
      code: "closed-after-handshake",
    });
  });

  it("end every session when the service closes", async () => {
    const network = memoryNetwork();
    const { server } = await makeDevice();
    const service = serve({ listener: network.listener, server, tls: serverTls() });
    const { session } = await connect({ dial: network.dial, tls: client("r7.example.net") });
    await service.close();
    expect(await session.closed).not.toEqual({ by: "local" });
  });
});

describe("listenCallHome() and callHome() over TLS", () => {
  const calling = async (own?: IssuedCertificate) => {
    const network = memoryNetwork();
    const { server } = await makeDevice();
    const call = () => {
      const caller = callHome({ server, tls: serverTls(own), endpoints: [{ name: "noc", dial: network.dial }] });
      stops.push(() => caller.stop());
      return caller;
    };
    return { listener: network.listener, call };
  };

  for (const how of ["fingerprint", "name", "serial number"] as const) {
    it(`RFC 8071 §3.1 C6: know a device by the ${how} of its certificate`, async () => {
      const { listener, call } = await calling();
      const certified = { authority: fingerprintOf(ca), name: how === "name" ? "r7.example.net" : "SN-0007" };
      const entry = how === "fingerprint" ? { fingerprints: [fingerprintOf(device)] } : { certified };
      const called = listenCallHome({ listeners: listener, tls: client(), devices: [{ name: "router-7", ...entry }] });
      stops.push(() => called.close({ sessions: true }));
      call();
      for await (const { device: name, session } of called.sessions) {
        expect(name).toBe("router-7");
        expectOk(await session.rpc(getConfig("running")));
        break;
      }
    });
  }

  it("know a device that signed its own certificate by its fingerprint, without any authority", async () => {
    const own = selfSigned(ca.folder, { subject: "/CN=lab" });
    const { listener, call } = await calling(own);
    const tls = tlsClient({ cert: manager.cert, key: manager.key });
    const devices = [{ name: "lab", fingerprints: [fingerprintOf(own)] }];
    const called = listenCallHome({ listeners: listener, tls, devices });
    stops.push(() => called.close({ sessions: true }));
    call();
    for await (const { device: name } of called.sessions) {
      expect(name).toBe("lab");
      break;
    }
  });

  it("RFC 8071 §3.1 C5: refuse and report who is not in the list, whatever its authority says", async () => {
    const { listener, call } = await calling();
    const events: CallHomeEvent[] = [];
    const called = listenCallHome({
      listeners: listener,
      tls: client(),
      devices: [{ name: "router-8", certified: { authority: fingerprintOf(ca), name: "r8.example.net" } }],
      onEvent: (event) => void events.push(event),
    });
    stops.push(() => called.close({ sessions: true }));
    call();
    await expect
      .poll(() => events.find(({ kind }) => kind === "rejected"))
      .toMatchObject({
        reason: "unknown-identity",
        peer: { kind: "x509-certificate", names: ["r7.example.net", "router-7", "SN-0007"] },
      });
  });

  it("let no name count that another authority vouches for", async () => {
    const other = testAuthority("/CN=Other Authority");
    stops.push(async () => other.remove());
    const { listener, call } = await calling();
    const devices = [{ name: "router-7", certified: { authority: fingerprintOf(other), name: "r7.example.net" } }];
    const events: CallHomeEvent[] = [];
    const tls = tlsClient({ cert: manager.cert, key: manager.key, ca: [ca.cert, other.cert] });
    const called = listenCallHome({ listeners: listener, tls, devices, onEvent: (event) => void events.push(event) });
    stops.push(() => called.close({ sessions: true }));
    call();
    await expect
      .poll(() => events.find(({ kind }) => kind === "rejected"))
      .toMatchObject({ reason: "unknown-identity" });
  });
});
