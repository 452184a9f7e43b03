import { describe, expect, it } from "vitest";
import { Capabilities, capabilityUris, commonVersion } from "../src/mod.ts";

describe("Capabilities", () => {
  it("RFC 6241 §8: looks up the part before the parameters", () => {
    const capabilities = new Capabilities(["urn:ietf:params:netconf:capability:url:1.0?scheme=http,ftp&x"]);
    expect(capabilities.has(capabilityUris.url)).toBe(true);
    expect(capabilities.get(capabilityUris.url)?.parameters).toEqual(
      new Map([
        ["scheme", "http,ftp"],
        ["x", ""],
      ]),
    );
  });

  it("RFC 6241 §8.1: compares protocol versions without their parameters, and takes the newest in common", () => {
    const [both, old, none] = [
      [capabilityUris.base10, `${capabilityUris.base11}?x=1`],
      [capabilityUris.base10],
      [],
    ].map((uris) => new Capabilities(uris));
    expect(commonVersion(both!, both!)).toBe("1.1");
    expect(commonVersion(both!, old!)).toBe("1.0");
    expect(commonVersion(both!, none!)).toBeUndefined();
  });

  it("takes the older spelling of a capability for the same", () => {
    const capabilities = new Capabilities(["urn:ietf:params:xml:ns:netconf:capability:candidate:1.0"]);
    expect(capabilities.has(capabilityUris.candidate)).toBe(true);
    expect(capabilities.uris()).toEqual(["urn:ietf:params:xml:ns:netconf:capability:candidate:1.0"]);
  });

  it("does not take the YANG module ietf-netconf for protocol version 1.0, as IOS XR 1.1-only devices announce it", () => {
    const module = "urn:ietf:params:xml:ns:netconf:base:1.0?module=ietf-netconf&revision=2011-06-01";
    const capabilities = new Capabilities([module, capabilityUris.base11]);
    expect(capabilities.has(capabilityUris.base10)).toBe(false);
    expect(capabilities.get("urn:ietf:params:xml:ns:netconf:base:1.0")?.uri).toBe(module);
  });

  it("RFC 6020 §5.6.4: finds a module", () => {
    const capabilities = new Capabilities(["urn:a?module=a&revision=2020-01-01", "urn:b?module=b"]);
    expect(capabilities.module("a")?.parameters.get("revision")).toBe("2020-01-01");
    expect(capabilities.module("c")).toBeUndefined();
  });

  it("takes __proto__ and the like for plain names", () => {
    const capabilities = new Capabilities(["__proto__?constructor=1", "toString"]);
    expect(capabilities.get("__proto__")?.parameters.get("constructor")).toBe("1");
    expect(capabilities.has("valueOf")).toBe(false);
  });
});
