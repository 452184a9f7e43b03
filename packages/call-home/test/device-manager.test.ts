import { acceptServerSession } from "@netconf-kit/core";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { allCapabilities, plainHandler } from "../../core/test/support/pair.ts";
import { AddressList } from "../src/address-list.ts";
import { DeviceManager, type DeviceManagerEvent } from "../src/mod.ts";
import { device, FakeTransport, MemoryListener, manage, turn, until } from "./support/devices.ts";

const known = [
  { name: "r1", fingerprints: ["SHA256:a"], credentials: "c1" },
  { name: "r2", fingerprints: ["SHA256:b"] },
];

describe("DeviceManager", () => {
  it("serves SSH and TLS at once by one list of devices, and only SSH logs in", async () => {
    const { manager, call, transport } = manage({ devices: known });
    const tls = { listener: new MemoryListener(), transport: new FakeTransport("tls") };
    manager.addListener(tls);
    expect(await call("a")).toBe("ready r1");
    expect(await call("b", undefined, tls.listener)).toBe("ready r2");
    expect(await call("b")).toBe("no-user-left");
    expect(transport.logins).toEqual(["SHA256:a c1"]);
    expect(tls.transport.logins).toEqual(["SHA256:b undefined"]);
    expect(manager.connected().map((session) => [session.device, session.known?.credentials])).toEqual([
      ["r1", "c1"],
      ["r2", undefined],
    ]);
    await manager.close({ sessions: true });
  });

  it("reports each step of a call", async () => {
    const { manager, call, events } = manage({ devices: known, users: [{ name: "ops", credentials: "u" }] });
    await call("b");
    expect(events.map(({ kind }) => kind)).toEqual(["connected", "recognized", "identified", "ready"]);
    expect(events[1]).toEqual({
      kind: "recognized",
      connection: 1,
      remote: "192.0.2.1:1",
      at: expect.any(Number),
      peer: { kind: "ssh-host-key", algorithm: "ssh-ed25519", fingerprint: "SHA256:b" },
      device: "r2",
      by: "key",
      lookup: undefined,
      user: "ops",
      newKey: false,
    });
    await manager.close({ sessions: true });
    await until(() => events.at(-1)?.kind === "closed");
  });

  it("shows credentials to nobody but the device: no event has any", async () => {
    const { manager, call, events } = manage({ devices: known, users: [{ name: "ops", credentials: "s3cret" }] });
    await call("b");
    await call("stranger");
    expect(JSON.stringify(events)).not.toContain("s3cret");
    await manager.close({ sessions: true });
  });

  it("takes listeners away and new rules in while sessions go on", async () => {
    const { manager, listener, call, events } = manage({ devices: known });
    expect(await call("a")).toBe("ready r1");
    manager.configure({ devices: [{ name: "r3", fingerprints: ["SHA256:c"], credentials: "c3" }], maxSessions: 3 });
    expect(await call("c")).toBe("ready r3");
    await manager.removeListener(listener);
    const other = new MemoryListener();
    manager.addListener({ listener: other, transport: new FakeTransport() });
    expect(await call("c", undefined, other)).toBe("already-connected");
    expect(manager.connected().map((session) => session.device)).toEqual(["r1", "r3"]);
    expect(events.some(({ kind }) => kind === "closed")).toBe(false);
    await manager.close({ sessions: true });
  });

  it("changes nothing when new rules cannot be", async () => {
    const { manager, call } = manage({ devices: known, users: [{ name: "ops", credentials: "u" }] });
    const twice = { name: "ops", credentials: "u" };
    expect(() => manager.configure({ devices: [], users: [twice, twice] })).toThrow(/same name/);
    expect(() => manager.configure({ devices: [{ name: "x" }, { name: "x" }], users: [] })).toThrow(/taken/);
    expect(await call("a")).toBe("ready r1");
    expect(await call("b")).toBe("ready r2");
    await manager.close({ sessions: true });
  });

  it("refuses a transport that does not ask who calls", async () => {
    const { manager, call } = manage();
    const silent = new FakeTransport();
    const listener = new MemoryListener();
    manager.addListener({
      listener,
      transport: {
        ...silent,
        secure: async (socket) => {
          await socket.read();
          return { socket, username: "", peer: { kind: "unauthenticated" }, security: {}, close: () => socket.close() };
        },
      },
    });
    expect(await call("a", undefined, listener)).toBe("unknown-identity");
    expect(manager.connected()).toEqual([]);
    await manager.close();
  });
});

