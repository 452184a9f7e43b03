import type { PeerIdentity } from "@netconf-kit/core";
import { describe, expect, it } from "vitest";
import { type Caller, PendingDevices } from "../src/pending.ts";

const identity = (name: string): PeerIdentity => ({
  kind: "ssh-host-key",
  algorithm: "ssh-ed25519",
  fingerprint: name,
});
const caller = (name: string, remote = "192.0.2.1:1"): Caller => ({
  identity: identity(name),
  device: undefined,
  remote,
  transport: "ssh",
});

describe("PendingDevices", () => {
  it("holds a device under its fingerprint and counts its calls", () => {
    const pending = new PendingDevices();
    expect(pending.hold(caller("a"), 1000)).toBe("new");
    expect(pending.hold({ ...caller("a", "192.0.2.9:7"), device: "r7" }, 3000)).toBe("again");
    expect(pending.list(5000)).toEqual([
      {
        id: "a",
        identity: identity("a"),
        device: "r7",
        remote: "192.0.2.9:7",
        transport: "ssh",
        calls: 2,
        firstCall: 4000,
        lastCall: 2000,
      },
    ]);
    pending.delete("a");
    expect(pending.list(5000)).toEqual([]);
  });

  it("forgets a device a day after its last call", () => {
    const pending = new PendingDevices();
    pending.hold(caller("a"), 0);
    pending.hold(caller("a"), 1000);
    expect(pending.get("a", 86_400_999)?.id).toBe("a");
    expect(pending.get("a", 86_401_000)).toBeUndefined();
  });

  it("takes 16 devices from one address and not one more, and others go on", () => {
    const pending = new PendingDevices();
    for (let i = 0; i < 16; i++) expect(pending.hold(caller(`a${i}`, `192.0.2.1:${i}`), 0)).toBe("new");
    expect(pending.hold(caller("one more"), 0)).toBe("full");
    expect(pending.hold(caller("a3"), 0)).toBe("again");
    expect(pending.hold(caller("b", "192.0.2.2:1"), 0)).toBe("new");
    for (let i = 0; i < 16; i++) pending.hold(caller(`c${i}`, `[2001:db8::${i}]:1`), 0);
    expect(pending.hold(caller("one network", "[2001:db8::ff]:1"), 0)).toBe("full");
    pending.delete("a3");
    expect(pending.hold(caller("one more"), 0)).toBe("new");
  });

  it("takes 256 devices, and none drives out another", () => {
    const pending = new PendingDevices();
    for (let i = 0; i < 256; i++) pending.hold(caller(`a${i}`, `198.51.100.${i}:1`), i);
    expect(pending.hold(caller("one more", "192.0.2.1:1"), 300)).toBe("full");
    expect(pending.list(300)).toHaveLength(256);
    expect(pending.hold(caller("one more", "192.0.2.1:1"), 86_400_000)).toBe("new");
  });

  it("keeps out whom an operator has refused, for as long as was said or until that is taken back", () => {
    const pending = new PendingDevices();
    pending.hold(caller("a"), 0);
    pending.refuse("a", 0, 1000);
    expect(pending.list(0)).toEqual([]);
    expect(pending.isRefused(identity("a"), 999)).toBe(true);
    expect(pending.isRefused(identity("a"), 1000)).toBe(false);
    pending.refuse("b", 0);
    expect(pending.refused(500)).toEqual([
      { id: "a", expiresIn: 500 },
      { id: "b", expiresIn: 86_399_500 },
    ]);
    expect([pending.readmit("b"), pending.readmit("b")]).toEqual([true, false]);
    expect(pending.isRefused(identity("b"), 0)).toBe(false);
    pending.refuse("c", 0, 0);
    expect(pending.isRefused(identity("c"), 0)).toBe(false);
  });

  it("remembers 4096 refusals and forgets the oldest for one more", () => {
    const pending = new PendingDevices();
    for (let i = 0; i <= 4096; i++) pending.refuse(`a${i}`, 0);
    expect([pending.isRefused(identity("a0"), 0), pending.isRefused(identity("a1"), 0)]).toEqual([false, true]);
  });

  it("takes back after a restart what it listed before, as far as the limits go", () => {
    const before = new PendingDevices();
    before.hold(caller("a"), 1000);
    before.hold(caller("a"), 2000);
    before.hold(caller("b"), 3000);
    before.refuse("c", 3000, 5000);
    const after = new PendingDevices({ maxDevices: 1 });
    after.restore(before.list(4000), before.refused(4000), 100_000);
    expect(after.list(100_000)).toEqual([before.list(4000)[0]]);
    expect(after.refused(100_000)).toEqual([{ id: "c", expiresIn: 4000 }]);
  });
});
