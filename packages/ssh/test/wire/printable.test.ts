import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable } from "../../src/wire/printable.ts";

describe("printable", () => {
  it("leaves text alone, in any script", () => {
    for (const text of ["", "Login: ", "Zugang verwehrt – später", "拒绝访问", "🙂"])
      expect(printable(text)).toBe(text);
  });

  it("escapes what moves the cursor, ends a line or turns text around (RFC 4251 §9.2)", () => {
    expect(printable("\x1b[2Jok\r\n\x9b\x7f\u2028\u202e\ud800")).toBe(
      "\\u{1b}[2Jok\\u{d}\\u{a}\\u{9b}\\u{7f}\\u{2028}\\u{202e}\\u{d800}",
    );
  });

  it("cuts long text", () => {
    expect(printable("abcdef", 3)).toBe("abc…");
    expect(printable("abc", 3)).toBe("abc");
  });

  it("never lets a control character through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});
