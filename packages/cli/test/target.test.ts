import { describe, expect, it } from "vitest";
import { parseListenAddress, parsePort, parseTarget } from "../src/target.ts";

describe("parseTarget()", () => {
  it.each([
    ["router", { user: undefined, host: "router", port: 830 }],
    ["admin@router", { user: "admin", host: "router", port: 830 }],
    ["admin@192.0.2.1:2022", { user: "admin", host: "192.0.2.1", port: 2022 }],
    ["[2001:db8::1]:22", { user: undefined, host: "2001:db8::1", port: 22 }],
    ["a@[2001:db8::1]", { user: "a", host: "2001:db8::1", port: 830 }],
    ["2001:db8::1", { user: undefined, host: "2001:db8::1", port: 830 }],
  ])("reads %s", (text, target) => {
    expect(parseTarget(text, 830)).toEqual(target);
  });

  it.each(["", "@router", "a@b@c", "router:", "router:x", "router:65536", "[::1", "router:1:2@"])(
    "refuses %j",
    (text) => {
      expect(() => parseTarget(text, 830)).toThrow(expect.objectContaining({ name: "UsageError" }));
    },
  );
});

describe("parseListenAddress()", () => {
  it("reads a port alone, and an address with a port", () => {
    expect(parseListenAddress("4334", 4335)).toEqual({ host: "::", port: 4334 });
    expect(parseListenAddress("127.0.0.1:0", 4335)).toEqual({ host: "127.0.0.1", port: 0 });
    expect(parseListenAddress("[::1]:4334", 4335)).toEqual({ host: "::1", port: 4334 });
    expect(parseListenAddress("*:4334", 4335)).toEqual({ host: "::", port: 4334 });
  });

  it("takes the usual port where an address stands alone", () => {
    expect(parseListenAddress("192.0.2.1", 4335)).toEqual({ host: "192.0.2.1", port: 4335 });
    expect(parseListenAddress("2001:db8::1", 4335)).toEqual({ host: "2001:db8::1", port: 4335 });
    expect(parseListenAddress("[::1]", 4335)).toEqual({ host: "::1", port: 4335 });
    expect(parseListenAddress("*", 4335)).toEqual({ host: "::", port: 4335 });
  });
});

describe("parsePort()", () => {
  it.each(["-1", "65536", "1.5", "port", "0x10", ""])("refuses %j", (text) => {
    expect(() => parsePort(text)).toThrow(expect.objectContaining({ name: "UsageError" }));
  });
});
