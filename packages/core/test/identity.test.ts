import { describe, expect, it } from "vitest";
import {
  DeviceList,
  describeIdentity,
  isNetconfError,
  type PeerIdentity,
  UnknownIdentityError,
  unknownIdentityOf,
} from "../src/mod.ts";

const host = (fingerprint: string): PeerIdentity => ({ kind: "ssh-host-key", algorithm: "ssh-ed25519", fingerprint });
const certificate = (authority: string | undefined, names: string[], fingerprint = "cert"): PeerIdentity => ({
  kind: "x509-certificate",
  fingerprint,
  names,
  authority,
});

describe("DeviceList", () => {
  it("RFC 8071 §3.1 C7: finds a device and its credentials by its key, also by the next key", () => {
    const list = new DeviceList([
      { name: "a", fingerprints: ["SHA256:1", "SHA256:2"], credentials: { password: "x" } },
    ]);
    expect(list.require(host("SHA256:1")).credentials.password).toBe("x");
    expect(list.find(host("SHA256:2"))?.name).toBe("a");
    expect(list.find(host("sha256:1"))).toBeUndefined();
  });

  it("RFC 8071 §3.1 C6: takes a name in a certificate only from the authority it was expected from", () => {
    const list = new DeviceList([{ name: "a", certified: { authority: "ca-1", name: "serial-7" }, credentials: 1 }]);
    expect(list.find(certificate("ca-1", ["other", "serial-7"]))?.name).toBe("a");
    expect(list.find(certificate("ca-2", ["serial-7"]))).toBeUndefined();
    expect(list.find(certificate(undefined, ["serial-7"]))).toBeUndefined();
    expect(
      list.find({
        kind: "ssh-host-certificate",
        fingerprint: "f",
        algorithm: "x",
        authority: "ca-1",
        keyId: "",
        principals: ["serial-7"],
      })?.name,
    ).toBe("a");
  });

  it("never finds a peer that proved nothing", () => {
    const list = new DeviceList([{ name: "a", fingerprints: [""], credentials: 1 }]);
    expect(list.find({ kind: "unauthenticated" })).toBeUndefined();
  });

  it("refuses a name or an identity twice, and takes both again after a removal", () => {
    const list = new DeviceList([
      { name: "a", fingerprints: ["1"], certified: { authority: "c", name: "n" }, credentials: 1 },
    ]);
    for (const clash of [
      { name: "a", credentials: 2 },
      { name: "b", fingerprints: ["2", "1"], credentials: 2 },
      { name: "b", certified: { authority: "c", name: "n" }, credentials: 2 },
    ]) {
      expect(() => list.add(clash)).toThrow(expect.objectContaining({ code: "invalid-argument", fault: "local" }));
    }
    expect(list.size).toBe(1);
    expect([list.remove("a"), list.remove("a")]).toEqual([true, false]);
    list.add({ name: "b", fingerprints: ["1"], certified: { authority: "c", name: "n" }, credentials: 2 });
    expect(list.find(host("1"))?.name).toBe("b");
  });

  it("names the identity it does not know, for the operator, also through other errors", () => {
    const identity = host("SHA256:9");
    const error = ((): unknown => {
      try {
        new DeviceList().require(identity);
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(UnknownIdentityError);
    expect(isNetconfError(error) && [error.code, error.layer, error.fault]).toEqual([
      "unknown-identity",
      "call-home",
      "peer",
    ]);
    expect(unknownIdentityOf(new Error("ssh", { cause: error }))).toEqual(identity);
    expect(unknownIdentityOf(new Error("ssh"))).toBeUndefined();
    expect(describeIdentity(host("a\u001b"))).toBe('ssh-host-key "a\\u001b"');
  });
});