describe("DeviceManager with users, RFC 8071 §3.1 C7", () => {
  const users = [
    { name: "first", credentials: "u1" },
    { name: "second", credentials: "u2" },
  ];

  it("tries one user in a connection, the next one in the next, and the first again after an hour or when told to", async () => {
    const clock = virtualClock();
    const { manager, call, transport, events } = manage({ devices: known, users, clock });
    transport.refused.add("SHA256:b u1").add("SHA256:b u2");
    expect([await call("b"), await call("b"), await call("b")]).toEqual([
      "secure-failed",
      "secure-failed",
      "no-user-left",
    ]);
    expect(transport.logins).toEqual(["SHA256:b u1", "SHA256:b u2"]);
    expect(manager.failedUsers()).toEqual([
      { device: "r2", user: "first", expiresIn: 3_600_000 },
      { device: "r2", user: "second", expiresIn: 3_600_000 },
    ]);
    expect(events.filter(({ kind }) => kind === "user-failed")).toMatchObject([{ user: "first" }, { user: "second" }]);
    manager.forgetFailedUsers({ device: "r2", user: "second" });
    transport.refused.delete("SHA256:b u2");
    expect(await call("b")).toBe("ready r2");
    expect(manager.failedUsers().map(({ user }) => user)).toEqual(["first"]);
    await manager.connected()[0]?.session.close();
    await until(() => manager.connected().length === 0);
    clock.advance(3_600_000);
    transport.refused.clear();
    await call("b");
    expect(transport.logins.at(-1)).toBe("SHA256:b u1");
    await manager.close({ sessions: true });
  });

  it("does not blame a user for a connection that broke", async () => {
    const { manager, call, transport } = manage({ devices: known, users });
    transport.gate = Promise.reject(new Error("cut"));
    expect(await call("b")).toBe("secure-failed");
    expect(manager.failedUsers()).toEqual([]);
    await manager.close();
  });

  it("lets the caller select a user, and refuses when that fails", async () => {
    const asked: unknown[] = [];
    const { manager, call, transport } = manage({
      devices: known,
      users,
      selectUser: async ({ device: name, remote, evidence }) => {
        asked.push([name, remote, evidence.identity.kind]);
        if (asked.length === 1) throw new Error("out of order");
        return { user: "second" };
      },
    });
    expect(await call("b")).toBe("lookup-failed");
    expect(await call("b")).toBe("ready r2");
    expect(asked[0]).toEqual(["r2", "192.0.2.1:1", "ssh-host-key"]);
    expect(transport.logins).toEqual(["SHA256:b u2"]);
    manager.configure({ selectUser: () => "reject" });
    await manager.connected()[0]?.session.close();
    await until(() => manager.connected().length === 0);
    expect(await call("b")).toBe("refused-by-caller");
    await manager.close();
  });
});

