import { describe, expect, it } from "vitest";
import { acceptCallHome, type CallHomeEvent, type CallHomeOptions, get, type Secure } from "../src/mod.ts";
import { device, MemoryListener, secure, turn, until } from "./support/call-home.ts";
import { failureOf } from "./support/pair.ts";

function manager(listeners: MemoryListener[], options: CallHomeOptions = {}) {
  const events: CallHomeEvent[] = [];
  const made = acceptCallHome(listeners, secure, { ...options, onEvent: (event) => events.push(event) });
  return { manager: made, events };
}

describe("acceptCallHome() while it runs", () => {
  it("listens at more places, each with its own way to secure, and stops there without touching sessions", async () => {
    const first = new MemoryListener();
    const second = new MemoryListener();
    const { manager: m } = manager([first]);
    await device(first, "a", 1);
    const other: Secure = async (socket, options) => ({ ...(await secure(socket, options)), username: "other" });
    m.addListener(second, other);
    await device(second, "b", 2);
    await until(() => m.connected().length === 2);
    expect(m.connected().map(({ channel }) => channel.username)).toEqual(["admin", "other"]);
    await m.removeListener(first);
    await m.removeListener(second);
    expect(m.connected()).toHaveLength(2);
    for (const { session } of m.connected()) expect((await session.rpc(get())).ok).toBe(true);
    const third = new MemoryListener();
    m.addListener(third);
    await device(third, "c", 3);
    await until(() => m.connected().length === 3);
    await m.close({ sessions: true });
    expect(() => m.addListener(new MemoryListener())).toThrow(expect.objectContaining({ code: "manager-closed" }));
  });

  it("may start with no listener, and ends when the last one has ended by itself", async () => {
    const { manager: m } = manager([]);
    const only = new MemoryListener();
    m.addListener(only);
    only.fail(new Error("address lost"));
    expect((await failureOf(m.closed)).message).toBe("address lost");
    for await (const _ of m.sessions) throw new Error("no session was expected");
  });

  it("takes new settings for the connections that come, and leaves the others alone", async () => {
    const listener = new MemoryListener();
    const { manager: m, events } = manager([listener], { maxSessions: 1 });
    await device(listener, "a", 1);
    await until(() => m.connected().length === 1);
    await failureOf(device(listener, "b", 2));
    m.configure({ maxSessions: 2, whenConnected: "reject", admission: { allows: (remote) => remote !== "bad" } });
    await device(listener, "b", 2);
    await until(() => m.connected().length === 2);
    await m.sessions[Symbol.asyncIterator]().next();
    await failureOf(device(listener, "a", 3));
    listener.connect("bad");
    await until(() => events.filter((event) => event.kind === "rejected").length === 3);
    expect(events.flatMap((event) => (event.kind === "rejected" ? event.reason : []))).toEqual([
      "limit-sessions",
      "already-connected",
      "limit-connecting",
    ]);
    m.configure({ maxSessions: 9 });
    await failureOf(device(listener, "a", 4));
    expect(events.at(-1)).toMatchObject({ kind: "rejected", reason: "already-connected" });
    await m.close({ sessions: true });
  });

  it("gives a place to who waits when more places are allowed", async () => {
    const listener = new MemoryListener();
    const never: Secure = (socket) => new Promise(() => void socket.read().catch(() => {}));
    const m = acceptCallHome(listener, never, { maxConnecting: 1 });
    listener.connect("1");
    listener.connect("2");
    await until(() => m.waitingCount === 1);
    m.configure({ maxConnecting: 2 });
    await turn();
    expect([m.connectingCount, m.waitingCount]).toEqual([2, 0]);
    await m.close();
    await until(() => m.connectingCount === 0);
  });
});
