import { describe, expect, it } from "vitest";
import { type CallHomeDeviceOptions, callHome } from "../src/mod.ts";
import { settle, TestSocket, testDevice } from "./support/called.ts";

const HOUR = 3_600_000;
const refused = async (): Promise<void> => {
  throw new Error("refused");
};

describe("a device that calls home and is configured anew", () => {
  it("leaves its connection alone, also to an endpoint that is gone, and goes by the new list after it", async () => {
    const test = testDevice();
    await settle();
    test.device.configure([test.endpoint("new")], {});
    await settle();
    expect(test.device.status()).toMatchObject({
      state: "connected",
      active: "noc",
      endpoints: [{ name: "new", connectedSince: undefined }],
    });
    test.clock.advance(20_000);
    test.connections[0]?.end();
    await settle();
    expect(test.kinds().slice(-3)).toEqual(["closed noc", "dialing new", "connected new"]);
    await test.device.stop();
  });

  it("calls off an attempt, which nobody is blamed for, and begins anew at once", async () => {
    const test = testDevice({ dialing: () => new Promise(() => {}) });
    await settle();
    test.device.configure([test.endpoint("noc"), test.endpoint("second")], { retryInterval: 60_000 });
    await settle();
    expect(test.kinds()).toEqual(["dialing noc", "failed noc", "dialing noc"]);
    expect(test.signals[0]?.reason).toMatchObject({ code: "device-stopped" });
    expect(test.device.status().endpoints).toMatchObject([{ failures: 0 }, { failures: 0 }]);
    await test.device.stop();
  });

  it("ends a wait, takes up what was given up, and has nothing to do without endpoints", async () => {
    const test = testDevice({ dialing: refused, maxAttempts: 1, maxRounds: 1 });
    await settle();
    expect(test.device.status().state).toBe("exhausted");
    test.device.configure([test.endpoint("other")], { retryInterval: 60_000 });
    await settle();
    expect(test.kinds().slice(2)).toEqual(["dialing other", "failed other"]);
    test.device.configure([], {});
    await settle();
    expect([test.device.status().state, test.clock.pending]).toEqual(["exhausted", 0]);
    await test.device.stop();
  });

  it("watches a connection by its new settings", async () => {
    const test = testDevice();
    await settle();
    test.device.configure([test.endpoint("noc")], { idleTimeout: 5000 });
    test.clock.advance(5000);
    await settle();
    expect(test.kinds()).toContain("idle noc");
    expect(test.connections[0]?.isClosed).toBe(true);
    await test.device.stop();
  });
});

describe("a device that calls home watches its connection", () => {
  it("ends a silent one after idleTimeout; activity counts", async () => {
    const test = testDevice({ period: HOUR, idleTimeout: 5000 });
    await settle();
    test.clock.advance(4000);
    test.connections[0]?.context.active();
    test.clock.advance(4999);
    expect(test.kinds()).not.toContain("idle noc");
    test.clock.advance(1);
    await settle();
    expect(test.kinds().slice(-2)).toEqual(["idle noc", "closed noc"]);
    expect(test.events.at(-1)).toMatchObject({ error: undefined, nextTry: HOUR });
    await test.device.stop();
  });

  it("calls again when a manager gives no sign of life, without waiting for the old connection to close", async () => {
    const test = testDevice({ liveness: { interval: 10_000, maxAttempts: 2 } });
    await settle();
    const [first] = test.connections;
    if (first === undefined) throw new Error("not connected");
    test.clock.advance(10_000);
    await settle();
    expect(first.probes).toBe(1);
    first.alive = false;
    first.close = () => new Promise(() => {}); // a peer that is gone acknowledges nothing
    test.clock.advance(30_000);
    await settle();
    expect(test.events.find(({ kind }) => kind === "closed")).toMatchObject({
      error: { code: "liveness-lost", fault: "transport" },
    });
    expect(test.connections.length).toBe(2);
    await test.device.stop();
  });
});

