import { type Dial, memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import {
  acceptServerSession,
  type CallHomeDeviceEvent,
  type CallHomeDeviceOptions,
  type ClientSession,
  callHome,
  openClientSession,
  type ServeConnection,
} from "../src/mod.ts";
import { allCapabilities, failureOf, plainHandler } from "./support/pair.ts";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i > 1000) throw new Error("the condition never came true");
    await turn();
  }
}

const serve: ServeConnection = (socket, { signal }) =>
  acceptServerSession(socket, {
    sessionId: 1,
    username: "x",
    capabilities: allCapabilities,
    handler: plainHandler,
    signal,
  });

/** A manager in memory: takes calls while `up`. */
function manager() {
  const sessions: ClientSession[] = [];
  const state = { up: true, calls: 0 };
  const dial: Dial = async () => {
    state.calls++;
    if (!state.up) throw new Error("connection refused");
    const [near, far] = memoryPair();
    void openClientSession(far).then(
      (session) => sessions.push(session),
      () => {},
    );
    return near;
  };
  return { sessions, state, dial };
}

function device(
  endpoints: { name: string; dial: Dial }[],
  options: CallHomeDeviceOptions = {},
  serving: ServeConnection = serve,
) {
  const clock = virtualClock();
  const events: CallHomeDeviceEvent[] = [];
  const made = callHome(endpoints, serving, {
    clock,
    retryInterval: 1000,
    backoff: 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return {
    clock,
    events,
    device: made,
    kinds: () => events.map((event) => ("endpoint" in event ? `${event.kind} ${event.endpoint}` : event.kind)),
  };
}

describe("callHome", () => {
  it("RFC 8071 §4.1: dials, serves, and calls again when the manager has closed the session, in virtual time", async () => {
    const m = manager();
    const { clock, device: d, kinds } = device([{ name: "noc", dial: m.dial }]);
    await until(() => m.sessions.length === 1);
    expect(d.status()).toMatchObject({ state: "connected", endpoints: [{ name: "noc", connectedSince: 0 }] });
    clock.advance(20_000);
    await m.sessions[0]!.close();
    await until(() => m.sessions.length === 2);
    expect(kinds()).toEqual(["dialing noc", "connected noc", "closed noc", "dialing noc", "connected noc"]);
    await d.stop();
    expect(await d.ended).toBe("stopped");
    expect((await m.sessions[1]!.closed).by).toBe("peer");
  });

  it("tries one endpoint maxAttempts times, then the next, at the right times", async () => {
    const [a, b] = [manager(), manager()];
    a.state.up = false;
    const {
      clock,
      device: d,
      events,
    } = device(
      [
        { name: "a", dial: a.dial },
        { name: "b", dial: b.dial },
      ],
      { maxAttempts: 2 },
    );
    await until(() => events.length === 2);
    expect(events[1]).toMatchObject({
      kind: "failed",
      endpoint: "a",
      nextTry: 1000,
      error: { message: "connection refused" },
    });
    expect(d.status().endpoints[0]).toMatchObject({ failures: 1, nextTry: 1000 });
    clock.advance(999);
    await turn();
    expect(a.state.calls).toBe(1);
    clock.advance(1);
    await until(() => events.length === 4);
    clock.advance(1000);
    await until(() => b.sessions.length === 1);
    expect([a.state.calls, b.state.calls]).toEqual([2, 1]);
    await d.stop();
  });

  it("counts a connection that never becomes a session as a failure, and closes it", async () => {
    const clock = virtualClock();
    const [near, far] = memoryPair();
    const events: CallHomeDeviceEvent[] = [];
    const d = callHome([{ name: "mute", dial: async () => near }], serve, {
      clock,
      connectTimeout: 5000,
      onEvent: (event) => events.push(event),
    });
    await turn();
    clock.advance(5000);
    await turn();
    clock.advance(3000);
    await until(() => events.some((event) => event.kind === "failed"));
    expect(events.at(-1)).toMatchObject({
      kind: "failed",
      error: { code: "timeout-connect", layer: "call-home", fault: "transport" },
    });
    expect(await failureOf(near.closed)).toMatchObject({ code: "timeout-connect" });
    await d.stop();
    await far.close();
  });

  it("gives up on a dial that hangs, and closes the socket that comes too late", async () => {
    const [near] = memoryPair();
    let finish = (): void => {};
    const {
      clock,
      device: d,
      events,
    } = device(
      [
        {
          name: "slow",
          dial: () =>
            new Promise((resolve) => {
              finish = () => resolve(near);
            }),
        },
      ],
      { connectTimeout: 5000 },
    );
    await turn();
    clock.advance(5000);
    await until(() => events.some((event) => event.kind === "failed"));
    finish();
    await near.closed;
    await d.stop();
  });

  it("now() skips the wait; not while a call is under way", async () => {
    const m = manager();
    m.state.up = false;
    const { device: d, events } = device([{ name: "a", dial: m.dial }], { maxAttempts: 1, maxRounds: 1 });
    expect(d.now()).toBe(false);
    await until(() => events.length === 2);
    expect(d.status().state).toBe("exhausted");
    m.state.up = true;
    expect(d.now()).toBe(true);
    await until(() => m.sessions.length === 1);
    expect(d.now()).toBe(false);
    await d.stop();
    expect(d.now()).toBe(false);
  });

  it("ends by itself without reconnect", async () => {
    const m = manager();
    const { device: d } = device([{ name: "a", dial: m.dial }], { reconnect: false });
    await until(() => m.sessions.length === 1);
    await m.sessions[0]!.close();
    expect(await d.ended).toBe("stopped");
    expect(m.state.calls).toBe(1);
  });

  it("stop ends an attempt under way and a wait", async () => {
    const hanging = device([{ name: "a", dial: () => new Promise(() => {}) }]);
    await hanging.device.stop();
    expect(hanging.events.at(-1)).toMatchObject({ kind: "failed", error: { code: "device-stopped" } });
    const m = manager();
    m.state.up = false;
    const waiting = device([{ name: "a", dial: m.dial }]);
    await until(() => waiting.events.length === 2);
    await waiting.device.stop();
    waiting.clock.advance(100_000);
    await turn();
    expect(m.state.calls).toBe(1);
  });

  it("reports the error that ended a connection, and a log that throws does not matter", async () => {
    const m = manager();
    const { device: d, events } = device([{ name: "a", dial: m.dial }]);
    await until(() => m.sessions.length === 1);
    const reason = new Error("cut");
    m.sessions[0]!.abort(reason);
    await until(() => events.some((event) => event.kind === "closed"));
    expect(d.status().endpoints[0]?.nextTry).toBe(1000);
    await d.stop();
    const loud = callHome([{ name: "a", dial: m.dial }], serve, {
      onEvent: () => {
        throw new Error("log");
      },
    });
    await until(() => loud.status().state === "connected");
    await loud.stop();
  });
});
