import { describe, expect, it } from "vitest";
import { isSshError, SshError, type SshErrorCode, type SshErrorRule, sshErrors } from "../src/errors.ts";

const codes = Object.entries<SshErrorRule>(sshErrors);

describe("SshError", () => {
  it("takes fault, source and disconnect reason from the table", () => {
    for (const [code, rule] of codes) {
      const error = new SshError(code as SshErrorCode, "what happened"); // from the table itself
      expect([error.name, error.layer, error.code, error.message]).toEqual(["SshError", "ssh", code, "what happened"]);
      expect([error.fault, error.rfc, error.disconnectReason]).toEqual([rule.fault, rule.rfc, rule.disconnect]);
      expect("cause" in error).toBe(false);
    }
  });

  it("keeps cause and phase, and lets a case choose its reason", () => {
    const cause = new Error("below");
    const error = new SshError("aborted", "stopped", { cause, phase: "key exchange", disconnectReason: 13 });
    expect([error.cause, error.phase, error.disconnectReason]).toEqual([cause, "key exchange", 13]);
  });

  it("is recognised from another copy of the package, and nothing else is", () => {
    const copy = Object.assign(new Error("x"), { name: "SshError", layer: "ssh", code: "aborted" });
    expect(isSshError(copy)).toBe(true);
    for (const other of [undefined, null, "SshError", new Error("x"), { name: "SshError", layer: "ssh" }])
      expect(isSshError(other)).toBe(false);
  });

  it("has kebab-case codes, a source for each, and reasons of RFC 4253 §11.1", () => {
    for (const [code, rule] of codes) {
      expect(code).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
      expect(rule.rfc).toMatch(/^(RFC \d+ §[\d.]+|draft-)/);
      if (rule.disconnect !== undefined) expect([2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15]).toContain(rule.disconnect);
    }
  });
});