describe("DeviceManager with lookups", () => {
  it("asks them about keys in no entry, and credentials are those of the entry that they name", async () => {
    const asked: string[] = [];
    const lookups = [
      {
        name: "data base",
        find: async ({ evidence: { identity } }: { evidence: { identity: { kind: string } } }) => {
          asked.push(identity.kind);
          return "r1";
        },
      },
    ];
    const { manager, call, transport, events } = manage({ devices: known, lookups });
    expect(await call("stated nowhere")).toBe("ready r1");
    expect(transport.logins).toEqual(["SHA256:stated nowhere c1"]);
    expect(asked).toEqual(["ssh-host-key"]);
    expect(events.find(({ kind }) => kind === "recognized")).toMatchObject({ by: "lookup", lookup: "data base" });
    await manager.close({ sessions: true });
  });

  it("refuses when one fails: who cannot say yes has not said it", async () => {
    const lookups = [{ name: "data base", find: () => Promise.reject(new Error("down")) }];
    const { manager, call, events } = manage({
      lookups,
      users: [{ name: "u", credentials: "u", unknownKeys: "accept-new" }],
    });
    expect(await call("a")).toBe("lookup-failed");
    expect(events.at(-1)).toMatchObject({ error: { message: expect.stringContaining("down") } });
    await manager.close();
  });
});

describe("DeviceManager behind a balancer", () => {
  it("looks for a named session at the address that the balancer says, and at no other's word", async () => {
    const devices = [{ name: "r9", addresses: ["192.0.2.9"], unknownKeys: "accept-new" as const }];
    const listener = new MemoryListener();
    const { manager, events, outcomes } = manage({
      devices,
      listeners: [
        {
          listener,
          transport: new FakeTransport("tls"),
          dialect: { balancers: new AddressList(["10.0.0.0/8"]) },
        },
      ],
    });
    // Who is refused finds the socket closed.
    const call = async (remote: string): Promise<void> => {
      const before = outcomes().length;
      const socket = listener.connect(remote);
      const say = (text: string) => socket.write(new TextEncoder().encode(text)).catch(() => {});
      await say("PROXY TCP4 192.0.2.9 203.0.113.1 51000 4335\r\n");
      await turn();
      await say("key a");
      await turn();
      acceptServerSession(socket, {
        sessionId: 1,
        username: "admin",
        capabilities: allCapabilities,
        handler: plainHandler,
      }).catch(() => {});
      await until(() => outcomes().length > before);
    };
    await call("203.0.113.66:1");
    await call("10.1.2.3:1");
    expect(outcomes()).toEqual(["secure-failed", "ready r9"]);
    expect(events.find(({ kind }) => kind === "recognized")).toMatchObject({
      remote: "192.0.2.9:51000",
      by: "address",
    });
    await manager.close({ sessions: true });
  });
});

describe("DeviceManager under a flood, RFC 8071 §5", () => {
  it("10 000 silent connections do not hold up a device from the address of a named session at all", async () => {
    const clock = virtualClock();
    const listener = new MemoryListener();
    const events: DeviceManagerEvent[] = [];
    const devices = [{ name: "r7", addresses: ["203.0.113.7"], fingerprints: ["SHA256:a"], credentials: "c" }];
    const manager = new DeviceManager({
      ...{ clock, devices, onSession: () => {} },
      listeners: [{ listener, transport: new FakeTransport() }],
      onEvent: (event) => events.push(event),
    });
    for (let i = 0; i < 10_000; i++) listener.connect(`198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}:999`);
    const tls = new MemoryListener();
    manager.addListener({ listener: tls, transport: new FakeTransport("tls") });
    await until(() => manager.waitingCount > 0);
    device(tls, "a", 1, "203.0.113.7:1").catch(() => {});
    await until(() => manager.connected().length === 1);
    expect(clock.now()).toBe(0);
    expect(manager.connectingCount).toBeLessThanOrEqual(256);
    await manager.close({ sessions: true });
    await turn();
  });

  it("1000 unknown keys from one address take 16 places of the queue", async () => {
    const { manager, listener, outcomes } = manage({ pending: true });
    manager.configure({ admission: { failuresPerSource: { burst: 2000, perSecond: 0 }, maxPendingPerSource: 2000 } });
    for (let i = 0; i < 1000; i++) device(listener, `k${i}`, i + 1, "198.51.100.1:9").catch(() => {});
    await until(() => outcomes().length === 1000);
    expect(manager.pending()).toHaveLength(16);
    expect(manager.connectingCount).toBe(0);
    await manager.close();
  });
});
