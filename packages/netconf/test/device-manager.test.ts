import { createHmac, X509Certificate } from "node:crypto";
import { tlsClient, tlsServer } from "@netconf-kit/node-adapter";
import { certificateFingerprint, readCertificate } from "@netconf-kit/tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type IssuedCertificate, type TestAuthority, testAuthority } from "../../../test/support/test-authority.ts";
import {
  type CallHomeEvent,
  callHome,
  callHomeOverSsh,
  callHomeOverTls,
  expectOk,
  getConfig,
  knownHostsLookup,
  type ListenCallHomeOptions,
  listenCallHome,
  type PrivateKey,
  parseKnownHosts,
  type SshCredentials,
} from "../src/mod.ts";
import { credentials, fingerprintOf, keys, makeDevice, memoryNetwork, publicLine } from "./support.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Logs in with a key that the devices do not know. */
const wrong: SshCredentials = { username: "ops", authentication: [{ method: "publickey", key: keys.stranger }] };

function listening(options: Omit<ListenCallHomeOptions, "listeners">) {
  const network = memoryNetwork();
  const events: CallHomeEvent[] = [];
  const manager = listenCallHome({
    listeners: network.listener,
    onSession: () => {},
    ...options,
    onEvent: (event) => void events.push(event),
  });
  stops.push(() => manager.close({ sessions: true }));
  const call = async (hostKey: PrivateKey = keys.host, retryInterval = 60_000, ...more: PrivateKey[]) => {
    const device = callHome({
      ...(await makeDevice(hostKey)),
      hostKeys: [hostKey, ...more],
      endpoints: [{ name: "noc", dial: network.dial }],
      policy: { retryInterval, backoff: 1, stableAfter: 0, maxAttempts: 1000 },
    });
    stops.push(() => device.stop());
    return device;
  };
  const reasons = () => events.flatMap((event) => (event.kind === "rejected" ? event.reason : []));
  const ready = () => expect.poll(() => manager.connected().length, { timeout: 5000 }).toBe(1);
  return { manager, events, call, reasons, ready };
}

describe("listenCallHome() over SSH", () => {
  it("tries the next user at the next call, and logs in with the one that the device takes", async () => {
    const { manager, call, ready, events } = listening({
      devices: [{ name: "router", fingerprints: [fingerprintOf(keys.host)] }],
      users: [
        { name: "old", credentials: wrong },
        { name: "new", credentials },
      ],
    });
    await call(keys.host, 10);
    await ready();
    expect(manager.failedUsers()).toMatchObject([{ device: "router", user: "old" }]);
    expect(events.find(({ kind }) => kind === "user-failed")).toMatchObject({
      error: { name: "SshError", code: "authentication-failed" },
    });
    for (const { session } of manager.connected()) expectOk(await session.rpc(getConfig("running")));
  });

  it("keeps the first key of a device where its entry says so, and refuses the next one", async () => {
    const { manager, call, ready, reasons } = listening({
      // Pairs in memory have no address.
      devices: [{ name: "router", addresses: ["unknown"], unknownKeys: "accept-new", credentials }],
    });
    const first = await call(keys.host);
    await ready();
    expect(manager.learned()).toEqual([
      { name: "router", fingerprints: [fingerprintOf(keys.host)], standsAlone: false, approved: false },
    ]);
    await first.stop();
    await expect.poll(() => manager.connected().length).toBe(0);
    await call(keys.other);
    await expect.poll(reasons).toEqual(["key-mismatch"]);
  });

  it("holds an unknown device without using a credential, and lets it in after an approval", async () => {
    let signatures = 0;
    const counted = {
      ...keys.user,
      sign: (...data: Parameters<typeof keys.user.sign>) => {
        signatures++;
        return keys.user.sign(...data);
      },
    };
    const { manager, call, ready, reasons, events } = listening({ pending: true });
    await call(keys.host, 10);
    await expect.poll(() => manager.pending().length).toBe(1);
    const [{ id } = { id: "" }] = manager.pending();
    expect(id).toBe(fingerprintOf(keys.host));
    expect(new Set(reasons())).toEqual(new Set(["awaiting-approval"]));
    expect(events.find(({ kind }) => kind === "rejected")).toMatchObject({
      error: { name: "NetconfError", code: "awaiting-approval", identity: { fingerprint: id } },
    });
    expect(signatures).toBe(0);
    await manager.approve(id, {
      name: "router",
      credentials: { username: "ops", authentication: [{ method: "publickey", key: counted }] },
    });
    await ready();
    expect(manager.connected()[0]).toMatchObject({ device: "router", peer: { fingerprint: id } });
    expect(signatures).toBe(1);
  });

  it("learns the next key of a device, which the device announces and proves, and knows it by that", async () => {
    const { manager, call, ready, events } = listening({
      devices: [{ name: "router", fingerprints: [fingerprintOf(keys.host)], credentials }],
      keyUpdates: "learn",
    });
    const before = await call(keys.host, 60_000, keys.other);
    await ready();
    await expect.poll(() => events.filter(({ kind }) => kind === "key-learned").length).toBe(1);
    await before.stop();
    await expect.poll(() => manager.connected().length).toBe(0);
    await call(keys.other);
    await ready();
    expect(manager.connected()[0]).toMatchObject({
      device: "router",
      peer: { fingerprint: fingerprintOf(keys.other) },
    });
  });

  it("knows a device by a known_hosts file", async () => {
    const known = parseKnownHosts(`[router]:830 ${publicLine(keys.host)}`);
    const { manager, call, ready, events } = listening({
      devices: [{ name: "router", credentials }],
      lookups: [knownHostsLookup(known)],
    });
    await call(keys.host);
    await ready();
    expect(manager.connected()[0]?.device).toBe("router");
    expect(events.find(({ kind }) => kind === "recognized")).toMatchObject({ by: "lookup", lookup: "known_hosts" });
  });
});

