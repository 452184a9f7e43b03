import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import type { CallHomeDeviceEvent } from "../src/mod.ts";
import { deferred, settle, type TestDevice, type TestDeviceOptions, testDevice } from "./support/called.ts";

/** Nothing is left: no timer, no open socket, no listener on a signal, and nothing is called any more. */
async function expectNothingLeft({ device, clock, sockets, connections, signals }: TestDevice): Promise<void> {
  expect(await device.ended).toBe("stopped");
  const dials = signals.length;
  expect(clock.pending).toBe(0);
  clock.advance(3_600_000);
  await settle();
  expect(signals.length).toBe(dials);
  expect(sockets.filter(({ isClosed }) => !isClosed)).toEqual([]);
  expect(connections.filter(({ isClosed, socket }) => !isClosed && !socket.isClosed)).toEqual([]);
  expect(signals.flatMap((signal) => getEventListeners(signal, "abort"))).toEqual([]);
  expect(device.status()).toMatchObject({ state: "stopped", active: undefined });
  expect(device.now()).toBe(false);
}

const refused = async (): Promise<void> => {
  throw new Error("refused");
};

/** How a device comes to stand where it is stopped. */
const places: readonly {
  readonly at: string;
  readonly options: TestDeviceOptions;
  readonly reach?: (test: TestDevice) => Promise<void> | void;
}[] = [
  { at: "before anything has begun", options: {} },
  { at: "while it dials", options: { dialing: () => new Promise(() => {}) }, reach: settle },
  { at: "while the manager logs in", options: { serving: () => new Promise(() => {}) }, reach: settle },
  { at: "while it is connected", options: {}, reach: settle },
  { at: "while it waits for a retry", options: { dialing: refused }, reach: settle },
  { at: "when it has given up", options: { dialing: refused, maxAttempts: 1, maxRounds: 1 }, reach: settle },
  {
    at: "while it waits for a period",
    options: { period: 60_000, calendar: () => 0 },
    reach: async ({ connections }) => {
      await settle();
      connections[0]?.end();
      await settle();
    },
  },
  {
    at: "while a connection is watched and a question is open",
    options: { liveness: { interval: 1000 }, idleTimeout: 5000 },
    reach: async ({ connections, clock }) => {
      await settle();
      if (connections[0] !== undefined) connections[0].alive = false;
      clock.advance(1500);
    },
  },
];

describe("stop() of a device that calls home leaves nothing behind", () => {
  for (const { at, options, reach } of places) {
    it(at, async () => {
      const test = testDevice(options);
      await reach?.(test);
      await test.device.stop();
      await test.device.stop();
      await expectNothingLeft(test);
    });
  }

  for (const kind of ["dialing", "connected", "failed", "closed", "idle", "clock-jumped"] as const) {
    it(`when told of "${kind}", by whoever is told`, async () => {
      let wall = 0;
      let stopped: Promise<void> | undefined;
      const test = testDevice({
        ...(kind === "failed" && { dialing: refused }),
        ...(kind === "clock-jumped" && { calendar: () => wall }),
        idleTimeout: 5000,
        onTestEvent: (event, device) => {
          if (event.kind === kind) stopped = device.stop();
        },
      });
      await settle();
      if (kind === "closed") test.connections[0]?.end();
      wall = 3_600_000;
      test.clock.advance(kind === "idle" || kind === "clock-jumped" ? 40_000 : 0);
      await settle();
      await stopped;
      if (kind === "dialing") expect(test.signals).toEqual([]);
      await expectNothingLeft(test);
    });
  }

  it("when the dial succeeds after all: the socket is closed, and nobody serves it", async () => {
    const line = deferred<void>();
    const test = testDevice({ dialing: () => line.promise });
    await settle();
    await test.device.stop();
    line.resolve();
    await settle();
    expect(test.sockets.length).toBe(1);
    expect(test.connections).toEqual([]);
    await expectNothingLeft(test);
  });

  it("when the manager logs in after all: that connection is closed", async () => {
    const login = deferred<void>();
    const test = testDevice({ serving: () => login.promise });
    await settle();
    await test.device.stop();
    login.resolve();
    await settle();
    expect(test.connections.map(({ isClosed }) => isClosed)).toEqual([true]);
    await expectNothingLeft(test);
  });

  it("at each turn of the event loop while it connects", async () => {
    for (let turns = 0; turns < 12; turns++) {
      const test = testDevice();
      for (let i = 0; i < turns; i++) await Promise.resolve();
      await test.device.stop();
      await expectNothingLeft(test);
    }
  });

  it("and may let a connection stay: it is over when it ends by itself", async () => {
    const test = testDevice();
    await settle();
    await test.device.stop("stays");
    expect(test.device.status()).toMatchObject({ state: "stopped", active: "noc" });
    let over = false;
    void test.device.ended.then(() => {
      over = true;
    });
    await settle();
    expect(over).toBe(false);
    test.connections[0]?.end();
    await settle();
    expect(over).toBe(true);
    expect(test.kinds().at(-1)).toBe("closed noc");
    expect(test.signals.length).toBe(1);
  });

  it('and "stays" ends what is no connection yet', async () => {
    const test = testDevice({ serving: () => new Promise(() => {}) });
    await settle();
    await test.device.stop("stays");
    await expectNothingLeft(test);
    expect(test.events.at(-1)).toMatchObject({ kind: "failed", error: { code: "device-stopped" } });
  });
});

describe("a device that calls home takes commands from whoever it tells of events", () => {
  const inEvent = async (kind: CallHomeDeviceEvent["kind"], options: TestDeviceOptions = {}) => {
    let told = 0;
    const answers: boolean[] = [];
    const test = testDevice({
      ...options,
      onTestEvent: (event, device) => {
        if (event.kind === kind && told++ === 0) answers.push(device.now());
      },
    });
    await settle();
    return { test, answers };
  };

  it("now() when an attempt has failed: the next one begins after that, one at a time", async () => {
    const { test, answers } = await inEvent("failed", { dialing: refused });
    expect(answers).toEqual([true]);
    expect(test.kinds()).toEqual(["dialing noc", "failed noc", "dialing noc", "failed noc"]);
    await test.device.stop();
    await expectNothingLeft(test);
  });

  it("now() while something is under way: nothing more is done", async () => {
    const { test, answers } = await inEvent("dialing");
    expect(answers).toEqual([false]);
    expect(test.kinds()).toEqual(["dialing noc", "connected noc"]);
    await test.device.stop();
    await expectNothingLeft(test);
  });

  it("now() when a short connection has ended: called at once, and stop() waits for that call", async () => {
    let served = 0;
    const serving = async (): Promise<void> => (++served > 1 ? new Promise(() => {}) : undefined);
    const { test, answers } = await inEvent("closed", { serving });
    test.connections[0]?.end();
    await settle();
    expect([answers, served]).toEqual([[true], 2]);
    const second = test.sockets[1] ?? expect.fail("not dialed");
    const close = second.close.bind(second);
    second.close = () => settle().then(close);
    await test.device.stop();
    expect(test.kinds().slice(-2)).toEqual(["dialing noc", "failed noc"]);
    await expectNothingLeft(test);
  });
});
