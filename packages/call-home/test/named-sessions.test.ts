import { describe, expect, it } from "vitest";
import { hasKey, hostOf, NamedSessions } from "../src/named-sessions.ts";

const key = (fingerprint: string) => ({ kind: "ssh-host-key", algorithm: "ssh-ed25519", fingerprint }) as const;

describe("NamedSessions", () => {
  it("finds an entry by its keys, by its addresses and by its name", () => {
    const devices = new NamedSessions([
      { name: "r7", addresses: ["192.0.2.7", "2001:DB8::7"], fingerprints: ["SHA256:a", "SHA256:b"], credentials: 1 },
      { name: "r8", addresses: ["192.0.2.8"], credentials: 2 },
    ]);
    expect(devices.find(key("SHA256:b"))?.name).toBe("r7");
    expect(devices.find(key("SHA256:c"))).toBeUndefined();
    expect(devices.find({ kind: "unauthenticated" })).toBeUndefined();
    expect(devices.at("192.0.2.8:40213")?.credentials).toBe(2);
    expect(devices.at("[2001:db8:0::7]:40213")?.name).toBe("r7");
    expect(devices.at("192.0.2.9:1")).toBeUndefined();
    expect(devices.named("r8")?.addresses).toEqual(["192.0.2.8"]);
    expect([...devices].map(({ name }) => name)).toEqual(["r7", "r8"]);
    expect([...devices].map(hasKey)).toEqual([true, false]);
  });

  it("refuses a name, a key or an address that is another entry's, and then knows nothing of the new one", () => {
    const devices = new NamedSessions([{ name: "r7", addresses: ["192.0.2.7"], fingerprints: ["SHA256:a"] }]);
    for (const entry of [
      { name: "r7" },
      { name: "r8", fingerprints: ["SHA256:b", "SHA256:a"] },
      { name: "r8", fingerprints: ["SHA256:b"], addresses: ["::ffff:192.0.2.7"] },
    ]) {
      expect(() => devices.add(entry)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
    }
    expect(devices.named("r8")).toBeUndefined();
    expect(devices.find(key("SHA256:b"))).toBeUndefined();
  });

  it("puts an entry in the place of the one with its name, and leaves that where the new one cannot be", () => {
    const devices = new NamedSessions([
      { name: "r7", addresses: ["192.0.2.7"], fingerprints: ["SHA256:a"] },
      { name: "r8", fingerprints: ["SHA256:b"] },
    ]);
    devices.put({ name: "r7", fingerprints: ["SHA256:a", "SHA256:c"] });
    expect(devices.find(key("SHA256:c"))?.name).toBe("r7");
    expect(devices.at("192.0.2.7")).toBeUndefined();
    expect(() => devices.put({ name: "r7", fingerprints: ["SHA256:b"] })).toThrow(/taken/);
    expect(devices.find(key("SHA256:a"))?.name).toBe("r7");
    expect(devices.remove("r7")).toBe(true);
    expect(devices.remove("r7")).toBe(false);
    expect(devices.find(key("SHA256:a"))).toBeUndefined();
  });
});

describe("hostOf", () => {
  for (const [remote, host] of [
    ["192.0.2.1:4334", "192.0.2.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["[2001:DB8::1]:4334", "2001:db8:0:0:0:0:0:1"],
    ["2001:db8::1", "2001:db8:0:0:0:0:0:1"],
    ["[::ffff:192.0.2.1]:4334", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["[fe80::1%eth0]:1", "fe80:0:0:0:0:0:0:1%eth0"],
    ["::", "0:0:0:0:0:0:0:0"],
    ["Router.Example:830", "router.example"],
    ["1::2::3", "1::2::3"],
  ] as const)
    it(`RFC 4291 §2.5.5.2: reads ${remote} as ${host}`, () => expect(hostOf(remote)).toBe(host));
});
