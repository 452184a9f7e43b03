import { describe, expect, it } from "vitest";
import type { XmlOptions } from "../src/mod.ts";
import { SaxesReader } from "../src/saxes.ts";
import { catchError, readEvents, utf8 } from "./support.ts";

const last = (document: string, options: XmlOptions = {}): string | undefined =>
  readEvents([utf8(document)], options).at(-1);

/** Only what is its own: what it has in common with the byte reader is in readers.test.ts. */
describe("SaxesReader", () => {
  it("says where an error is: the line, the columns and the bytes that had been read", () => {
    const reader = new SaxesReader({ startElement: () => {}, endElement: () => {}, text: () => {} });
    const error = catchError(() => reader.push(utf8("<a>\n<é>\n  €</b></a>")));
    expect(error).toMatchObject({ place: { line: 3, column: 7, offset: 18 } });
    expect(String(error)).toContain("line 3, column 7");
  });

  it("counts characters where the byte reader counts bytes", () => {
    expect(last("<ééé/>", { maxNameLength: 3 })).toBe("done");
    expect(last("<a b='ééé'/>", { maxAttributeLength: 3 })).toBe("done");
    expect(last("<a>ééé</a>", { maxTextLength: 3 })).toBe("done");
  });

  it("maxDepth stands before saxes, whose time grows with the square of the depth", () => {
    const declaring = Array.from({ length: 100_000 }, (_, i) => `<p${i}:a xmlns:p${i}="u">`).join("");
    expect(last(declaring)).toMatch(/^limit-depth peer/);
  });

  it("holds its limits for what saxes has not reported yet", () => {
    const endless = (start: string, filler: string): string | undefined => {
      const block = utf8(filler.repeat(65_536));
      const reads = function* (): Generator<Uint8Array> {
        yield utf8(start);
        for (let i = 0; i < 64; i++) yield block;
      };
      return readEvents(reads(), { maxTextLength: 100_000, maxAttributeLength: 100_000 }).at(-1);
    };
    for (const start of ["<a>&", "<!DOCTYPE a [", "<"]) expect(endless(start, "x")).toMatch(/^limit-text-length peer/);
    expect(endless("<a b", "x")).toMatch(/^limit-attribute-length peer/);
  });
});