describe("listenCallHome() and Junos outbound-ssh", () => {
  const SECRET = "shared with mx-7 only";
  const hmac = (key: string | Uint8Array, data: string | Uint8Array) => createHmac("sha1", key).update(data);

  /** A device that says its id first, and proves a host key with its secret. */
  const calling = async (claimed: PrivateKey, hostKey: PrivateKey) => {
    const network = memoryNetwork();
    const events: CallHomeEvent[] = [];
    const manager = listenCallHome({
      listeners: [
        {
          listener: network.listener,
          transport: callHomeOverSsh(),
          dialect: {
            outboundSsh: {
              secretOf: (id) => (id === "mx-7" ? SECRET : undefined),
              hmacSha1: (key, data) => new Uint8Array(hmac(key, data).digest()),
            },
          },
        },
      ],
      devices: [{ name: "mx-7", credentials }],
      onSession: () => {},
      onEvent: (event) => void events.push(event),
    });
    stops.push(() => manager.close({ sessions: true }));
    const text = `${claimed.type} ${Buffer.from(claimed.publicBlob).toString("base64")}`;
    const lines = [
      ...["MSG-ID: DEVICE-CONN-INFO", "MSG-VER: V1", "DEVICE-ID: mx-7"],
      ...[`HOST-KEY: ${text}`, `HMAC: ${hmac(SECRET, text).digest("hex")}`, ""],
    ];
    const dial: typeof network.dial = async (options) => {
      const socket = await network.dial(options);
      await socket.write(new TextEncoder().encode(lines.join("\r\n")));
      return socket;
    };
    const device = callHome({
      ...(await makeDevice(hostKey)),
      endpoints: [{ name: "noc", dial }],
      policy: { retryInterval: 60_000 },
    });
    stops.push(() => device.stop());
    const outcome = () => events.find(({ kind }) => kind === "ready" || kind === "rejected");
    await expect.poll(outcome, { timeout: 5000 }).toBeDefined();
    return { outcome: outcome(), events };
  };

  it("know a device by the host key that it proves with its secret, and by no address", async () => {
    const { outcome, events } = await calling(keys.host, keys.host);
    expect(outcome).toMatchObject({ kind: "ready", device: "mx-7" });
    expect(events.find(({ kind }) => kind === "recognized")).toMatchObject({ by: "lookup", lookup: "outbound-ssh" });
  });

  it("refuse one that shows another host key than it has proved", async () => {
    const { outcome } = await calling(keys.host, keys.other);
    expect(outcome).toMatchObject({ kind: "rejected", reason: "lookup-failed" });
  });
});

describe("listenCallHome() over SSH and TLS at once", () => {
  let ca: TestAuthority;
  let device: IssuedCertificate;
  let ours: IssuedCertificate;
  beforeAll(() => {
    ca = testAuthority();
    device = ca.issue({ subject: "/CN=router-7/serialNumber=SN-0007", altNames: "DNS:r7.example.net" });
    ours = ca.issue({ subject: "/CN=ops", altNames: "email:ops@example.net" });
  });
  afterAll(() => ca.remove());

  it("serves both by one list, each with its own, and refuses SSH on the port for TLS and the reverse", async () => {
    const ssh = memoryNetwork();
    const tls = memoryNetwork();
    const events: CallHomeEvent[] = [];
    const manager = listenCallHome({
      listeners: [
        ssh.listener,
        {
          listener: tls.listener,
          transport: callHomeOverTls(tlsClient({ cert: ours.cert, key: ours.key, ca: ca.cert })),
        },
      ],
      devices: [
        { name: "router", fingerprints: [fingerprintOf(keys.host)], credentials },
        {
          name: "router-7",
          certified: {
            authority: certificateFingerprint(readCertificate(new X509Certificate(ca.cert).raw)),
            name: "SN-0007",
          },
        },
      ],
      onSession: () => {},
      onEvent: (event) => void events.push(event),
      firstByteTimeout: 500,
    });
    stops.push(() => manager.close({ sessions: true }));
    const overTls = {
      server: (await makeDevice()).server,
      tls: tlsServer({
        cert: device.cert,
        key: device.key,
        clientCa: ca.cert,
        certToName: [{ id: 1, mapType: "san-any" }],
      }),
    };
    const overSsh = await makeDevice(keys.host);
    const call = (what: typeof overTls | typeof overSsh, dial = ssh.dial) => {
      const caller = callHome({ ...what, endpoints: [{ name: "noc", dial }], policy: { retryInterval: 60_000 } });
      stops.push(() => caller.stop());
    };
    call(overSsh, ssh.dial);
    call(overTls, tls.dial);
    await expect.poll(() => manager.connected().length, { timeout: 5000 }).toBe(2);
    expect(manager.connected().map(({ device: name, peer }) => [name, peer.kind])).toEqual(
      expect.arrayContaining([
        ["router", "ssh-host-key"],
        ["router-7", "x509-certificate"],
      ]),
    );
    const replies = await Promise.all(manager.connected().map(({ session }) => session.rpc(getConfig("running"))));
    for (const reply of replies) expectOk(reply);
    call(overSsh, tls.dial);
    call(overTls, ssh.dial);
    await expect.poll(() => events.filter(({ kind }) => kind === "rejected").length, { timeout: 5000 }).toBe(2);
    expect(manager.connected()).toHaveLength(2);
  });
});
