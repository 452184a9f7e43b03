import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNcName, possiblePrefixes } from "../src/names.ts";

/** Namespaces in XML 1.0 §3 and XML 1.0 §2.3, written down as an expression: too slow and too hungry for hostile input. */
const START =
  "A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}\\u{2070}-\\u{218F}" +
  "\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}";
const NCNAME = new RegExp(`^[${START}][${START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}]*$`, "u");

describe("isNcName()", () => {
  it("agrees with Namespaces in XML 1.0 §3 on every character, at the start and later", () => {
    for (let code = 0; code <= 0x10ffff; code += code < 0x11000 ? 1 : 97) {
      const character = String.fromCodePoint(code);
      if (isNcName(character) !== NCNAME.test(character))
        throw new Error(`differs on U+${code.toString(16)} at the start`);
      if (isNcName(`a${character}`) !== NCNAME.test(`a${character}`))
        throw new Error(`differs on U+${code.toString(16)}`);
    }
    expect([isNcName(""), isNcName("\u{effff}"), isNcName("\u{f0000}")]).toEqual([false, true, false]);
  });
});

describe("possiblePrefixes()", () => {
  it("finds what stands before a colon and can be a name", () => {
    expect([...possiblePrefixes("/if:a[b:c='d:e']/x | 3-f:g * -h:i")].sort()).toEqual(["b", "d", "f", "h", "if"]);
    expect([...possiblePrefixes("é·日:x 𠀀a:y")]).toEqual(["é·日", "𠀀a"]);
    expect([...possiblePrefixes("\u{f0000}p:x")]).toEqual(["p"]);
    expect([...possiblePrefixes(": a :b ::c:: 12:30")]).toEqual(["c"]);
    expect([...possiblePrefixes("no colon")]).toEqual([]);
  });

  it("finds the prefix of any qualified name, whatever stands around it", () => {
    const noName = fc.constantFrom("", " ", "/", "'", "(", "|", "\u{f0000}", "\u00d7", ":");
    const name = fc.constantFrom("p", "a-b.c", "_", "é", "日·1", "𠀀");
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        noName,
        name,
        name,
        fc.string({ unit: "binary" }),
        (before, left, prefix, local, after) => {
          const separated = before === "" || left !== "" ? left : " ";
          expect(possiblePrefixes(`${before}${separated}${prefix}:${local}${after}`).has(prefix)).toBe(true);
        },
      ),
    );
  });

  it("takes time that grows with the text", () => {
    expect(possiblePrefixes("a".repeat(10_000_000)).size).toBe(0);
    expect(possiblePrefixes("a:".repeat(1_000_000)).size).toBe(1);
    expect(possiblePrefixes(`${"1".repeat(5_000_000)}:`).size).toBe(0);
  });
});
