import { describe, expect, it } from "vitest";
import { AddressList, isAddress, isAddressOrNetwork } from "../src/address-list.ts";
import { isDialectError } from "../src/dialect-errors.ts";

describe("AddressList", () => {
  it.each([
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/8", "10.0.0.1:4334", true],
    ["192.0.2.7", "192.0.2.7:1", true],
    ["192.0.2.7", "192.0.2.70", false],
    ["192.0.2.4/30", "192.0.2.7", true],
    ["192.0.2.4/30", "192.0.2.8", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["2001:db8::/32", "[2001:db8:1::9]:4334", true],
    ["2001:db8::/32", "2001:db9::", false],
    ["::1", "[::1]:50000", true],
    ["fe80::/10", "fe80::1%eth0", true],
    ["10.0.0.0/8", "[::ffff:10.1.2.3]:4334", true],
    ["::ffff:10.0.0.0/104", "10.9.9.9", true],
    ["10.0.0.0/8", "unknown", false],
    ["10.0.0.0/8", "balancer.example:4334", false],
  ])("RFC 4291 §2.2: %s and %s: %s", (entry, remote, expected) => {
    expect(new AddressList([entry]).has(remote)).toBe(expected);
  });

  it.each([
    "",
    "10.0.0.0/33",
    "10.0.0/8",
    "010.0.0.1",
    "1.2.3.4.5",
    "::1::",
    "2001:db8::/129",
    "1:2:3:4:5:6:7",
    "10.0.0.0/8/8",
    "a/8",
  ])("refuses the entry %j", (entry) => {
    expect(isAddressOrNetwork(entry)).toBe(false);
    expect(() => new AddressList([entry])).toThrow(
      expect.objectContaining({ code: "invalid-options", fault: "local" }),
    );
  });

  it("holds nobody when it is empty, and not what has no address", () => {
    expect(new AddressList().has("10.0.0.1:1")).toBe(false);
    expect(new AddressList(["::/0"]).has(undefined)).toBe(false);
    expect(new AddressList(["::/0"]).size).toBe(1);
    expect(isAddress("10.0.0.0/8")).toBe(false);
    expect(isDialectError(new Error("no"))).toBe(false);
  });
});
