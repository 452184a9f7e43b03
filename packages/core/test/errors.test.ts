import { describe, expect, it } from "vitest";
import { asError, quoted } from "../src/errors.ts";
import { isNetconfError, NetconfError } from "../src/mod.ts";

describe("NetconfError", () => {
  it("has the shape that every layer's errors share", () => {
    const cause = new Error("below");
    const error = new NetconfError("timeout-hello", "text", { cause });
    expect(error).toMatchObject({
      name: "NetconfError",
      layer: "netconf",
      code: "timeout-hello",
      fault: "peer",
      rfc: "RFC 6241 §8.1",
      message: "text",
      cause,
    });
    expect(new NetconfError("unknown-identity", "x").layer).toBe("call-home");
  });

  it("is known by its name, so that another copy of the package counts too", () => {
    const foreign = Object.assign(new Error("x"), { name: "NetconfError", code: "timeout-rpc" });
    expect(isNetconfError(foreign)).toBe(true);
    expect(isNetconfError(new Error("x"))).toBe(false);
    expect(isNetconfError("x")).toBe(false);
  });
});

describe("quoted", () => {
  it("escapes what can make a terminal or a log lie, and cuts what is long", () => {
    expect(quoted("a\u001b[2J\u009b\u202e\n")).toBe('"a\\u001b[2J\\u009b\\u202e\\u000a"');
    expect(quoted("x".repeat(200))).toHaveLength(123);
    expect(quoted("a\ud800b")).toBe('"a\\ud800b"');
    expect(quoted("ü😀")).toBe('"ü😀"');
  });
});

describe("asError", () => {
  it("keeps an Error and wraps anything else", () => {
    const error = new Error("x");
    expect(asError(error)).toBe(error);
    expect(asError("text").message).toBe("text");
    expect(asError(undefined)).toBeInstanceOf(Error);
  });
});
