import { describe, expect, it } from "vitest";
import { DeviceRegistry } from "../src/device-registry.ts";

const key = (fingerprint: string) => ({ kind: "ssh-host-key", algorithm: "ssh-ed25519", fingerprint }) as const;

describe("DeviceRegistry", () => {
  it("lets a learned key count from learn() on, not from propose() on", () => {
    const registry = new DeviceRegistry<string>([{ name: "r7", addresses: ["192.0.2.7"], credentials: "c7" }]);
    const device = registry.propose({ name: "r7", fingerprint: "a", approved: true });
    expect(device).toEqual({ name: "r7", fingerprints: ["a"], standsAlone: false, approved: true });
    expect(registry.devices.find(key("a"))).toBeUndefined();
    registry.learn(device);
    expect(registry.devices.find(key("a"))).toMatchObject({ name: "r7", credentials: "c7", addresses: ["192.0.2.7"] });
    expect(registry.propose({ name: "r7", fingerprint: "b", approved: true }).fingerprints).toEqual(["a", "b"]);
  });

  it("makes an entry of a device that no configuration has", () => {
    const registry = new DeviceRegistry<string>([]);
    registry.learn(registry.propose({ name: "new", fingerprint: "a", credentials: "c", approved: true }));
    expect(registry.devices.named("new")).toEqual({
      name: "new",
      fingerprints: ["a"],
      credentials: "c",
      approved: true,
    });
    expect(registry.learned).toEqual([
      { name: "new", fingerprints: ["a"], standsAlone: true, approved: true, credentials: "c" },
    ]);
  });

  it("refuses a key of another device, and credentials that would not count", () => {
    const registry = new DeviceRegistry<string>([
      { name: "r7", fingerprints: ["a"], credentials: "c7" },
      { name: "r8" },
    ]);
    const refused = expect.objectContaining({ code: "invalid-argument" });
    expect(() => registry.propose({ name: "r8", fingerprint: "a", approved: true })).toThrow(refused);
    expect(() => registry.propose({ name: "r7", fingerprint: "b", credentials: "other", approved: true })).toThrow(
      refused,
    );
    expect(registry.propose({ name: "r8", fingerprint: "b", credentials: "c8", approved: true }).credentials).toBe(
      "c8",
    );
  });

  it("keeps what was learned when the configuration is replaced, and does not bring a removed device back", () => {
    const registry = new DeviceRegistry<string>([{ name: "r7" }, { name: "r8" }]);
    for (const name of ["r7", "r8", "alone"])
      registry.learn(registry.propose({ name, fingerprint: `key of ${name}`, approved: true }));
    registry.configure([{ name: "r7", credentials: "later" }]);
    expect(registry.devices.find(key("key of r7"))).toMatchObject({ name: "r7", credentials: "later" });
    expect(registry.devices.find(key("key of r8"))).toBeUndefined();
    expect(registry.devices.find(key("key of alone"))?.name).toBe("alone");
    registry.configure([{ name: "r8" }]);
    expect(registry.devices.find(key("key of r8"))?.name).toBe("r8");
  });

  it("lets the configuration win where a learned key is stated for another device", () => {
    const registry = new DeviceRegistry<string>([{ name: "r7" }]);
    registry.learn(registry.propose({ name: "r7", fingerprint: "a", approved: true }));
    registry.learn(registry.propose({ name: "alone", fingerprint: "b", approved: true }));
    registry.configure([{ name: "r7" }, { name: "r8", fingerprints: ["a", "b"] }]);
    expect(registry.devices.find(key("a"))?.name).toBe("r8");
    expect(registry.devices.named("r7")?.fingerprints).toEqual([]);
    expect(registry.devices.named("alone")).toBeUndefined();
  });

  it("changes nothing when the new configuration cannot be", () => {
    const registry = new DeviceRegistry<string>([{ name: "r7", fingerprints: ["a"] }]);
    expect(() => registry.configure([{ name: "r8" }, { name: "r8" }])).toThrow(/taken/);
    expect(registry.devices.find(key("a"))?.name).toBe("r7");
  });

  it("forgets a device's learned keys, and no others", () => {
    const registry = new DeviceRegistry<string>([{ name: "r7", fingerprints: ["stated"] }]);
    registry.learn(registry.propose({ name: "r7", fingerprint: "learned", approved: true }));
    expect(registry.forget("r7")).toBe(true);
    expect(registry.forget("r7")).toBe(false);
    expect(registry.devices.named("r7")?.fingerprints).toEqual(["stated"]);
  });

  it("marks a device that stands alone and that no operator has approved, until one does", () => {
    const registry = new DeviceRegistry<string>([{ name: "r7" }]);
    registry.learn(registry.propose({ name: "alone", fingerprint: "a", approved: false }));
    registry.learn(registry.propose({ name: "r7", fingerprint: "b", approved: false }));
    expect(registry.devices.named("alone")?.approved).toBe(false);
    expect(registry.devices.named("r7")?.approved).toBeUndefined();
    registry.learn(registry.propose({ name: "alone", fingerprint: "c", approved: true }));
    expect(registry.devices.named("alone")?.approved).toBe(true);
    registry.configure([{ name: "alone" }]);
    expect(registry.devices.named("alone")?.approved).toBeUndefined();
  });

  it("takes all keys that a device has proved, but for stated ones and those of others, and lets go of the rest", () => {
    const registry = new DeviceRegistry<string>([
      { name: "r7", fingerprints: ["stated"], credentials: "c7" },
      { name: "r8", fingerprints: ["other's"] },
    ]);
    const learn = (...proved: string[]) => {
      const device = registry.proposeAll("r7", proved);
      if (device !== undefined) registry.learn(device);
      return device?.fingerprints;
    };
    expect(learn("stated", "a", "b", "other's")).toEqual(["a", "b"]);
    expect(learn("b", "a", "stated")).toBeUndefined();
    expect(learn("b")).toEqual(["b"]);
    expect(registry.devices.named("r7")).toMatchObject({ fingerprints: ["stated", "b"], credentials: "c7" });
    expect(registry.devices.find(key("a"))).toBeUndefined();
    expect(registry.devices.find(key("other's"))?.name).toBe("r8");
    expect(learn("stated")).toEqual([]);
  });

  it("starts with what a store had", () => {
    const registry = new DeviceRegistry<string>(
      [{ name: "r7" }],
      [
        { name: "r7", fingerprints: ["a"], standsAlone: false, approved: false },
        { name: "gone", fingerprints: ["b"], standsAlone: false, approved: false },
        { name: "alone", fingerprints: ["c"], standsAlone: true, approved: true },
      ],
    );
    expect(["a", "b", "c"].map((fingerprint) => registry.devices.find(key(fingerprint))?.name)).toEqual([
      "r7",
      undefined,
      "alone",
    ]);
  });
});
