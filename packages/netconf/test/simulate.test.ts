import { afterEach, describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import {
  allowLogin,
  expectOk,
  type Fleet,
  getConfig,
  listenCallHome,
  parseAuthorizedKeys,
  parseXml,
  type SimulateOptions,
  serializeXml,
  simulateDevices,
  simulatedHostKey,
} from "../src/mod.ts";
import { credentials, fingerprintOf, keys, memoryNetwork, publicLine } from "./support.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const authenticate = allowLogin({ authorizedKeys: parseAuthorizedKeys(publicLine(keys.user)) });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const hostname = (name: string) =>
  parseXml(
    `<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>${name}</hostname></system></config>`,
  );

function start(options: Omit<SimulateOptions, "seed" | "serving">): Fleet {
  const fleet = simulateDevices({ seed: "lab", serving: { authenticate }, ...options });
  stops.push(() => fleet.stop());
  return fleet;
}

describe("simulatedHostKey()", () => {
  it("makes the same key for the same seed and number, and another for any other", () => {
    const fingerprints = [
      simulatedHostKey("lab", 0),
      simulatedHostKey("lab", 0),
      simulatedHostKey("lab", 1),
      simulatedHostKey("field", 0),
    ].map(fingerprintOf);
    expect(fingerprints[0]).toBe(fingerprints[1]);
    expect(new Set(fingerprints).size).toBe(3);
    expect(simulatedHostKey("lab", 6).comment).toBe("device-7");
  });
});

describe("simulateDevices()", () => {
  it("RFC 8071 §4: devices that call, each known by its own key and with its own data", async () => {
    const network = memoryNetwork();
    const count = 12;
    const manager = listenCallHome({
      listeners: network.listener,
      devices: Array.from({ length: count }, (_, index) => ({
        name: `device-${index + 1}`,
        fingerprints: [fingerprintOf(simulatedHostKey("lab", index))],
        credentials,
      })),
    });
    stops.push(() => manager.close({ sessions: true }));
    const fleet = start({
      count,
      place: { kind: "call-home", endpoints: () => [{ name: "noc", dial: network.dial }] },
      configure: (index) => ({ initial: hostname(`name-of-${index + 1}`) }),
      stagger: 0,
    });
    await fleet.started;
    await expect.poll(() => fleet.status(), { timeout: 20_000 }).toMatchObject({ started: count, ready: count });
    expect(manager.connected().map(({ device }) => device)).toHaveLength(count);
    for (const { device, session } of manager.connected()) {
      const text = serializeXml(expectOk(await session.rpc(getConfig("running"))));
      expect(text).toContain(`<hostname>name-of-${device.replace("device-", "")}</hostname>`);
    }
    await fleet.stop();
    expect(fleet.status()).toMatchObject({ count, ready: 0, calls: count, failures: 0, lastError: undefined });
    await expect.poll(() => manager.connected()).toEqual([]);
  });

  it("starts one device after another, as far apart as it is told, and none once it is stopped", async () => {
    const clock = virtualClock();
    const never = { name: "noc", dial: () => new Promise<never>(() => {}) };
    const fleet = start({ count: 10, place: { kind: "call-home", endpoints: () => [never] }, stagger: 100, clock });
    const startedAt = async (milliseconds: number): Promise<number> => {
      clock.advance(milliseconds);
      await settled();
      return fleet.status().started;
    };
    expect([await startedAt(0), await startedAt(99), await startedAt(1), await startedAt(100)]).toEqual([1, 1, 2, 3]);
    await fleet.stop();
    expect(await startedAt(10_000)).toBe(3);
    expect(fleet.devices.map(({ name }) => name)).toEqual(["device-1", "device-2", "device-3"]);
    expect(fleet.devices.map(({ caller }) => caller?.status().state)).toEqual(["stopped", "stopped", "stopped"]);
  });

  it("counts calls that fail, each by the policy of its device", async () => {
    const clock = virtualClock();
    const fails = { name: "noc", dial: () => Promise.reject(new Error("nobody is there")) };
    const fleet = start({
      count: 3,
      place: { kind: "call-home", endpoints: () => [fails] },
      stagger: 0,
      policy: { retryInterval: 1000, backoff: 1, jitter: 0 },
      clock,
    });
    await fleet.started;
    await settled();
    clock.advance(1000);
    await settled();
    expect(fleet.status()).toMatchObject({
      ready: 0,
      calls: 6,
      failures: 6,
      lastError: { message: "nobody is there" },
    });
  });

  it("devices that listen, each at a place of its own; what hinders one stops the rest from starting", async () => {
    const fleet = start({
      count: 3,
      place: {
        kind: "listen",
        listen: async (index) => {
          if (index === 2) throw new Error("no such place");
          return Object.assign(memoryNetwork().listener, { local: `place-${index}` });
        },
      },
      stagger: 0,
    });
    await expect(fleet.started).rejects.toThrow("no such place");
    expect(fleet.devices.map(({ local }) => local)).toEqual(["place-0", "place-1"]);
  });
});
