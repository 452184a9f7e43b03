import { type DuplexSocket, element, memoryPair, type NetconfServer, TransportError } from "netconf-kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { type Caller, Console } from "../src/state/console.ts";
import { Device, type DeviceState } from "../src/state/device.ts";
import { HostKeys, type KeyValueStorage } from "../src/state/host-keys.ts";
import { dialServer, inPhase, makeServer, PASSWORD, when } from "./support.ts";

const stored = new Map<string, string>();
const storage: KeyValueStorage = {
  getItem: (key) => stored.get(key) ?? null,
  setItem: (key, value) => void stored.set(key, value),
};
const around = { hostKeys: new HostKeys(storage), clock: virtualClock(), now: () => 0 };
const login = { username: "ops", password: PASSWORD };
const target = "192.0.2.1:830";

let server: NetconfServer;
const devices: Device[] = [];
beforeEach(async () => {
  stored.clear();
  server = await makeServer();
});
afterEach(async () => {
  for (const device of devices.splice(0)) await device.close();
  await server.close();
});

function makeDevice(road: Partial<Device["road"]> = {}): Device {
  const device = new Device(1, { dial: async () => dialServer(server), target, name: target, login, ...road }, around);
  devices.push(device);
  return device;
}

type In<Kind extends DeviceState["phase"]["kind"]> = Extract<DeviceState["phase"], { kind: Kind }>;
const phase = async <Kind extends DeviceState["phase"]["kind"]>(device: Device, kind: Kind): Promise<In<Kind>> =>
  (await when(device.state, inPhase(kind))).phase as In<Kind>; // `inPhase` has looked

describe("Device", () => {
  it("sends nothing of the user before the host key is approved (RFC 4251 §4.1)", async () => {
    const device = makeDevice();
    const over = device.run();
    const { finding } = await phase(device, "host-key");
    expect(finding).toEqual({ kind: "new" });
    expect(server.sessions).toHaveLength(0);
    device.answerHostKey(false, "");
    await over;
    expect(device.state.value.phase).toMatchObject({ kind: "closed", error: { code: "host-key-rejected" } });
    expect(around.hostKeys.list()).toEqual([]);
  });

  it("remembers an approved key under its name, and does not ask again", async () => {
    const first = makeDevice();
    void first.run();
    await phase(first, "host-key");
    first.answerHostKey(true, "router-7");
    await phase(first, "open");
    const again = makeDevice();
    void again.run();
    await phase(again, "open");
    expect(again.state.value.name).toBe("router-7");
  });

  it("refuses a changed key, whatever is answered", async () => {
    around.hostKeys.remember({ fingerprint: "SHA256:other", keyType: "ssh-ed25519", name: "router-7", target });
    const device = makeDevice();
    const over = device.run();
    expect((await phase(device, "host-key")).finding.kind).toBe("changed");
    device.answerHostKey(true, "router-7");
    await over;
    expect(device.state.value.phase).toMatchObject({ kind: "closed", error: { code: "host-key-rejected" } });
  });

  it("reads running at once, and follows events in the session that has :interleave (RFC 5277 §6)", async () => {
    const device = makeDevice();
    void device.run();
    await phase(device, "host-key");
    device.answerHostKey(true, "router-7");
    const { open } = await phase(device, "open");
    const { root } = await when(open.data.state, (state): state is typeof state => !state.loading && "root" in state);
    expect(root).toMatchObject({ name: "data" });
    await open.events.subscribe("NETCONF");
    expect(open.events.state.value.status).toBe("on");
    server.notify(element("link-down", "urn:example"));
    const { entries } = await when(open.events.state, (state): state is typeof state => state.total > 0);
    expect(entries[0]).toMatchObject({ name: "link-down" });
    expect(open.session.sessionId).toBeGreaterThan(0);
  });

  it("says why the way failed", async () => {
    const error = new TransportError("connection-refused", "nobody there");
    const device = makeDevice({ dial: () => Promise.reject(error) });
    await device.run();
    expect(device.state.value.phase).toEqual({ kind: "closed", error });
  });

  it("tells a wrong password from everything else", async () => {
    const device = makeDevice({ login: { username: "ops", password: "wrong" } });
    const over = device.run();
    await phase(device, "host-key");
    device.answerHostKey(true, "router-7");
    await over;
    expect(device.state.value.phase).toMatchObject({ kind: "closed", error: { code: "authentication-failed" } });
  });

  it("is closed without an error when the user closes it, while it connects too", async () => {
    const [silent] = memoryPair();
    const device = makeDevice({ dial: async () => silent });
    const over = device.run();
    await device.close();
    await over;
    expect(device.state.value.phase).toEqual({ kind: "closed" });
  });

  it("keeps no password in its transcript", async () => {
    const device = makeDevice();
    void device.run();
    await phase(device, "host-key");
    device.answerHostKey(true, "router-7");
    await phase(device, "open");
    expect(JSON.stringify(device.transcript.entries.value)).not.toContain(PASSWORD);
  });
});

