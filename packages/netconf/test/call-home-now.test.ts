import { getEventListeners } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import {
  type CallHomeNowOptions,
  callHomeNow,
  listenCallHome,
  memoryPair,
  type ServeEvent,
  type SshCredentials,
} from "../src/mod.ts";
import { credentials, fingerprintOf, keys, makeDevice, memoryNetwork } from "./support.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function startManager(login: SshCredentials = credentials) {
  const network = memoryNetwork();
  const manager = listenCallHome({
    listeners: network.listener,
    devices: [{ name: "router", fingerprints: [fingerprintOf(keys.host)], credentials: login }],
  });
  stops.push(() => manager.close({ sessions: true }));
  return { dial: network.dial, sessions: manager.sessions[Symbol.asyncIterator]() };
}

const call = async (options: Partial<CallHomeNowOptions> & Pick<CallHomeNowOptions, "dial">) =>
  callHomeNow({ ...(await makeDevice()), ...options } as CallHomeNowOptions); // `as`: it is SSH's half of the union

describe("callHomeNow()", () => {
  it("RFC 8071 §4.1: resolves when the manager has opened a session, and tells when it is over", async () => {
    const { dial, sessions } = startManager();
    const events: ServeEvent[] = [];
    const answered = await call({ dial, onServeEvent: (event) => void events.push(event) });
    expect(answered).toMatchObject({ username: "ops", sessionId: 1 });
    expect(events.map(({ type }) => type)).toEqual(["connected", "authenticated", "session-started"]);
    const { value } = await sessions.next();
    await value.session.close();
    expect(await answered.closed).toEqual({ error: undefined });
  });

  it("ends the connection when asked to, and calls nobody again", async () => {
    const { dial, sessions } = startManager();
    let dials = 0;
    const answered = await call({
      dial: (options) => {
        dials++;
        return dial(options);
      },
    });
    const { value } = await sessions.next();
    await answered.close();
    await answered.closed;
    expect((await value.session.closed).by).not.toBe("local");
    expect(dials).toBe(1);
  });

  it("rejects with the dial's error, after one attempt", async () => {
    let dials = 0;
    const refused = new Error("connection refused");
    const dial = async () => {
      dials++;
      throw refused;
    };
    await expect(call({ dial })).rejects.toBe(refused);
    expect(dials).toBe(1);
  });

  it("rejects when the manager does not log in, when it hangs up, and when it says nothing for too long", async () => {
    const { dial } = startManager({ username: "ops", authentication: [{ method: "publickey", key: keys.stranger }] });
    await expect(call({ dial })).rejects.toMatchObject({ layer: "ssh" });
    const [near, far] = memoryPair();
    void far.close();
    await expect(call({ dial: async () => near })).rejects.toMatchObject({ layer: "ssh" });
    const clock = virtualClock();
    const [mute] = memoryPair();
    const waiting = call({ dial: async () => mute, clock, connectTimeout: 7000 });
    const refused = expect(waiting).rejects.toMatchObject({ code: "timeout-connect", fault: "transport" });
    await expect.poll(() => clock.pending).toBeGreaterThan(0);
    clock.advance(7000);
    await refused;
    await mute.closed.catch(() => {});
  });

  it("gives up when aborted, before, meanwhile and after, and leaves no listener on the signal", async () => {
    const { dial } = startManager();
    const reason = new Error("enough");
    await expect(call({ dial, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const meanwhile = new AbortController();
    const dialing = call({ dial: () => new Promise(() => {}), signal: meanwhile.signal });
    setImmediate(() => meanwhile.abort(reason));
    await expect(dialing).rejects.toBe(reason);
    const after = new AbortController();
    const answered = await call({ dial, signal: after.signal });
    after.abort(reason);
    await answered.closed;
    for (const { signal } of [meanwhile, after]) expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
