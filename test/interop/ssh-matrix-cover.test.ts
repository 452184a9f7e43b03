import { describe, expect, it } from "vitest";
import { coveringSet, isAuthenticated, PairLedger, type Suite } from "./peers/covering-set.ts";
import { offeredAlgorithms } from "./peers/offered-algorithms.ts";
import { ourClient, ourServer, sshPeers } from "./peers/ssh-peers.ts";

const providers = ["noble", "node:crypto"];

function valuesOf(suites: readonly Suite[]): ReadonlySet<string> {
  return new Set(suites.flatMap((suite) => Object.values(suite)));
}

describe("coveringSet", () => {
  for (const { name, role, supports } of sshPeers)
    it(`uses all that ${name} as ${role} supports, in as few suites as the longest list wants`, () => {
      const suites = coveringSet(supports, providers, new PairLedger());
      const macs = supports.cipher.every(isAuthenticated) ? [] : supports.mac;
      const wanted = [...supports.kex, ...supports.hostKey, ...supports.cipher, ...macs, ...providers];
      expect([...valuesOf(suites)].filter((value) => value !== "implicit").sort()).toEqual(wanted.sort());
      const withoutMac = supports.cipher.filter(isAuthenticated).length;
      const { kex, hostKey, cipher } = supports;
      const longest = Math.max(kex.length, hostKey.length, cipher.length, macs.length + withoutMac, providers.length);
      expect(suites).toHaveLength(longest);
    });

  it("names a MAC only beside a cipher that needs one", () => {
    for (const { cipher, mac } of coveringSet(ourClient, providers, new PairLedger()))
      expect(mac === "implicit").toBe(isAuthenticated(cipher));
  });

  it("goes on with pairs that are new when the ledger has seen a peer", () => {
    const ledger = new PairLedger();
    coveringSet(ourServer, providers, ledger);
    const once = ledger.size;
    const again = coveringSet(ourServer, providers, ledger);
    expect(again).not.toEqual(coveringSet(ourServer, providers, new PairLedger()));
    expect(ledger.size).toBeGreaterThan(1.5 * once);
  });

  it("gives the same suites for the same input", () => {
    const [first, second] = [0, 1].map(() => coveringSet(ourClient, providers, new PairLedger()));
    expect(first).toEqual(second);
  });
});

describe("offeredAlgorithms", () => {
  const nameLists = [
    "curve25519-sha256,ext-info-c",
    "ssh-ed25519",
    "aes128-ctr",
    "aes256-ctr",
    "hmac-sha1",
    "",
    "none",
  ];
  const payload = Buffer.concat([
    Buffer.from([20]),
    Buffer.alloc(16),
    ...nameLists.map((text) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)])),
  ]);
  const packet = Buffer.concat([Buffer.from([0, 0, 0, payload.length + 5, 4]), payload, Buffer.alloc(4)]);

  it("reads what the client's direction is offered, behind the version (RFC 4253 §7.1)", () => {
    const beginning = Buffer.concat([Buffer.from("a line before\r\nSSH-2.0-peer\r\n"), packet]);
    expect(offeredAlgorithms(beginning)).toEqual({
      kex: ["curve25519-sha256", "ext-info-c"],
      hostKey: ["ssh-ed25519"],
      cipher: ["aes128-ctr"],
      mac: ["hmac-sha1"],
    });
  });

  it("says when there is none", () => {
    const other = Buffer.from(packet);
    other[5] = 2;
    expect(() => offeredAlgorithms(Buffer.concat([Buffer.from("SSH-2.0-peer\n"), other]))).toThrow(
      "no SSH_MSG_KEXINIT",
    );
  });
});