describe("Console", () => {
  const caller = (): Caller => ({ socket: dialServer(server), address: "198.51.100.7:40000" });

  it("takes callers one after the other until told to stop (RFC 8071 §3.1)", async () => {
    const all = new Console(around);
    const callers = [caller(), caller()];
    const over = all.waitForDevices(
      (signal) =>
        callers.length > 0
          ? Promise.resolve(callers.shift() as Caller) // there is one: its number was looked at
          : new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      login,
    );
    await when(all.state, (state): state is typeof state => state.devices.length === 2);
    expect(all.state.value.waiting).toEqual({ kind: "on", called: 2 });
    const [first, second] = all.state.value.devices as [Device, Device]; // two, as was waited for
    devices.push(first, second);
    // The second one does not take the screen from the first.
    expect(all.device).toBe(first);
    expect((await phase(second, "host-key")).finding.kind).toBe("new");
    all.stopWaiting();
    await over;
    expect(all.state.value.waiting).toEqual({ kind: "off" });
  });

  it("says why waiting has ended", async () => {
    const all = new Console(around);
    const error = new Error("no relay");
    await all.waitForDevices(() => Promise.reject(error), login);
    expect(all.state.value.waiting).toEqual({ kind: "off", error });
  });

  it("leads from one device to the next and no further, and keeps what is looked at of each", () => {
    const all = new Console(around);
    const [silent] = memoryPair();
    all.step(1);
    expect(all.device).toBeUndefined();
    const [first, second] = [1, 2].map(() => all.connect({ dial: async () => silent, name: "device", login }));
    devices.push(first as Device, second as Device); // two were made
    expect(all.device).toBe(second);
    all.showPane("edit");
    all.step(1);
    expect(all.device).toBe(second);
    all.step(-1);
    expect(all.device).toBe(first);
    all.step(-1);
    expect(all.device).toBe(first);
    all.showPane("events");
    expect([...all.state.value.panes.values()]).toEqual(["edit", "events"]);
    all.show(undefined);
    all.showPane("rpc");
    expect(all.state.value.panes.size).toBe(2);
    all.step(-1);
    expect(all.device).toBe(second);
    all.toggleSideBySide();
    expect(all.state.value.sideBySide).toBe(true);
    all.remove(second as Device);
    expect([...all.state.value.panes.values()]).toEqual(["events"]);
  });

  it("ends a device whose tab is taken away, and shows the one before", async () => {
    const all = new Console(around);
    const sockets: DuplexSocket[] = [];
    const road = {
      dial: async () => {
        const socket = dialServer(server);
        sockets.push(socket);
        return socket;
      },
      name: "device",
      login,
    };
    const first = all.connect(road);
    const second = all.connect(road);
    await phase(second, "host-key");
    expect(all.device).toBe(second);
    all.remove(second);
    expect(all.device).toBe(first);
    await phase(second, "closed");
    await phase(first, "host-key");
    all.remove(first);
    expect(all.state.value).toMatchObject({ devices: [], shown: undefined });
  });
});
