import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import {
  acceptCallHome,
  type CallHomeEvent,
  type CallHomeOptions,
  DeviceList,
  get,
  type Secure,
  UnknownIdentityError,
} from "../src/mod.ts";
import { device, key, MemoryListener, secure, turn, until } from "./support/call-home.ts";
import { failureOf } from "./support/pair.ts";

function manager(options: CallHomeOptions<string> = {}, listeners = [new MemoryListener()]) {
  const events: CallHomeEvent[] = [];
  const devices = new DeviceList([
    { name: "alpha", fingerprints: ["SHA256:a", "SHA256:a2"], credentials: "pa" },
    { name: "beta", fingerprints: ["SHA256:b"], credentials: "pb" },
  ]);
  const made = acceptCallHome(listeners, secure, { devices, onEvent: (event) => events.push(event), ...options });
  return {
    listener: listeners[0]!,
    manager: made,
    events,
    kinds: () => events.map((event) => (event.kind === "rejected" ? `rejected ${event.reason}` : event.kind)),
  };
}

describe("acceptCallHome", () => {
  it("RFC 8071 §3.1: turns a device that calls into a client session, and reports each step", async () => {
    const { listener, manager: m, events, kinds } = manager();
    const [served, opened] = await Promise.all([device(listener, "a"), m.sessions[Symbol.asyncIterator]().next()]);
    const { device: name, known, session, peer, remote, channel } = opened.value!;
    expect([name, known?.credentials, peer, remote, channel.username]).toEqual([
      "alpha",
      "pa",
      key("a"),
      "192.0.2.1:1",
      "admin",
    ]);
    expect((await session.rpc(get())).ok).toBe(true);
    expect(m.connected()).toHaveLength(1);
    await session.close();
    await served.closed;
    await until(() => kinds().includes("closed"));
    expect(kinds()).toEqual(["connected", "identified", "ready", "closed"]);
    expect(events.every((event) => "remote" in event && event.remote === "192.0.2.1:1" && event.connection === 1)).toBe(
      true,
    );
    expect(m.connected()).toEqual([]);
    await m.close();
  });

  it("serves two devices at once, from two listeners", async () => {
    const listeners = [new MemoryListener(), new MemoryListener()];
    const { manager: m } = manager({}, listeners);
    const devices = await Promise.all([device(listeners[0]!, "a", 1), device(listeners[1]!, "b", 2)]);
    expect(devices.map((served) => served.sessionId)).toEqual([1, 2]);
    const names: string[] = [];
    for await (const { device: name, session } of m.sessions) {
      names.push(name);
      expect((await session.rpc(get())).ok).toBe(true);
      if (names.length === 2) break;
    }
    expect(names.sort()).toEqual(["alpha", "beta"]);
    await m.close({ sessions: true });
    expect(m.connected()).toEqual([]);
  });

  it("RFC 8071 §3.1 C5: refuses an unknown identity and reports it, whoever finds out", async () => {
    const { listener, manager: m, events, kinds } = manager();
    const failing = failureOf(device(listener, "stranger"));
    await until(() => kinds().includes("rejected unknown-identity"));
    expect(events.at(-1)).toMatchObject({
      kind: "rejected",
      peer: key("stranger"),
      error: { layer: "call-home", fault: "peer" },
    });
    await failing;
    await m.close();

    const early: CallHomeEvent[] = [];
    const before = new MemoryListener();
    const strict = acceptCallHome(
      before,
      async () => Promise.reject(new Error("ssh", { cause: new UnknownIdentityError(key("x")) })),
      { onEvent: (event) => early.push(event) },
    );
    before.connect("far");
    await until(() => early.length === 2);
    expect(early[1]).toMatchObject({ kind: "rejected", peer: key("x") });
    await strict.close();
  });

  it("lets a flood of silent connections time out without disturbing a device, in virtual time", async () => {
    const clock = virtualClock();
    const { listener, manager: m, kinds } = manager({ clock, firstByteTimeout: 1000 });
    const silent = Array.from({ length: 50 }, (_, i) => listener.connect(`flood:${i}`));
    await until(() => m.connectingCount === 50);
    await device(listener, "a");
    await until(() => kinds().includes("ready"));
    clock.advance(1000);
    await until(() => kinds().filter((kind) => kind === "rejected timeout-first-byte").length === 50);
    expect(m.connectingCount).toBe(0);
    for (const socket of silent) await socket.read().catch(() => {});
    expect((await m.connected()[0]!.session.rpc(get())).ok).toBe(true);
    for (const { session } of m.connected()) session.abort();
    await m.close();
  });

  it("lets one over maxConnecting wait; the oldest connection that is silent for a second makes room", async () => {
    const never: Secure = (socket) => new Promise(() => void socket.read().catch(() => {}));
    const clock = virtualClock();
    const events: CallHomeEvent[] = [];
    const listener = new MemoryListener();
    const m = acceptCallHome(listener, never, { clock, maxConnecting: 2, onEvent: (event) => events.push(event) });
    const rejected = () => events.filter((event) => event.kind === "rejected");
    const first = listener.connect("1");
    listener.connect("2");
    await until(() => m.connectingCount === 2);
    await first.write(new Uint8Array([1]));
    await turn();
    const third = listener.connect("3");
    await until(() => events.length === 3);
    clock.advance(999);
    await turn();
    expect(rejected()).toEqual([]);
    clock.advance(1);
    await until(() => rejected().length === 1);
    expect(rejected()[0]).toMatchObject({ remote: "2", reason: "limit-connecting" });
    await third.write(new Uint8Array([1]));
    await turn();
    listener.connect("4");
    await until(() => events.filter((event) => event.kind === "connected").length === 4);
    clock.advance(5000);
    await turn();
    expect([rejected().length, m.connectingCount]).toEqual([1, 2]); // nobody is silent: the fourth waits
    await m.close();
    expect(rejected().map((event) => "remote" in event && event.remote)).toEqual(["2", "1", "3", "4"]);
  });

  it("takes 300 devices that call in the same moment, though only 8 may be under way at once", async () => {
    const listener = new MemoryListener();
    let most = 0;
    const kinds = new Set<string>();
    const m = acceptCallHome(listener, secure, {
      maxConnecting: 8,
      onEvent: (event) => {
        kinds.add(event.kind);
        most = Math.max(most, m?.connectingCount ?? 0);
      },
    });
    const devices = await Promise.all(Array.from({ length: 300 }, (_, i) => device(listener, `d${i}`, i + 1)));
    expect(devices).toHaveLength(300);
    await until(() => m.connected().length === 300);
    expect(most).toBeLessThanOrEqual(8);
    expect([...kinds].sort()).toEqual(["connected", "identified", "ready"]);
    const replies = await Promise.all(m.connected().map(({ session }) => session.rpc(get())));
    expect(replies.every((reply) => reply.ok)).toBe(true);
    await m.close({ sessions: true });
  });

  it("counts sessions that nobody takes against maxSessions, also when they have ended", async () => {
    const { listener, manager: m, kinds } = manager({ maxSessions: 1 });
    const first = await device(listener, "a");
    await until(() => kinds().includes("ready"));
    first.terminate();
    await until(() => kinds().includes("closed"));
    await failureOf(device(listener, "b"));
    expect(kinds()).toContain("rejected limit-sessions");
    await m.sessions[Symbol.asyncIterator]().next();
    await device(listener, "b");
    await until(() => kinds().filter((kind) => kind === "ready").length === 2);
    await m.close({ sessions: true });
  });

  it("gives up on a peer that speaks but never finishes, and drops a channel that comes too late", async () => {
    const clock = virtualClock();
    const events: CallHomeEvent[] = [];
    const listener = new MemoryListener();
    let finish = (): void => {};
    let closed = 0;
    const slow: Secure = (socket) =>
      new Promise((resolve) => {
        finish = () => resolve({ socket, username: "", peer: key("a"), security: {}, close: () => void closed++ });
      });
    const m = acceptCallHome(listener, slow, {
      clock,
      onEvent: (event) => events.push(event),
      secureTimeout: 5000,
      firstByteTimeout: Number.POSITIVE_INFINITY,
    });
    listener.connect("slow");
    await until(() => m.connectingCount === 1);
    clock.advance(5000);
    await until(() => events.length === 2);
    expect(events[1]).toMatchObject({ kind: "rejected", reason: "timeout-secure", error: { fault: "peer" } });
    finish();
    await until(() => closed === 1);
    await m.close();
  });

  it("reports a failing secure and a failing hello, and goes on", async () => {
    const { listener, manager: m, kinds } = manager();
    await listener.connect("odd").write(new TextEncoder().encode("GET / HTTP/1.1"));
    const mute = listener.connect("mute");
    await mute.write(new TextEncoder().encode("key b"));
    await turn();
    await mute.write(new TextEncoder().encode("<hello/>]]>]]>"));
    await until(() => m.connectingCount === 0 && kinds().filter((kind) => kind.startsWith("rejected")).length === 2);
    expect(
      kinds()
        .filter((kind) => kind.startsWith("rejected"))
        .sort(),
    ).toEqual(["rejected secure-failed", "rejected session-failed"]);
    await device(listener, "b"); // its name is free again
    await until(() => kinds().includes("ready"));
    await m.close({ sessions: true });
  });

  it("replaces a standing session when the device calls again, by either key, when asked to", async () => {
    const { listener, manager: m, events, kinds } = manager({ whenConnected: "replace" });
    const old = await device(listener, "a", 1);
    await until(() => kinds().includes("ready"));
    await device(listener, "a2", 2);
    await old.closed;
    await until(() => kinds().filter((kind) => kind === "ready").length === 2 && kinds().includes("closed"));
    expect(events.find((event) => event.kind === "closed")).toMatchObject({
      device: "alpha",
      reason: { by: "error", error: { code: "replaced" } },
    });
    expect(m.connected().map(({ session }) => session.sessionId)).toEqual([2]);
    await m.close({ sessions: true });
  });

  it("refuses the second call of a device when asked to", async () => {
    const { listener, manager: m, kinds } = manager({ whenConnected: "reject" });
    await device(listener, "a", 1);
    await until(() => kinds().includes("ready"));
    await failureOf(device(listener, "a", 2));
    expect(kinds()).toContain("rejected already-connected");
    expect(m.connected().map(({ session }) => session.sessionId)).toEqual([1]);
    await m.close({ sessions: true });
  });

  it("refuses one device over maxSessions", async () => {
    const { listener, manager: m, kinds } = manager({ maxSessions: 1 });
    await device(listener, "a");
    await until(() => kinds().includes("ready"));
    await failureOf(device(listener, "b"));
    expect(kinds()).toContain("rejected limit-sessions");
    await m.close({ sessions: true });
  });

  it("goes on when a log or onSession throws; the session of a throwing onSession is closed", async () => {
    const listener = new MemoryListener();
    let calls = 0;
    const m = acceptCallHome(listener, secure, {
      onEvent: () => {
        throw new Error("log");
      },
      onSession: () => {
        if (calls++ === 0) throw new Error("taker");
      },
    });
    const first = await device(listener, "x", 1);
    await first.closed;
    await device(listener, "y", 2);
    await until(() => calls === 2 && m.connected().length === 1);
    expect(m.connected()[0]?.device).toBe("SHA256:y");
    await m.close({ sessions: true });
  });

  it("goes on with the other listener when one fails, and says so at the end", async () => {
    const listeners = [new MemoryListener(), new MemoryListener()];
    const { manager: m, events, kinds } = manager({}, listeners);
    listeners[0]!.fail(new Error("address lost"));
    await until(() => kinds().includes("listener-failed"));
    expect(events[0]).toMatchObject({ kind: "listener-failed", local: "memory" });
    await device(listeners[1]!, "b");
    await until(() => kinds().includes("ready"));
    await m.close({ sessions: true });
    expect((await failureOf(m.closed)).message).toBe("address lost");
  });

  it("close leaves sessions open, ends what is on its way and the iteration", async () => {
    const { listener, manager: m, kinds } = manager();
    await device(listener, "a");
    await until(() => kinds().includes("ready"));
    listener.connect("waiting");
    await until(() => m.connectingCount === 1);
    await m.close();
    await until(() => kinds().includes("rejected manager-closed"));
    const sessions = [];
    for await (const opened of m.sessions) sessions.push(opened);
    expect(sessions).toHaveLength(1);
    expect((await sessions[0]!.session.rpc(get())).ok).toBe(true);
    await sessions[0]!.session.close();
  });
});
