import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import type { RelayEvent } from "../src/events.ts";
import { relayLimits } from "../src/limits.ts";
import { WaitingRoom } from "../src/waiting-room.ts";

const version = new TextEncoder().encode("SSH-2.0-device\r\n");
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Lab {
  readonly room: WaitingRoom<string>;
  readonly clock: ReturnType<typeof virtualClock>;
  readonly events: RelayEvent[];
  readonly pairs: { client: string; device: DuplexSocket }[];
  /** The device's own end. */
  readonly call: (address: string) => DuplexSocket;
}

function lab(limits: Parameters<typeof relayLimits>[0] = {}): Lab {
  const clock = virtualClock();
  const events: RelayEvent[] = [];
  const pairs: Lab["pairs"] = [];
  const room = new WaitingRoom<string>({
    limits: relayLimits({ firstByteTime: 10_000, deviceWaitTime: 30_000, ...limits }),
    clock,
    onEvent: (event) => events.push(event),
    isHere: (client) => client !== "closing",
    onPair: (client, device) => pairs.push({ client, device }),
  });
  const call = (address: string): DuplexSocket => {
    const [device, ours] = memoryPair();
    room.addDevice(Object.assign(ours, { remote: `${address}:40000` }));
    return device;
  };
  return { room, clock, events, pairs, call };
}

describe("WaitingRoom", () => {
  it("joins who has waited longest on both sides", async () => {
    const { room, pairs, call } = lab();
    room.addClient("first");
    room.addClient("second");
    const silent = call("192.0.2.1");
    await call("192.0.2.2").write(version);
    await settled();
    await silent.write(version);
    await settled();
    expect(pairs.map(({ client, device }) => [client, device.remote])).toEqual([
      ["first", "192.0.2.2:40000"],
      ["second", "192.0.2.1:40000"],
    ]);
    await call("192.0.2.3").write(version);
    await call("192.0.2.4").write(version);
    await settled();
    room.addClient("third");
    expect(pairs[2]).toMatchObject({ client: "third", device: { remote: "192.0.2.3:40000" } });
  });

  it("gives a client all that a device has said while it waited, and what comes then", async () => {
    const { room, pairs, call } = lab();
    const device = call("192.0.2.1");
    for (const text of ["SSH", "-2.0", "-x\r\n"]) {
      await device.write(new TextEncoder().encode(text));
      await settled();
    }
    room.addClient("page");
    let text = "";
    const socket = pairs[0]!.device;
    while (text.length < 10) text += new TextDecoder().decode(await socket.read());
    expect(text).toBe("SSH-2.0-x\r\n".slice(0, text.length));
    await device.write(version);
    await device.closeWrite();
    for (let chunk = await socket.read(); chunk !== undefined; chunk = await socket.read())
      text += new TextDecoder().decode(chunk);
    expect(text).toBe("SSH-2.0-x\r\nSSH-2.0-device\r\n");
  });

  it("lets a device go that says more than 64 KiB before anybody listens: whether it hangs up could not be seen", async () => {
    const { events, clock, call } = lab();
    const device = call("192.0.2.1");
    await device.write(new Uint8Array(64 * 1024 - 1));
    await settled();
    expect(events).toEqual([{ kind: "device-waiting", device: "192.0.2.1:40000" }]);
    await device.write(new Uint8Array(1));
    await settled();
    expect(events.at(-1)).toEqual({ kind: "device-dropped", device: "192.0.2.1:40000", reason: "too-much" });
    expect(await device.read()).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it("gives a device to nobody who is closing", async () => {
    const { room, pairs, call } = lab();
    room.addClient("closing");
    room.addClient("page");
    await call("192.0.2.1").write(version);
    await call("192.0.2.2").write(version);
    await settled();
    expect(pairs.map(({ client }) => client)).toEqual(["page"]);
    room.addClient("next");
    expect(pairs.map(({ client }) => client)).toEqual(["page", "next"]);
  });

  it("lets nobody's turn be taken by who says nothing, and lets him go in time", async () => {
    const { room, clock, events, pairs, call } = lab();
    room.addClient("page");
    const scanner = call("192.0.2.1");
    clock.advance(9_999);
    expect(events).toEqual([]);
    clock.advance(1);
    expect(events).toEqual([{ kind: "device-dropped", device: "192.0.2.1:40000", reason: "silent" }]);
    expect(await scanner.read()).toBeUndefined();
    await call("192.0.2.2").write(version);
    await settled();
    expect(pairs).toHaveLength(1);
  });

  it.each([
    ["with its first byte", 1],
    ["later", 3],
  ])("drops a device that hangs up %s", async (_when, writes) => {
    const { room, events, pairs, call } = lab();
    const device = call("192.0.2.1");
    for (let count = 0; count < writes; count++) {
      await device.write(version);
      if (count < writes - 1) await settled();
    }
    await device.closeWrite();
    await settled();
    await settled();
    expect(events.at(-1)).toEqual({ kind: "device-dropped", device: "192.0.2.1:40000", reason: "hung-up" });
    room.addClient("page");
    expect(pairs).toEqual([]);
  });

  it("drops a device whose connection breaks", async () => {
    const { events, call } = lab();
    await call("192.0.2.1").close(new Error("reset"));
    await settled();
    expect(events).toEqual([{ kind: "device-dropped", device: "192.0.2.1:40000", reason: "hung-up" }]);
  });

  it("lets a device go that nobody wants, so that it calls again (RFC 8071 §4.1)", async () => {
    const { clock, events, call } = lab();
    await call("192.0.2.1").write(version);
    await settled();
    expect(events).toEqual([{ kind: "device-waiting", device: "192.0.2.1:40000" }]);
    clock.advance(29_999);
    expect(events).toHaveLength(1);
    clock.advance(1);
    expect(events.at(-1)).toEqual({ kind: "device-dropped", device: "192.0.2.1:40000", reason: "not-wanted" });
    expect(clock.pending).toBe(0);
  });

  it("holds as many devices as it may, in all and from one address, and has room again when one has gone", async () => {
    const { events, clock, call } = lab({ maxWaitingDevices: 3, maxWaitingDevicesPerAddress: 2 });
    const dropped = (): unknown[] => events.filter(({ kind }) => kind === "device-dropped");
    call("192.0.2.1");
    call("192.0.2.1");
    expect(dropped()).toEqual([]);
    call("192.0.2.1");
    expect(dropped()).toHaveLength(1);
    call("192.0.2.2");
    call("192.0.2.3");
    expect(dropped()).toEqual([
      { kind: "device-dropped", device: "192.0.2.1:40000", reason: "too-many" },
      { kind: "device-dropped", device: "192.0.2.3:40000", reason: "too-many" },
    ]);
    clock.advance(10_000);
    call("192.0.2.3");
    expect(dropped()).toHaveLength(5);
  });

  it("forgets a client that has left", async () => {
    const { room, pairs, call } = lab();
    const leave = room.addClient("gone");
    expect(leave()).toBe(true);
    expect(leave()).toBe(false);
    await call("192.0.2.1").write(version);
    await settled();
    room.addClient("page");
    expect(pairs.map(({ client }) => client)).toEqual(["page"]);
  });

  it("lets all devices go when it closes, and leaves no timer", async () => {
    const { room, clock, events, call } = lab();
    call("192.0.2.1");
    await call("192.0.2.2").write(version);
    await settled();
    room.close();
    expect(events.slice(-2).map((event) => "reason" in event && event.reason)).toEqual(["stopped", "stopped"]);
    expect(clock.pending).toBe(0);
  });
});
