import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { device, MemoryStore, manage, turn, until } from "./support/devices.ts";

const known = [
  { name: "r1", fingerprints: ["SHA256:a"], credentials: "c1" },
  { name: "r2", fingerprints: ["SHA256:b"] },
];

describe("DeviceManager and first keys", () => {
  const open = [{ name: "r9", addresses: ["192.0.2.9"], credentials: "c9", unknownKeys: "accept-new" as const }];
  const there = "192.0.2.9:7";

  it("keeps the first key that logs in, and takes no other from there", async () => {
    const store = new MemoryStore();
    const { manager, call, events } = manage({ devices: open, store });
    expect(await call("a", there)).toBe("ready r9");
    expect(events.map(({ kind }) => kind)).toEqual(["connected", "recognized", "key-learned", "identified", "ready"]);
    expect(await call("b", there)).toBe("key-mismatch");
    expect([...store.saved.values()]).toEqual([
      { name: "r9", fingerprints: ["SHA256:a"], standsAlone: false, approved: false },
    ]);
    await manager.connected()[0]?.session.close();
    await until(() => manager.connected().length === 0);
    expect(await call("a", "203.0.113.1:1")).toBe("ready r9");
    await manager.close({ sessions: true });
  });

  it("does so after a restart and after new rules too, until the keys are forgotten", async () => {
    const store = new MemoryStore();
    const learned = [{ name: "r9", fingerprints: ["SHA256:a"], standsAlone: false, approved: false }];
    const { manager, call } = manage({ devices: open, learned, store });
    expect(await call("b", there)).toBe("key-mismatch");
    manager.configure({ devices: open });
    expect(await call("b", there)).toBe("key-mismatch");
    expect(await manager.forget("r9")).toBe(true);
    expect(await manager.forget("r9")).toBe(false);
    expect(await call("b", there)).toBe("ready r9");
    await manager.close({ sessions: true });
  });

  it("sends the credentials to one of two that call at the same time", async () => {
    const { manager, listener, transport, outcomes } = manage({ devices: open });
    let openGate = (): void => {};
    transport.gate = new Promise((resolve) => {
      openGate = resolve;
    });
    const calls = [device(listener, "a", 1, there), device(listener, "b", 2, there)];
    for (const call of calls) call.catch(() => {});
    await until(() => outcomes().length === 1);
    expect(outcomes()).toEqual(["already-connected"]);
    openGate();
    await until(() => outcomes().length === 2);
    expect(transport.logins).toHaveLength(1);
    await manager.close({ sessions: true });
  });

  it("keeps no key, and opens no session, when the entry has gone or has got another key during the login", async () => {
    for (const changed of [[], [{ ...open[0], name: "r9", fingerprints: ["SHA256:other"] }]]) {
      const { manager, listener, transport, outcomes } = manage({ devices: open });
      let openGate = (): void => {};
      transport.gate = new Promise((resolve) => {
        openGate = resolve;
      });
      device(listener, "a", 1, there).catch(() => {});
      await until(() => transport.logins.length === 1);
      manager.configure({ devices: changed });
      openGate();
      await until(() => outcomes().length === 1);
      expect(outcomes()).toEqual(["key-mismatch"]);
      expect(manager.learned()).toEqual([]);
      await manager.close();
    }
  });

  it("keeps no key of a login that failed: the next one may be the first", async () => {
    const { manager, call, transport } = manage({ devices: open });
    transport.refused.add("SHA256:a c9");
    expect(await call("a", there)).toBe("secure-failed");
    expect(manager.learned()).toEqual([]);
    expect(await call("b", there)).toBe("ready r9");
    await manager.close({ sessions: true });
  });

  it("opens no session when the key cannot be kept", async () => {
    const store = new MemoryStore();
    store.failure = new Error("disk full");
    const { manager, call, transport } = manage({ devices: open, store });
    expect(await call("a", there)).toBe("store-failed");
    expect(transport.closed).toEqual([expect.stringContaining("disk full")]);
    expect(manager.learned()).toEqual([]);
    store.failure = undefined;
    expect(await call("a", there)).toBe("ready r9");
    await manager.close({ sessions: true });
  });

  it("makes an entry of an unknown device that a user may log in to", async () => {
    const users = [{ name: "factory", credentials: "u", unknownKeys: "accept-new" as const }];
    const { manager, call } = manage({ users });
    expect(await call("a")).toBe("ready SHA256:a");
    expect(manager.learned()).toEqual([
      { name: "SHA256:a", fingerprints: ["SHA256:a"], standsAlone: true, approved: false },
    ]);
    await manager.close({ sessions: true });
  });

  it("remembers so many of them and not one more, until an operator makes room", async () => {
    const users = [{ name: "factory", credentials: "u", unknownKeys: "accept-new" as const }];
    const { manager, call, transport } = manage({ users, maxUnapproved: 1 });
    expect([await call("a"), await call("b")]).toEqual(["ready SHA256:a", "key-not-trusted"]);
    expect(transport.logins).toEqual(["SHA256:a u"]);
    await manager.addKey("SHA256:a", "SHA256:a");
    expect(await call("b")).toBe("ready SHA256:b");
    expect(manager.learned().map(({ approved }) => approved)).toEqual([true, false]);
    await manager.close({ sessions: true });
  });

  it("sends such a device no credentials of users for known devices, when it is known", async () => {
    const users = [
      { name: "factory", credentials: "u1", unknownKeys: "accept-new" as const },
      { name: "ops", credentials: "u2" },
    ];
    const { manager, call, transport } = manage({ users });
    expect(await call("a")).toBe("ready SHA256:a");
    await manager.connected()[0]?.session.close();
    await until(() => manager.connected().length === 0);
    transport.refused.add("SHA256:a u1");
    expect([await call("a"), await call("a")]).toEqual(["secure-failed", "no-user-left"]);
    expect(transport.logins).toEqual(["SHA256:a u1", "SHA256:a u1"]);
    await manager.close();
  });
});

