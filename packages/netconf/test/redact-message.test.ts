import { describe, expect, it } from "vitest";
import { redactMessage } from "../src/mod.ts";

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
