import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { acceptCallHome, type CallHomeEvent, type CallHomeOptions, get } from "../src/mod.ts";
import { device, MemoryListener, secure, turn, until } from "./support/call-home.ts";
import { failureOf } from "./support/pair.ts";

function manager(options: CallHomeOptions = {}) {
  const events: CallHomeEvent[] = [];
  const listener = new MemoryListener();
  const made = acceptCallHome(listener, secure, { ...options, onEvent: (event) => events.push(event) });
  const readyCount = () => events.filter((event) => event.kind === "ready").length;
  return { listener, manager: made, events, readyCount };
}

/** A device that has said its hello, and then nothing any more. */
async function mute(listener: MemoryListener, name: string): Promise<void> {
  const socket = listener.connect("192.0.2.9:1");
  await socket.write(new TextEncoder().encode(`key ${name}`));
  await turn();
  await socket.write(
    new TextEncoder().encode(
      '<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities><session-id>7</session-id></hello>]]>]]>',
    ),
  );
}

describe("acceptCallHome() and a device that is connected already (RFC 8071 §3.1)", () => {
  it("keeps a session that shows a sign of life, and refuses the second call", async () => {
    const { listener, manager: m, events, readyCount } = manager();
    await device(listener, "a", 1);
    await until(() => readyCount() === 1);
    await failureOf(device(listener, "a", 2));
    expect(events.at(-1)).toMatchObject({ kind: "rejected", reason: "already-connected", device: "SHA256:a" });
    expect((await m.connected()[0]!.session.rpc(get())).ok).toBe(true);
    await m.close({ sessions: true });
  });

  it("ends one that has been silent for the time limit, and takes the second call", async () => {
    const clock = virtualClock();
    const { listener, manager: m, events, readyCount } = manager({ clock, probeTimeout: 3000 });
    await mute(listener, "a");
    await until(() => readyCount() === 1);
    const second = device(listener, "a", 2);
    await until(() => events.filter((event) => event.kind === "connected").length === 2);
    await turn();
    clock.advance(2999);
    await turn();
    expect(events.some((event) => event.kind === "closed")).toBe(false);
    clock.advance(1);
    await second;
    await until(() => readyCount() === 2);
    expect(events.find((event) => event.kind === "closed")).toMatchObject({
      reason: { by: "error", error: { code: "replaced" } },
    });
    expect(m.connected().map(({ session }) => session.sessionId)).toEqual([2]);
    await m.close({ sessions: true });
  });

  it("takes a device whose session is dead back also when maxSessions are open", async () => {
    const clock = virtualClock();
    const { listener, manager: m, events, readyCount } = manager({ clock, maxSessions: 1, onSession: () => {} });
    await mute(listener, "a");
    await until(() => readyCount() === 1);
    await failureOf(device(listener, "b", 2));
    expect(events.at(-1)).toMatchObject({ kind: "rejected", reason: "limit-sessions", device: "SHA256:b" });
    const back = device(listener, "a", 3);
    await until(() => events.filter((event) => event.kind === "connected").length === 3);
    await turn();
    clock.advance(5000);
    await back;
    await until(() => readyCount() === 2);
    expect(m.connected().map(({ session }) => session.sessionId)).toEqual([3]);
    await m.close({ sessions: true });
  });

  it("lets one of two calls that come while it asks replace the dead session, and the later one that", async () => {
    const clock = virtualClock();
    const { listener, manager: m, events, readyCount } = manager({ clock });
    await mute(listener, "a");
    await until(() => readyCount() === 1);
    const calls = [device(listener, "a", 2), device(listener, "a", 3)].map((call) => call.catch(() => undefined));
    await until(() => events.filter((event) => event.kind === "connected").length === 3);
    await turn();
    clock.advance(5000);
    await Promise.all(calls);
    await until(() => readyCount() >= 2 && m.connectingCount === 0);
    expect(m.connected()).toHaveLength(1);
    await m.close({ sessions: true });
    expect(m.connected()).toEqual([]);
  });

  it("gives up asking when the manager closes", async () => {
    const clock = virtualClock();
    const { listener, manager: m, events, readyCount } = manager({ clock });
    await mute(listener, "a");
    await until(() => readyCount() === 1);
    const second = failureOf(device(listener, "a", 2));
    await until(() => events.filter((event) => event.kind === "connected").length === 2);
    await turn();
    await m.close();
    await second;
    expect(events.at(-1)).toMatchObject({ kind: "rejected", reason: "manager-closed" });
    for (const { session } of m.connected()) session.abort();
  });
});