describe("DeviceManager and the operator", () => {
  it("holds an unknown device, lets it in when it calls again after an approval, and saves its key before that", async () => {
    const store = new MemoryStore();
    const { manager, call, transport, events } = manage({ pending: true, store });
    expect([await call("a"), await call("a")]).toEqual(["awaiting-approval", "awaiting-approval"]);
    expect(manager.pending()).toMatchObject([{ id: "SHA256:a", calls: 2, transport: "ssh", device: undefined }]);
    expect(transport.logins).toEqual([]);
    store.failure = new Error("disk full");
    await expect(manager.approve("SHA256:a", { name: "r7", credentials: "c7" })).rejects.toThrow("disk full");
    expect(await call("a")).toBe("awaiting-approval");
    store.failure = undefined;
    expect(await manager.approve("SHA256:a", { name: "r7", credentials: "c7" })).toBe("r7");
    expect(manager.pending()).toEqual([]);
    expect(store.saved.get("r7")).toMatchObject({ fingerprints: ["SHA256:a"], standsAlone: true, approved: true });
    expect(await call("a")).toBe("ready r7");
    expect(transport.logins).toEqual(["SHA256:a c7"]);
    expect(events.filter(({ kind }) => kind === "pending")).toMatchObject([
      { held: "new" },
      { held: "again" },
      { held: "again" },
    ]);
    expect(events.find(({ kind }) => kind === "approved")).toMatchObject({ id: "SHA256:a", device: "r7" });
    await manager.close({ sessions: true });
  });

  it("adds an approved key to the entry whose address the device calls from", async () => {
    const devices = [{ name: "r7", addresses: ["192.0.2.7"], fingerprints: ["SHA256:old"], credentials: "c7" }];
    const { manager, call } = manage({ devices, pending: true });
    await call("new", "192.0.2.7:1");
    expect(await manager.approve("SHA256:new")).toBe("r7");
    expect(await call("new", "203.0.113.1:1")).toBe("ready r7");
    await manager.close({ sessions: true });
  });

  it("approves nothing that is not pending, and no name that another key has", async () => {
    const { manager, call } = manage({ devices: known, pending: true });
    await expect(manager.approve("SHA256:x")).rejects.toMatchObject({ code: "invalid-argument" });
    await call("x");
    await expect(manager.approve("SHA256:x", { name: "r1", credentials: "other" })).rejects.toMatchObject({
      code: "invalid-argument",
    });
    expect(manager.pending()).toHaveLength(1);
    await manager.close();
  });

  it("takes the next key of a device before the device shows it, and the old one meanwhile", async () => {
    const { manager, call } = manage({ devices: known });
    await manager.addKey("r1", "SHA256:a-next");
    expect(await call("a-next")).toBe("ready r1");
    await manager.connected()[0]?.session.close();
    await until(() => manager.connected().length === 0);
    expect(await call("a")).toBe("ready r1");
    const refused = { code: "invalid-argument" };
    await expect(manager.addKey("nobody", "SHA256:x")).rejects.toMatchObject(refused);
    await expect(manager.addKey("r2", "SHA256:a")).rejects.toMatchObject(refused);
    await manager.close({ sessions: true });
  });

  it("keeps out whom an operator refuses, until that is taken back", async () => {
    const { manager, call } = manage({ pending: true });
    await call("a");
    manager.refuse("SHA256:a");
    expect(await call("a")).toBe("refused-by-operator");
    expect(manager.pending()).toEqual([]);
    expect([manager.readmit("SHA256:a"), manager.readmit("SHA256:a")]).toEqual([true, false]);
    expect(await call("a")).toBe("awaiting-approval");
    await manager.close();
  });

  it("refuses as unknown what the queue has no room for", async () => {
    const { manager, call, events } = manage({ pending: { maxDevices: 1 } });
    expect([await call("a"), await call("b")]).toEqual(["awaiting-approval", "unknown-identity"]);
    expect(events.filter(({ kind }) => kind === "pending")).toMatchObject([{ held: "new" }, { held: "full" }]);
    await manager.close();
  });

  it("holds nobody unless asked to", async () => {
    const { manager, call } = manage();
    expect(await call("a")).toBe("unknown-identity");
    expect(manager.pending()).toEqual([]);
    await manager.close();
  });

  it("goes on after a restart where it was", async () => {
    const clock = virtualClock();
    const options = { clock, pending: true as const, devices: known, users: [{ name: "u", credentials: "u" }] };
    const before = manage(options);
    before.transport.refused.add("SHA256:b u");
    await before.call("b");
    await before.call("x");
    before.manager.refuse("SHA256:y");
    const state = JSON.parse(JSON.stringify(before.manager.state()));
    await before.manager.close();
    const after = manage({ ...options, state });
    expect(after.manager.pending()).toMatchObject([{ id: "SHA256:x" }]);
    expect([await after.call("b"), await after.call("y")]).toEqual(["no-user-left", "refused-by-operator"]);
    await after.manager.close();
  });
});

