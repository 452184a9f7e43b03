import { describe, expect, it } from "vitest";
import { UsageError } from "../src/exit-codes.ts";
import { reportError } from "../src/report-error.ts";

function layered(layer: string, code: string, fault: string, cause?: unknown): Error {
  return Object.assign(new Error(`cannot do it: ${code}`, { cause }), { layer, code, fault, rfc: "RFC 1" });
}

describe("reportError()", () => {
  it.each([
    [new UsageError("wrong"), 2],
    [layered("transport", "connection-refused", "transport"), 3],
    [layered("ssh", "host-key-rejected", "peer"), 4],
    [layered("ssh", "authentication-failed", "peer"), 4],
    [layered("ssh", "timeout-key-exchange", "peer"), 3],
    [layered("ssh", "mac-mismatch", "peer"), 5],
    [layered("netconf", "capability-missing", "local"), 2],
    [layered("xml", "doctype", "peer"), 5],
    [Object.assign(new Error("ENOENT"), { syscall: "open" }), 2],
    [new TypeError("a bug"), 70],
    ["a string", 70],
  ])("ends %s with its code", (error, exitCode) => {
    expect(reportError(error).exitCode).toBe(exitCode);
  });

  it("lets the outermost layer speak", () => {
    const inner = layered("framing", "truncated", "peer");
    const outer = layered("netconf", "peer-closed-mid-message", "transport", inner);
    expect(reportError(new Error("unlabelled", { cause: outer }))).toMatchObject({
      exitCode: 3,
      json: { layer: "netconf", code: "peer-closed-mid-message" },
    });
  });

  it("keeps an error of several lines on one", () => {
    expect(reportError(new UsageError("one\n  two\r\nthree")).line).toBe("netconf: usage: one two three");
  });

  it("says what to try", () => {
    expect(reportError(layered("ssh", "host-key-rejected", "peer")).line).toMatch(/ — compare the fingerprint/);
  });
});
