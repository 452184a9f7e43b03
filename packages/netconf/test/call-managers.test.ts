import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import {
  type CallHomeConfig,
  type CallManagersOptions,
  callManagers,
  type DeviceCallsEvent,
  type DuplexSocket,
  expectOk,
  getConfig,
  listenCallHome,
  openClientSession,
  type Secure,
  serializeXml,
} from "../src/mod.ts";
import { credentials, fingerprintOf, keys, makeDevice, memoryNetwork } from "./support.ts";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A manager in memory that knows our device. */
function startManager() {
  const network = memoryNetwork();
  const manager = listenCallHome({
    listeners: network.listener,
    devices: [{ name: "router", fingerprints: [fingerprintOf(keys.host)], credentials }],
    whenConnected: "replace",
  });
  stops.push(() => manager.close({ sessions: true }));
  return { dial: network.dial, manager };
}

/** The connection as a NAT leaves it that has forgotten it: what goes in comes out nowhere, and nobody is told. */
function forgettable(socket: DuplexSocket): DuplexSocket & { readonly forget: () => void } {
  let forgotten = false;
  const never = new Promise<never>(() => {});
  return {
    closed: socket.closed,
    read: async () => {
      const chunk = await socket.read();
      return forgotten ? never : chunk;
    },
    write: async (bytes) => (forgotten ? undefined : socket.write(bytes)),
    closeWrite: async () => (forgotten ? undefined : socket.closeWrite()),
    close: (reason) => socket.close(reason),
    [Symbol.asyncDispose]: () => socket.close(),
    forget: () => {
      forgotten = true;
    },
  };
}

const managers = (...names: readonly string[]): CallHomeConfig => ({
  managers: names.map((name) => ({
    name,
    endpoints: [{ name, host: name }],
    reconnectStrategy: { retryInterval: 10 },
  })),
});

async function device(
  config: CallHomeConfig,
  options: Partial<CallManagersOptions> & Pick<CallManagersOptions, "dialTo">,
) {
  const { server, ...ssh } = await makeDevice();
  const events: DeviceCallsEvent[] = [];
  const calls = callManagers(config, { server, ssh, onEvent: (event) => void events.push(event), ...options });
  stops.push(() => calls.stop());
  return { calls, events, server };
}

describe("callManagers()", () => {
  it("holds sessions with two managers side by side, and calls a third one when it is added", async () => {
    const ends = new Map(["a", "b", "c"].map((name) => [name, startManager()]));
    const dialTo: CallManagersOptions["dialTo"] = ({ host }) => ends.get(host)?.dial ?? expect.fail(host);
    const { calls } = await device(managers("a", "b"), { dialTo });
    const sessionOf = async (name: string) => {
      const { value } = await (ends.get(name) ?? expect.fail(name)).manager.sessions[Symbol.asyncIterator]().next();
      return value.session;
    };
    const first = await sessionOf("a");
    await sessionOf("b");
    calls.apply(managers("b", "c"));
    await sessionOf("c");
    // Taken away, and still served.
    expect(serializeXml(expectOk(await first.rpc(getConfig("running"))))).toContain("<hostname>first</hostname>");
    expect(calls.status().map(({ name, removed, state }) => `${name} ${removed} ${state}`)).toEqual([
      "b false connected",
      "c false connected",
      "a true stopped",
    ]);
  });

  it("refuses a transport that it was given nothing for, and a manager twice", async () => {
    const dialTo = () => async () => expect.fail("dialed");
    const wrong = expect.objectContaining({ code: "invalid-argument" });
    const overTls = { managers: [{ name: "a", endpoints: [{ name: "a", host: "a", transport: "tls" as const }] }] };
    await expect(device(overTls, { dialTo })).rejects.toEqual(wrong);
    await expect(device(managers("a", "a"), { dialTo })).rejects.toEqual(wrong);
  });

  it("RFC 8071 §4.1: notices by SSH's keep-alive that a NAT has forgotten the connection, and calls again", async () => {
    const { dial, manager } = startManager();
    const sessions = manager.sessions[Symbol.asyncIterator]();
    const clock = virtualClock();
    const sockets: ReturnType<typeof forgettable>[] = [];
    const config: CallHomeConfig = {
      managers: [
        {
          name: "noc",
          endpoints: [{ name: "noc", host: "noc", keepalives: { ssh: { maxWait: 30_000, maxAttempts: 2 } } }],
        },
      ],
    };
    const { server, ...ssh } = await makeDevice();
    const { events } = await device(config, {
      server,
      ssh: { ...ssh, clock },
      clock,
      dialTo: () => async () => {
        const socket = forgettable(await dial());
        sockets.push(socket);
        return socket;
      },
    });
    const first = await sessions.next();
    expectOk(await first.value.session.rpc(getConfig("running")));
    sockets[0]?.forget();
    for (let seconds = 0; sockets.length === 1 && seconds < 200; seconds++) {
      clock.advance(1000);
      for (let i = 0; i < 5; i++) await turn();
    }
    expect(events.find(({ kind }) => kind === "closed")).toMatchObject({ error: { code: "keepalive-lost" } });
    // Two questions without an answer, and the time for the last one: no sooner, and not much later.
    expect(clock.now()).toBeGreaterThanOrEqual(90_000);
    expect(clock.now()).toBeLessThan(100_000);
    const second = await sessions.next();
    expectOk(await second.value.session.rpc(getConfig("running")));
  });

  it("asks for signs of life over TLS where the adapter can, and calls again when there are none", async () => {
    const clock = virtualClock();
    const peers: DuplexSocket[] = [];
    let alive = true;
    let probes = 0;
    const tls: Secure = async (socket) => ({
      socket,
      username: "ops",
      peer: { kind: "x509-certificate", fingerprint: "sha256:00", names: [], authority: undefined },
      security: {},
      probe: () => {
        probes++;
        return alive ? Promise.resolve() : new Promise(() => {});
      },
      close: () => socket.close(),
    });
    const { dial, listener } = memoryNetwork();
    stops.push(() => listener.close());
    void (async () => {
      for await (const socket of listener) peers.push(socket);
    })();
    const { events } = await device(
      { managers: [{ name: "noc", endpoints: [{ name: "noc", host: "noc", transport: "tls" }] }] },
      { dialTo: () => dial, tls, clock, liveness: { interval: 10_000, maxAttempts: 1 } },
    );
    await expect.poll(() => events.at(-1)?.kind).toBe("connected");
    const [peer] = peers;
    if (peer === undefined) throw new Error("nobody called");
    await openClientSession(peer);
    clock.advance(10_000);
    await turn();
    expect([probes, events.at(-1)?.kind]).toEqual([1, "connected"]);
    alive = false;
    for (let i = 0; i < 2; i++) {
      clock.advance(10_000);
      await turn();
    }
    expect(events.find(({ kind }) => kind === "closed")).toMatchObject({ error: { code: "liveness-lost" } });
    await expect.poll(() => peers.length).toBe(2);
  });
});
