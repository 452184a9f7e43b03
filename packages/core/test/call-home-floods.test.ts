import type { DuplexSocket } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { acceptCallHome, type CallHomeEvent, type CallHomeOptions } from "../src/mod.ts";
import { device, MemoryListener, secure, turn, until } from "./support/call-home.ts";

const clock = virtualClock();
const address = (i: number): string => `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}:999`;

function manager(options: CallHomeOptions = {}) {
  const listener = new MemoryListener();
  const events: CallHomeEvent[] = [];
  const m = acceptCallHome(listener, secure, { clock, ...options, onEvent: (event) => events.push(event) });
  const isReady = (name: string) => events.some((event) => event.kind === "ready" && event.device === `SHA256:${name}`);
  const refused = () => events.flatMap((event) => (event.kind === "rejected" ? event.reason : []));
  return { listener, manager: m, events, isReady, refused };
}

/** Virtual seconds until something is so. */
async function seconds(condition: () => boolean, limit: number): Promise<number> {
  for (let elapsed = 0; elapsed <= limit * 10; elapsed++) {
    await turn();
    if (condition()) return elapsed / 10;
    clock.advance(100);
  }
  throw new Error(`not within ${limit} s`);
}

const sayHalf = (socket: DuplexSocket): Promise<void> => socket.write(new TextEncoder().encode("key "));

/** Reads what a half-open peer says, and then waits for more. */
const patient: typeof secure = async (socket, options) => {
  const read = async (): Promise<Uint8Array | undefined> => {
    const chunk = await socket.read();
    return chunk === undefined || chunk.length > 4 ? chunk : socket.read();
  };
  return secure({ ...wrapped(socket), read }, options);
};
const wrapped = (socket: DuplexSocket): DuplexSocket => ({
  read: () => socket.read(),
  write: (bytes) => socket.write(bytes),
  closeWrite: () => socket.closeWrite(),
  close: (reason) => socket.close(reason),
  closed: socket.closed,
  [Symbol.asyncDispose]: () => socket.close(),
});

describe("acceptCallHome() under a flood (RFC 8071 §5)", () => {
  it("10 000 silent connections from as many addresses do not hold up a new device for more than 5 s", async () => {
    const { listener, manager: m, isReady, refused } = manager();
    for (let i = 0; i < 10_000; i++) listener.connect(address(i));
    const served = device(listener, "a", 1, "203.0.113.7:1");
    expect(await seconds(() => isReady("a"), 5)).toBeLessThanOrEqual(5);
    await served;
    expect(m.connectingCount).toBeLessThanOrEqual(256);
    expect(m.waitingCount).toBeLessThanOrEqual(4096);
    await seconds(() => refused().length === 10_000, 120);
    expect([m.connectingCount, m.waitingCount]).toEqual([0, 0]);
    await m.close({ sessions: true });
  });

  it("10 000 half-open connections, which say a little, do not hold up a device from a known address at all", async () => {
    const listener = new MemoryListener();
    const events: CallHomeEvent[] = [];
    const m = acceptCallHome(listener, patient, {
      clock,
      isKnownSource: (remote) => remote.startsWith("203.0.113.7"),
      onEvent: (event) => events.push(event),
    });
    for (let i = 0; i < 10_000; i++) await sayHalf(listener.connect(address(i)));
    await until(() => events.length >= 10_000);
    const started = clock.now();
    await device(listener, "a", 1, "203.0.113.7:1");
    await until(() => m.connected().length === 1);
    expect(clock.now()).toBe(started);
    // All other places are theirs until their time is over: so the next is in only because places are kept for who is known.
    expect(m.connectingCount).toBe(224);
    expect(m.waitingCount).toBe(4096);
    await device(listener, "b", 2, "203.0.113.7:2");
    await until(() => m.connected().length === 2);
    await m.close({ sessions: true });
    await until(() => m.connectingCount + m.waitingCount === 0);
  });

  it("knows the address of a device that has been there before", async () => {
    const { listener, manager: m, isReady } = manager({ maxConnecting: 8, firstByteTimeout: 60_000 });
    await device(listener, "a", 1, "203.0.113.7:1");
    await until(() => isReady("a"));
    for (let i = 0; i < 7; i++) listener.connect(address(i));
    await until(() => m.connectingCount === 7);
    listener.connect("203.0.113.8:1");
    await until(() => m.waitingCount === 1);
    await device(listener, "b", 2, "203.0.113.7:2");
    await until(() => isReady("b"));
    expect(m.waitingCount).toBe(1);
    await m.close({ sessions: true });
  });

  it("serves those that have spoken before those that have not", async () => {
    const { listener, manager: m, events, isReady } = manager({ maxConnecting: 1 });
    listener.connect("silent-1");
    listener.connect("silent-2");
    const served = device(listener, "a");
    await until(() => m.waitingCount === 2);
    clock.advance(1000);
    await served;
    await until(() => isReady("a"));
    expect(events.filter((event) => event.kind === "rejected")).toMatchObject([{ remote: "silent-1" }]);
    await m.close({ sessions: true });
  });

  it("refuses one over maxWaiting when nobody there is silent, and takes it when somebody is", async () => {
    const listener = new MemoryListener();
    const events: CallHomeEvent[] = [];
    const m = acceptCallHome(listener, patient, {
      clock,
      maxConnecting: 1,
      maxWaiting: 2,
      onEvent: (event) => events.push(event),
    });
    for (const name of ["1", "2", "3"]) await sayHalf(listener.connect(name));
    await until(() => m.waitingCount === 2);
    await turn();
    await sayHalf(listener.connect("4"));
    await until(() => events.some((event) => event.kind === "rejected"));
    expect(events.at(-1)).toMatchObject({ remote: "4", reason: "limit-connecting" });
    m.configure({ maxWaiting: 3 });
    listener.connect("5");
    await until(() => m.waitingCount === 3);
    listener.connect("6");
    await until(() => events.filter((event) => event.kind === "connected").length === 6);
    clock.advance(1000);
    await until(() => events.filter((event) => event.kind === "rejected").length === 2);
    expect(events.at(-1)).toMatchObject({ remote: "5", reason: "limit-connecting" });
    await m.close();
    await until(() => m.connectingCount + m.waitingCount === 0);
  });
});