describe("a device that calls home and its calendar", () => {
  it("notices that the machine has slept, asks its connection, and says so", async () => {
    let slept = 0;
    const test = testDevice({ calendar: () => 1_000_000 + slept, liveness: { interval: 20 * 60_000 } });
    await settle();
    slept = HOUR;
    test.clock.advance(30_000);
    await settle();
    test.clock.advance(0);
    expect(test.events.at(-1)).toEqual({ at: 30_000, kind: "clock-jumped", milliseconds: HOUR });
    expect(test.connections[0]?.probes).toBe(1);
    await test.device.stop();
  });

  it("calls at once after a sleep instead of waiting the rest of a long interval", async () => {
    let slept = 0;
    const test = testDevice({ dialing: refused, calendar: () => slept, retryInterval: 300_000, jitter: 0 });
    await settle();
    slept = HOUR;
    test.clock.advance(30_000);
    await settle();
    expect(test.kinds()).toEqual(["dialing noc", "failed noc", "clock-jumped", "dialing noc", "failed noc"]);
    await test.device.stop();
  });

  it("calls at anchorTime of the calendar, also when that is set meanwhile", async () => {
    let set = 0;
    const test = testDevice({
      period: HOUR,
      anchorTime: 1_600_000,
      calendar: () => 1_000_000 + set,
    });
    await settle();
    expect(test.device.status().endpoints[0]?.nextTry).toBe(600_000);
    test.clock.advance(60_000);
    set = 200_000;
    test.clock.advance(340_000);
    await settle();
    expect(test.kinds()).toEqual(["clock-jumped", "dialing noc", "connected noc"]);
    expect(test.device.status().endpoints[0]?.connectedSince).toBe(400_000);
    await test.device.stop();
  });
});

describe("callHome()", () => {
  const wrong: readonly [string, CallHomeDeviceOptions][] = [
    ["a retryInterval of 0, which would call without a pause", { retryInterval: 0 }],
    ["a retryInterval that is no number", { retryInterval: Number.NaN }],
    ["a period of 0", { period: 0 }],
    ["a connectTimeout of 0", { connectTimeout: 0 }],
    ["a backoff that shrinks", { backoff: 0.5 }],
    ["more than all of the interval left to chance", { jitter: 1.5 }],
    ["no attempt at all", { maxAttempts: 0 }],
    ["a negative idleTimeout", { idleTimeout: -1 }],
    ["questions without a pause", { liveness: { interval: 0 } }],
    ["an anchorTime without a calendar", { period: HOUR, anchorTime: 0 }],
  ];
  it.each(wrong)("refuses %s, then and later", async (_name, options) => {
    const refusal = expect.objectContaining({ code: "invalid-argument", fault: "local" });
    expect(() => callHome([], async () => ({ closed: Promise.resolve(), close: async () => {} }), options)).toThrow(
      refusal,
    );
    const test = testDevice();
    expect(() => test.device.configure([test.endpoint("other")], options)).toThrow(refusal);
    await settle();
    expect(test.kinds()).toEqual(["dialing noc", "connected noc"]);
    await test.device.stop();
  });

  it("takes a dial or a serve function that throws for a failed attempt, and closes the socket", async () => {
    const socket = new TestSocket();
    for (const dial of [
      () => {
        throw new Error("no dial");
      },
      async () => socket,
    ]) {
      const errors: string[] = [];
      const device = callHome<TestSocket>(
        [{ name: "noc", dial }],
        () => {
          throw new Error("no serve");
        },
        {
          maxAttempts: 1,
          maxRounds: 1,
          onEvent: (event) => void (event.kind === "failed" && errors.push(event.error.message)),
        },
      );
      await settle();
      expect(errors.length).toBe(1);
      await device.stop();
    }
    expect(socket.isClosed).toBe(true);
  });
});
