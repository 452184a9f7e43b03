import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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
    [
      "an authentication key",
      "<a><authentication-key>tiger</authentication-key><token>tiger</token><key>tiger</key></a>",
    ],
    ["an attribute with such a name", '<a password="tiger"><authKey>tiger</authKey></a>'],
    ["a key in another namespace", '<a><k:cleartext-private-key xmlns:k="urn:k">tiger</k:cleartext-private-key></a>'],
  ])("leaves out %s", (_what, xml) => {
    const shown = redactMessage(bytes(xml));
    expect(shown).not.toContain("tiger");
    expect(shown).toContain("********");
  });

  it("shows what is no secret as it is", () => {
    const shown = redactMessage(bytes("<a><name>ada</name><key-name>k</key-name><public-key>p</public-key></a>"));
    for (const text of ["<name>ada</name>", "<key-name>k</key-name>", "<public-key>p</public-key>"])
      expect(shown).toContain(text);
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

  it("takes over a file that others could read, for the owner only", () => {
    const folder = mkdtempSync(join(tmpdir(), "trace-"));
    const path = join(folder, "trace.xml");
    writeFileSync(path, "", { mode: 0o644 });
    traceTo(path).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    rmSync(folder, { recursive: true });
  });

  it("says what is wrong with the path", () => {
    expect(() => traceTo("/nowhere/trace.xml")).toThrow("cannot write the trace");
  });
});
