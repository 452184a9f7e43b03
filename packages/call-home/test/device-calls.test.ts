import * as socket from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { readmeExamples, runExample } from "../../../test/support/readme-examples.ts";
import * as callHome from "../src/mod.ts";
import { manager, settle, testCalls } from "./support/called-managers.ts";

const HOUR = 3_600_000;
const refusal = expect.objectContaining({ name: "NetconfError", code: "invalid-argument", fault: "local" });

describe("DeviceCalls", () => {
  it("RFC 8071 §4.1: calls several managers side by side; one that is down holds up nobody", async () => {
    const test = testCalls({ managers: [manager("a"), manager("b"), manager("c", ["c1", "c2"])] });
    test.down.add("b").add("c1");
    await settle();
    expect(test.open()).toEqual(["a"]);
    expect(test.device.status()).toMatchObject([
      { name: "a", removed: false, state: "connected", active: "a" },
      { name: "b", state: "waiting", endpoints: [{ lastError: { message: "b is down" }, nextTry: 5000 }] },
      { name: "c", state: "waiting", endpoints: [{ name: "c1", failures: 1 }, { name: "c2" }] },
    ]);
    test.clock.advance(5000);
    await settle();
    test.clock.advance(10_000);
    await settle();
    test.clock.advance(20_000);
    await settle();
    expect(test.open()).toEqual(["a", "c"]);
    expect(test.calls[1]?.endpoint).toEqual({ name: "c2", host: "c2" });
    await test.device.stop();
    expect([test.open(), test.clock.pending]).toEqual([[], 0]);
  });

  it("leaves alone what is the same in another configuration, and keeps the connection of what has changed", async () => {
    const test = testCalls({ managers: [manager("same"), manager("changed")] });
    await settle();
    test.device.apply({
      managers: [manager("changed", ["other"], { connection: { type: "periodic" } }), manager("same"), manager("new")],
    });
    await settle();
    expect(test.open()).toEqual(["same", "changed", "new"]);
    expect(test.kinds()).toEqual([
      "same dialing",
      "changed dialing",
      "same connected",
      "changed connected",
      "new dialing",
      "new connected",
    ]);
    test.clock.advance(20_000);
    test.calls[1]?.end();
    await settle();
    expect(test.device.status()[1]).toMatchObject({
      name: "changed",
      endpoints: [{ name: "other", nextTry: HOUR }],
    });
    expect(test.device.config.managers.map(({ name }) => name)).toEqual(["same", "changed", "new"]);
    await test.device.stop();
  });

  it("leaves the session of a manager alone that is taken away, and says so until it is over", async () => {
    const test = testCalls({ managers: [manager("a"), manager("b")] });
    await settle();
    test.device.apply({ managers: [manager("b")] });
    await settle();
    expect(test.open()).toEqual(["a", "b"]);
    expect(test.device.status()).toMatchObject([
      { name: "b", removed: false },
      { name: "a", removed: true, active: "a" },
    ]);
    test.calls[0]?.end();
    await settle();
    expect(test.device.status().map(({ name }) => name)).toEqual(["b"]);
    expect(test.kinds().filter((kind) => kind === "a dialing")).toHaveLength(1);
    await test.device.stop();
  });

  it("ends the session of a manager that is taken away, if that is wanted, and its attempts always", async () => {
    const test = testCalls({ managers: [manager("a"), manager("b")] });
    test.down.add("b");
    await settle();
    test.device.apply({ managers: [] }, "end");
    await settle();
    expect([test.open(), test.device.status(), test.clock.pending]).toEqual([[], [], 0]);
    await test.device.ended();
  });

  it("calls a manager that was taken away and comes again, beside its old session", async () => {
    const test = testCalls({ managers: [manager("a")] });
    await settle();
    test.device.apply({ managers: [] });
    test.device.apply({ managers: [manager("a")] });
    await settle();
    expect(test.open()).toEqual(["a", "a"]);
    await test.device.stop();
    expect(test.open()).toEqual([]);
  });

  it("refuses a configuration that cannot be as a whole: nothing has changed", async () => {
    const test = testCalls({ managers: [manager("a")] });
    await settle();
    const anchored = manager("c", ["c"], { connection: { type: "periodic", anchorTime: 0 } });
    for (const managers of [
      [manager("b"), manager("b")],
      [manager("b"), manager("c", [])],
      [manager("b"), anchored], // there is no wallClock
    ])
      expect(() => test.device.apply({ managers })).toThrow(refusal);
    await settle();
    expect(test.open()).toEqual(["a"]);
    expect(test.device.status().map(({ name }) => name)).toEqual(["a"]);
    await test.device.stop();
  });

  it("refuses a configuration with an endpoint that cannot be dialed: nothing has changed", async () => {
    const test = testCalls(
      { managers: [manager("a")] },
      {
        dialTo: ({ host }) => {
          if (host === "impossible") throw new Error("no such transport");
          return async () => ({ close: async () => {} });
        },
      },
    );
    await settle();
    expect(() => test.device.apply({ managers: [manager("b"), manager("impossible")] })).toThrow("no such transport");
    await settle();
    expect(test.open()).toEqual(["a"]);
    await test.device.stop();
  });

  it("calls one manager at once instead of waiting, or each", async () => {
    const test = testCalls({ managers: [manager("a"), manager("b")] });
    test.down.add("a").add("b");
    await settle();
    expect(test.device.now("b")).toBe(true);
    expect(test.device.now("nobody")).toBe(false);
    await settle();
    expect(test.kinds().slice(4)).toEqual(["b dialing", "b failed"]);
    expect(test.device.now()).toBe(true);
    await settle();
    expect(test.kinds().slice(6).sort()).toEqual(["a dialing", "a failed", "b dialing", "b failed"]);
    await test.device.stop();
  });

  it("begins with the endpoint that was connected before a restart", async () => {
    const test = testCalls(
      { managers: [manager("a", ["a1", "a2"], { reconnectStrategy: { startWith: "last-connected" } })] },
      { lastConnected: new Map([["a", "a2"]]) },
    );
    await settle();
    expect(test.calls[0]?.endpoint.name).toBe("a2");
    await test.device.stop();
  });

  it("has ended when nobody is called any more, those included who came meanwhile", async () => {
    const once = { reconnectStrategy: { reconnect: false } };
    const test = testCalls({ managers: [manager("a", ["a"], once)] });
    let over = false;
    void test.device.ended().then(() => {
      over = true;
    });
    await settle();
    test.device.apply({ managers: [manager("a", ["a"], once), manager("b", ["b"], once)] });
    await settle();
    test.calls[0]?.end();
    await settle();
    expect(over).toBe(false);
    test.calls[1]?.end();
    await settle();
    expect(over).toBe(true);
  });

  it("calls a manager again that has ended without reconnect, once its configuration is another", async () => {
    const once: callHome.CallHomeManagerConfig = manager("a", ["a"], { reconnectStrategy: { reconnect: false } });
    const test = testCalls({ managers: [once] });
    await settle();
    test.calls[0]?.end();
    await settle();
    test.device.apply({ managers: [once] });
    await settle();
    expect(test.open()).toEqual([]);
    test.device.apply({ managers: [manager("a")] });
    await settle();
    expect(test.open()).toEqual(["a"]);
    await test.device.stop();
  });

  it("hands each manager's settings on", async () => {
    const test = testCalls({
      managers: [
        manager("a", ["a1", "a2"], {
          reconnectStrategy: { maxAttempts: 1, maxRounds: 1, retryInterval: 700, jitter: 0, backoff: 3 },
        }),
      ],
    });
    test.down.add("a1").add("a2");
    await settle();
    expect(test.device.status()[0]?.endpoints[1]?.nextTry).toBe(700);
    test.clock.advance(700);
    await settle();
    expect(test.device.status()[0]).toMatchObject({
      state: "exhausted",
      endpoints: [{ failures: 1 }, { failures: 1 }],
    });
    await test.device.stop();
  });
});

it("the README's example does what it says", async () => {
  const examples = readmeExamples(new URL("../README.md", import.meta.url));
  const code = examples.find((example) => example.includes("new DeviceCalls")) ?? expect.fail("no such example");
  expect(await runExample(code, { "@netconf-kit/call-home": callHome, "@netconf-kit/socket": socket })).toEqual([
    "backup at vault.example",
    "noc waiting no route",
    "backup connected well",
  ]);
});
