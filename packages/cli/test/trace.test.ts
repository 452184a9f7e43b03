import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { redactMessage, traceTo } from "../src/trace.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("redactMessage()", () => {
  it.each([
    ["a password", "<user><name>ada</name><password>tiger</password></user>"],
    [
      "what stands below a secret",
      "<authentication-secret><inner><value>tiger</value></inner></authentication-secret>",
    ],
    ["an attribute of a secret", '<x><snmp-community text="tiger"/></x>'],
    ["a key in another namespace", '<a><k:cleartext-private-key xmlns:k="urn:k">tiger</k:cleartext-private-key></a>'],
  ])("leaves out %s", (_what, xml) => {
    const shown = redactMessage(bytes(xml));
    expect(shown).not.toContain("tiger");
    expect(shown).toContain("********");
  });

  it("shows what is no secret as it is", () => {
    expect(redactMessage(bytes("<a><name>ada</name></a>"))).toContain("<name>ada</name>");
  });

  it("does not show what it cannot read", () => {
    expect(redactMessage(bytes("<password>tiger"))).toBe("<!-- not shown: not-well-formed -->");
  });
});

describe("traceTo()", () => {
  it("writes each message with its direction, for the owner only", () => {
    const folder = mkdtempSync(join(tmpdir(), "trace-"));
    const path = join(folder, "trace.xml");
    const trace = traceTo(path);
    trace.onMessage("sent", bytes("<a/>"));
    trace.onMessage("received", bytes("<b/>"));
    trace.close();
    expect(readFileSync(path, "utf8")).toMatch(
      /<!-- \S+ s, sent, 4 bytes -->\n<a\/>\n\n<!-- \S+ s, received, 4 bytes -->\n<b\/>/,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    rmSync(folder, { recursive: true });
  });

  it("says what is wrong with the path", () => {
    expect(() => traceTo("/nowhere/trace.xml")).toThrow("cannot write the trace");
  });
});