describe("DeviceManager and keys that a device announces", () => {
  const proved = ["SHA256:a", "SHA256:a-next"];
  const again = async ({ manager }: ReturnType<typeof manage>): Promise<void> => {
    await manager.connected()[0]?.session.close();
    await until(() => manager.connected().length === 0);
  };

  it("counts the next key of a device that has proved it, where that is asked for, and saves it", async () => {
    const store = new MemoryStore();
    const made = manage({ devices: known, keyUpdates: "learn", store });
    made.transport.proved = proved;
    expect(await made.call("a")).toBe("ready r1");
    await until(() => made.manager.learned().length === 1);
    expect(store.saved.get("r1")).toEqual({
      ...{ name: "r1", fingerprints: ["SHA256:a-next"], standsAlone: false, approved: false },
    });
    expect(made.events.filter(({ kind }) => kind === "key-learned")).toMatchObject([
      { device: "r1", peer: { fingerprint: "SHA256:a-next" } },
    ]);
    await again(made);
    expect(await made.call("a-next")).toBe("ready r1");
    await made.manager.close({ sessions: true });
  });

  it("ignores them otherwise", async () => {
    const made = manage({ devices: known });
    made.transport.proved = proved;
    await made.call("a");
    expect(made.manager.learned()).toEqual([]);
    await made.manager.close({ sessions: true });
  });

  it("ignores those of a device that is known by somebody's word, and a list without the key in use", async () => {
    const lookups = [{ name: "data base", find: () => "r1" }];
    const made = manage({ devices: known, keyUpdates: "learn", lookups });
    made.transport.proved = ["SHA256:x", "SHA256:y"];
    expect(await made.call("x")).toBe("ready r1");
    await again(made);
    expect(await made.call("a")).toBe("ready r1");
    await turn();
    expect(made.manager.learned()).toEqual([]);
    await made.manager.close({ sessions: true });
  });

  it("goes on when they cannot be saved, and they count for nothing", async () => {
    const store = new MemoryStore();
    store.failure = new Error("disk full");
    const made = manage({ devices: known, keyUpdates: "learn", store });
    made.transport.proved = proved;
    expect(await made.call("a")).toBe("ready r1");
    await turn();
    expect(made.manager.learned()).toEqual([]);
    expect(made.manager.connected()).toHaveLength(1);
    await made.manager.close({ sessions: true });
  });
});
