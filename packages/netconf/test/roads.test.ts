import { afterEach, describe, expect, it } from "vitest";
import {
  type CallHomeEvent,
  callHome,
  commit,
  connect,
  editConfig,
  expectOk,
  getConfig,
  listenCallHome,
  parseXml,
  type ServeEvent,
  serializeXml,
  serve,
  trustFingerprints,
} from "../src/mod.ts";
import { credentials, fingerprintOf, keys, makeDevice, memoryNetwork } from "./support.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const rename = (name: string) =>
  editConfig(
    "candidate",
    parseXml(`<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>${name}</hostname></system>`),
  );

describe("connect() and serve()", () => {
  it("make a session in the usual direction, and close it in good order", async () => {
    const network = memoryNetwork();
    const events: ServeEvent[] = [];
    const service = serve({
      ...(await makeDevice()),
      listener: network.listener,
      onEvent: (event) => void events.push(event),
    });
    stops.push(service.close);
    const verifyHostKey = trustFingerprints([fingerprintOf(keys.host)]);
    const connection = await connect({ ...credentials, dial: network.dial, verifyHostKey });
    expect(connection.channel).toMatchObject({ username: "ops", peer: { kind: "ssh-host-key" } });
    expect(connection.channel.security).toMatchObject({ kex: "mlkem768x25519-sha256", strictKex: "yes" });
    expect(serializeXml(expectOk(await connection.session.rpc(getConfig("running"))))).toContain(
      "<hostname>first</hostname>",
    );
    await connection.close();
    expect(await connection.session.closed).toEqual({ by: "local" });
    await expect.poll(() => service.connections).toBe(0);
    expect(events.map((event) => event.type)).toEqual([
      "connected",
      "authenticated",
      "session-started",
      "session-ended",
      "closed",
    ]);
  });

  it("let nobody in with another key, and tell so", async () => {
    const network = memoryNetwork();
    const events: ServeEvent[] = [];
    const service = serve({
      ...(await makeDevice()),
      listener: network.listener,
      onEvent: (event) => void events.push(event),
    });
    stops.push(service.close);
    const stranger = connect({
      username: "ops",
      authentication: [{ method: "publickey", key: keys.stranger }],
      dial: network.dial,
      verifyHostKey: trustFingerprints([fingerprintOf(keys.host)]),
    });
    await expect(stranger).rejects.toMatchObject({ layer: "ssh", code: "authentication-failed" });
    await expect.poll(() => events.map((event) => event.type)).toEqual(["connected", "refused"]);
  });

  it("close connections beyond maxConnections on arrival", async () => {
    const network = memoryNetwork();
    const service = serve({ ...(await makeDevice()), listener: network.listener, maxConnections: 1 });
    stops.push(service.close);
    const verifyHostKey = trustFingerprints([fingerprintOf(keys.host)]);
    const first = await connect({ ...credentials, dial: network.dial, verifyHostKey });
    await expect(connect({ ...credentials, dial: network.dial, verifyHostKey })).rejects.toMatchObject({
      layer: "ssh",
    });
    await first.close();
  });

  it("end every session when the service closes", async () => {
    const network = memoryNetwork();
    const service = serve({ ...(await makeDevice()), listener: network.listener });
    const connection = await connect({
      ...credentials,
      dial: network.dial,
      verifyHostKey: trustFingerprints([fingerprintOf(keys.host)]),
    });
    await service.close();
    expect(await connection.session.closed).not.toEqual({ by: "local" });
    await expect(connection.session.rpc(getConfig("running"))).rejects.toMatchObject({ layer: expect.any(String) });
  });
});

describe("listenCallHome() and callHome()", () => {
  it("identify two devices by their keys at once, each with its own data, and see what was committed when they call back", async () => {
    const network = memoryNetwork();
    const manager = listenCallHome({
      listeners: network.listener,
      devices: [
        { name: "router", fingerprints: [fingerprintOf(keys.host)], credentials },
        { name: "switch", fingerprints: [fingerprintOf(keys.other)], credentials },
      ],
    });
    stops.push(() => manager.close({ sessions: true }));
    for (const hostKey of [keys.host, keys.other]) {
      const device = callHome({
        ...(await makeDevice(hostKey)),
        endpoints: [{ name: "manager", dial: network.dial }],
        policy: { retryInterval: 10, stableAfter: 0 },
      });
      stops.push(device.stop.bind(device));
    }
    const seen = new Map<string, string[]>();
    for await (const { device, session } of manager.sessions) {
      const found = seen.get(device) ?? [];
      seen.set(device, found);
      const text = serializeXml(expectOk(await session.rpc(getConfig("running"))));
      found.push(/<hostname>(.*)<\/hostname>/.exec(text)?.[1] ?? "none");
      expectOk(await session.rpc(rename(`${device}-renamed`)));
      expectOk(await session.rpc(commit()));
      await session.close();
      if (
        [...seen.values()].flat().length >= 4 &&
        seen.size === 2 &&
        [...seen.values()].every((names) => names.length >= 2)
      )
        break;
    }
    expect(seen.get("router")?.slice(0, 2)).toEqual(["first", "router-renamed"]);
    expect(seen.get("switch")?.slice(0, 2)).toEqual(["first", "switch-renamed"]);
  });

  it("refuse and report an unknown device without using any credential, and known devices go on", async () => {
    const network = memoryNetwork();
    const events: CallHomeEvent[] = [];
    let asked = 0;
    const manager = listenCallHome({
      listeners: network.listener,
      devices: [
        {
          name: "router",
          fingerprints: [fingerprintOf(keys.host)],
          credentials: {
            username: "ops",
            authentication: [
              {
                method: "publickey",
                key: {
                  ...keys.user,
                  sign: (data, algorithm) => {
                    asked++;
                    return keys.user.sign(data, algorithm);
                  },
                },
              },
            ],
          },
        },
      ],
      onEvent: (event) => void events.push(event),
    });
    stops.push(() => manager.close({ sessions: true }));
    const stranger = callHome({
      ...(await makeDevice(keys.other)),
      endpoints: [{ name: "manager", dial: network.dial }],
      policy: { retryInterval: 60_000 },
    });
    stops.push(stranger.stop.bind(stranger));
    await expect
      .poll(() => events.find((event) => event.kind === "rejected"))
      .toMatchObject({
        reason: "unknown-identity",
        peer: { kind: "ssh-host-key", fingerprint: fingerprintOf(keys.other) },
      });
    expect(asked).toBe(0);

    const known = callHome({ ...(await makeDevice()), endpoints: [{ name: "manager", dial: network.dial }] });
    stops.push(known.stop.bind(known));
    for await (const { device, session } of manager.sessions) {
      expect(device).toBe("router");
      expectOk(await session.rpc(getConfig("running")));
      break;
    }
    expect(asked).toBe(1);
  });
});
