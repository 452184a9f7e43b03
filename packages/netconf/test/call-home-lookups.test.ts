import { type DeviceCall, NamedSessions } from "@netconf-kit/call-home";
import { formatHashedKnownHostsLine, nobleProvider, type SshfpAnswer } from "@netconf-kit/ssh";
import { describe, expect, it } from "vitest";
import { knownHostsLookup, type PrivateKey, parseKnownHosts, sshfpLookup } from "../src/mod.ts";
import { fingerprintOf, keys, publicLine } from "./support.ts";

const devices = new NamedSessions<unknown>([
  { name: "router-6" },
  { name: "router-7", addresses: ["192.0.2.7"] },
  { name: "router-8" },
]);

function call(key: PrivateKey, remote = "192.0.2.7:4000"): DeviceCall {
  const identity = { kind: "ssh-host-key", algorithm: key.type, fingerprint: fingerprintOf(key) } as const;
  return { evidence: { identity, publicBlob: key.publicBlob }, remote, transport: "ssh", preamble: undefined, devices };
}

const tls: DeviceCall = {
  evidence: { identity: { kind: "x509-certificate", fingerprint: "f", names: [], authority: undefined } },
  ...{ remote: "192.0.2.7:1", transport: "tls", preamble: undefined, devices },
};

describe("knownHostsLookup()", () => {
  const find = (text: string, key = keys.host) => knownHostsLookup(parseKnownHosts(text)).find(call(key));
  const line = publicLine(keys.host).trim();

  it("knows a device by its key under the name of its entry, at port 830 or 22, hashed or not", () => {
    expect(find(`[router-7]:830 ${line}`)).toBe("router-7");
    expect(find(`router-8 ${line}`)).toBe("router-8");
    expect(find(`router-?,!router-6 ${line}`)).toBe("router-7");
    const random = (length: number) => new Uint8Array(length);
    const hashed = formatHashedKnownHostsLine("router-7", 830, keys.host.publicBlob, { random });
    expect(find(hashed)).toBe("router-7");
  });

  it("knows nobody by another key, another name or another port, by a revoked key, or over TLS", () => {
    expect(find(`router-7 ${publicLine(keys.other)}`)).toBeUndefined();
    expect(find(`router-9 ${line}`)).toBeUndefined();
    expect(find(`[router-7]:4334 ${line}`)).toBeUndefined();
    expect(find(`router-7 ${line}\n@revoked * ${line}`)).toBeUndefined();
    expect(knownHostsLookup(parseKnownHosts(`router-7 ${line}`)).find(tls)).toBeUndefined();
  });

  it("looks at the ports that it is told, and at the file as it is now", () => {
    let text = `[router-7]:4334 ${line}`;
    const lookup = knownHostsLookup(() => parseKnownHosts(text), { ports: [4334] });
    expect(lookup.find(call(keys.host))).toBe("router-7");
    text = "";
    expect(lookup.find(call(keys.host))).toBeUndefined();
  });
});

describe("sshfpLookup()", () => {
  const answer = (key: PrivateKey, secure = true): SshfpAnswer => ({
    secure,
    records: [{ algorithm: 4, fingerprintType: 2, fingerprint: nobleProvider.hash("sha256", key.publicBlob) }],
  });
  const ask = (resolved: SshfpAnswer, remote?: string) => {
    const asked: string[] = [];
    const lookup = sshfpLookup({
      resolve: (host) => {
        asked.push(host);
        return resolved;
      },
    });
    return Promise.resolve(lookup.find(call(keys.host, remote))).then((found) => [found, ...asked]);
  };

  it("RFC 4255 §2.4: knows a device by records that DNSSEC has proved, and by no others", async () => {
    expect(await ask(answer(keys.host))).toEqual(["router-7", "router-7"]);
    expect(await ask(answer(keys.host, false))).toEqual([undefined, "router-7"]);
    expect(await ask(answer(keys.other))).toEqual([undefined, "router-7"]);
    expect(await ask({ secure: true, records: [] })).toEqual([undefined, "router-7"]);
  });

  it("asks nothing where no host name comes into question", async () => {
    expect(await ask(answer(keys.host), "203.0.113.1:1")).toEqual([undefined]);
    expect(await sshfpLookup({ resolve: () => answer(keys.host) }).find(tls)).toBeUndefined();
  });

  it("takes host names from the caller, and names of entries for them", async () => {
    const lookup = sshfpLookup({
      resolve: (host) => answer(host === "r8.example" ? keys.host : keys.other),
      hostOf: async ({ remote }) => (remote.startsWith("192.0.2.7") ? "r8.example" : undefined),
      deviceOf: (host) => host.replace(/^r(\d).*/, "router-$1"),
    });
    expect(await lookup.find(call(keys.host))).toBe("router-8");
  });

  it("passes on that the resolver failed", async () => {
    const lookup = sshfpLookup({ resolve: () => Promise.reject(new Error("SERVFAIL")) });
    await expect(lookup.find(call(keys.host))).rejects.toThrow("SERVFAIL");
  });
});
