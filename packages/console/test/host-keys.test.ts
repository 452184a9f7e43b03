import { describe, expect, it } from "vitest";
import { HostKeys, type KeyValueStorage } from "../src/state/host-keys.ts";

function storage(initial?: string): KeyValueStorage {
  let stored: string | null = initial ?? null;
  return {
    getItem: () => stored,
    setItem: (_key, value) => {
      stored = value;
    },
  };
}

const key = { fingerprint: "SHA256:one", keyType: "ssh-ed25519", name: "router-7" };
const target = "192.0.2.1:830";

describe("HostKeys (RFC 4251 §4.1)", () => {
  it("knows a key at the target where it was approved, and nowhere else", () => {
    const keys = new HostKeys(storage());
    keys.remember({ ...key, target });
    expect(keys.find(key, target)).toMatchObject({ kind: "known", entry: { name: "router-7" } });
    expect(keys.find(key, "192.0.2.2:830")).toEqual({ kind: "new" });
  });

  it("calls another key at a known target changed, not new", () => {
    const keys = new HostKeys(storage());
    keys.remember({ ...key, target });
    expect(keys.find({ fingerprint: "SHA256:two" }, target)).toMatchObject({
      kind: "changed",
      entry: { fingerprint: "SHA256:one" },
    });
  });

  it("knows who calls home by the key alone (RFC 8071 §3.1 C5)", () => {
    const keys = new HostKeys(storage());
    keys.remember({ ...key, target });
    expect(keys.find(key, undefined)).toMatchObject({ kind: "known" });
    expect(keys.find({ fingerprint: "SHA256:two" }, undefined)).toEqual({ kind: "new" });
  });

  it("forgets what was revoked", () => {
    const keys = new HostKeys(storage());
    keys.remember({ ...key, target });
    for (const entry of keys.list()) keys.revoke(entry);
    expect(keys.find(key, target)).toEqual({ kind: "new" });
  });

  it.each(["{", "null", '{"a":1}', '[{"fingerprint":1}]', "[7,null]"])("trusts nobody because of %s", (stored) => {
    expect(new HostKeys(storage(stored)).list()).toEqual([]);
  });

  it("keeps 1000 keys, the newest", () => {
    const keys = new HostKeys(storage());
    for (let n = 0; n <= 1000; n++) keys.remember({ ...key, target: `device-${n}:830` });
    expect(keys.list()).toHaveLength(1000);
    expect(keys.list()[0]?.target).toBe("device-1:830");
  });
});
