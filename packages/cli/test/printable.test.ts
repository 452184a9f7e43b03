import { describe, expect, it } from "vitest";
import { printable } from "../src/printable.ts";

describe("printable()", () => {
  it("writes what could steer a terminal as escapes", () => {
    expect(printable("a\u001b[2Jb\u009bc\u202ed\r\u0000")).toBe("a\\u001b[2Jb\\u009bc\\u202ed\\u000d\\u0000");
  });

  it("leaves text, line breaks and tabs as they are", () => {
    expect(printable("Größe\t東\n")).toBe("Größe\t東\n");
  });
});
