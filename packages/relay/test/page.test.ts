import { describe, expect, it } from "vitest";
import {
  dialUrl,
  type RelayErrorCode,
  readDevice,
  relayErrorOf,
  relayErrors,
  relayProtocols,
  tokenAmong,
  waitUrl,
  writeDevice,
} from "../src/page.ts";

describe("what a page needs", () => {
  it("writes the URLs and sub-protocols that a relay reads", () => {
    expect(dialUrl("ws://127.0.0.1:8080/", "[2001:db8::1]:830")).toBe(
      "ws://127.0.0.1:8080/dial?target=%5B2001%3Adb8%3A%3A1%5D%3A830",
    );
    expect(waitUrl("wss://relay.example")).toBe("wss://relay.example/wait");
    expect(tokenAmong(relayProtocols("secret-secret-secret"))).toBe("secret-secret-secret");
    expect(tokenAmong(["binary"])).toBeUndefined();
  });

  it("reads what is told of a device, and nothing else", () => {
    expect(readDevice(writeDevice({ address: "192.0.2.1:40123" }))).toEqual({ address: "192.0.2.1:40123" });
    for (const text of ["", "null", "[]", "{}", '{"type":"device"}', '{"type":"other","address":"x"}', "SSH-2.0-x"])
      expect(readDevice(text)).toBeUndefined();
  });

  it("makes each error again from its close code and reason", () => {
    for (const [code, entry] of Object.entries(relayErrors)) {
      if (!("close" in entry)) continue;
      expect(relayErrorOf(entry.close, `${code}: what happened`)).toMatchObject({
        name: "RelayError",
        code,
        close: entry.close,
        fault: entry.fault,
        message: "what happened",
      });
      expect(relayErrorOf(entry.close)?.message).toBe(entry.meaning);
    }
  });

  it("RFC 6455 §7.4.1 takes 1000 and no code for a clean end, and an unknown code for a lost connection", () => {
    expect(relayErrorOf(1000)).toBeUndefined();
    expect(relayErrorOf(1005)).toBeUndefined();
    expect(relayErrorOf(1011, "bug")).toMatchObject({ code: "connection-lost", fault: "transport" });
  });

  it("RFC 6455 §7.4.2 has one code for each error, private ones from 4000 to 4999", () => {
    const codes = Object.values(relayErrors).flatMap((entry) => ("close" in entry ? [entry.close] : []));
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code < 1012 || (code >= 4000 && code <= 4999)).toBe(true);
    expect(Object.keys(relayErrors) satisfies string[]).toContain("target-refused" satisfies RelayErrorCode);
  });
});
