import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesSourceAddress } from "../../src/keys/source-address.ts";

describe("matchesSourceAddress", () => {
  it("compares networks and addresses of both families", () => {
    const cases: readonly [string, string, boolean][] = [
      ["10.0.0.0/8", "10.255.0.1", true],
      ["10.0.0.0/8", "11.0.0.1", false],
      ["192.0.2.1", "192.0.2.1", true],
      ["192.0.2.1", "192.0.2.10", false],
      ["0.0.0.0/0", "203.0.113.9", true],
      ["0.0.0.0/0", "2001:db8::1", false],
      ["::/0", "192.0.2.1", false],
      ["2001:db8::/32", "2001:db8:ffff::1", true],
      ["2001:db8::/32", "2001:db9::", false],
      ["2001:db8:0:0:0:0:0:1", "2001:DB8::1", true],
      ["192.0.2.0/24", "::ffff:192.0.2.7", true],
      ["::ffff:192.0.2.7", "192.0.2.7", true],
      ["fe80::/10", "fe80::1%eth0", true],
    ];
    for (const [network, address, matches] of cases)
      expect([network, address, matchesSourceAddress([network], address)]).toEqual([network, address, matches]);
    expect(matchesSourceAddress(["10.0.0.0/8", "::1"], "::1")).toBe(true);
    expect(matchesSourceAddress([], "::1")).toBe(false);
  });

  it("says no when any entry is malformed, and for what is no address", () => {
    for (const bad of [
      "",
      "x",
      "10.0.0.0/33",
      "10.0.0.1/8",
      "10.0.0.0/",
      "10.0.0.0/08",
      "10.0.0",
      "010.0.0.0",
      "1.2.3.256",
    ])
      expect([bad, matchesSourceAddress(["0.0.0.0/0", bad], "10.0.0.1")]).toEqual([bad, false]);
    for (const bad of [
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7::8",
      "12345::",
      "::/129",
      "::1.2.3",
      "1.2.3.4::",
    ])
      expect([bad, matchesSourceAddress(["::/0", bad], "::1")]).toEqual([bad, false]);
    for (const bad of ["", "host", "10.0.0.1/32", "!10.0.0.1", "*"])
      expect([bad, matchesSourceAddress(["0.0.0.0/0", "::/0"], bad)]).toEqual([bad, false]);
  });

  it("answers as node:net does for any address", () => {
    const prefixes = fc.nat({ max: 128 });
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.ipV6()),
        fc.oneof(fc.ipV4(), fc.ipV6()),
        prefixes,
        (network, address, prefix) => {
          const family = isIP(network) === 4 ? "ipv4" : "ipv6";
          const list = new BlockList();
          list.addAddress(network, family);
          const expected = isIP(network) === isIP(address) && list.check(address, family);
          // A mapped IPv4 address is the one thing that is read in another way.
          fc.pre(!/^::ffff:|^0*:0*:0*:0*:0*:ffff:/i.test(`${network} ${address}`));
          expect(matchesSourceAddress([network], address)).toBe(expected);
          expect(matchesSourceAddress([network], network)).toBe(true);
          if (prefix === 0) expect(matchesSourceAddress(["0.0.0.0/0"], address)).toBe(isIP(address) === 4);
        },
      ),
    );
  });
});
