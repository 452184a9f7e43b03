import { describe, expect, it } from "vitest";
import { ByteReader, type XmlOptions } from "../src/mod.ts";
import { cut, nested, readEvents, utf8 } from "./support.ts";

const silent = { startElement: (): void => {}, endElement: (): void => {}, text: (): void => {} };
const events = (reads: Iterable<Uint8Array>, options: XmlOptions = {}): string[] =>
  readEvents(reads, options, ByteReader);
const last = (document: string, options: XmlOptions = {}): string | undefined =>
  events([utf8(document)], options).at(-1);

describe("limits: as much passes, one more does not", () => {
  it("maxDepth", () => {
    expect(last(nested(3), { maxDepth: 3 })).toBe("done");
    expect(last(nested(4), { maxDepth: 3 })).toMatch(/^limit-depth peer/);
    expect(last(nested(256))).toBe("done");
    expect(last(nested(257))).toMatch(/^limit-depth peer/);
    expect(last(nested(100_000), { maxDepth: Number.POSITIVE_INFINITY })).toBe("done");
  });

  it("maxElements", () => {
    expect(last("<a><b/><b/></a>", { maxElements: 3 })).toBe("done");
    expect(last("<a><b/><b/><b/></a>", { maxElements: 3 })).toMatch(/^limit-elements peer/);
    expect(last("<a><b></b><b></b><b></b></a>", { maxElements: 3 })).toMatch(/^limit-elements peer/);
  });

  it("maxAttributes, with namespace declarations", () => {
    expect(last("<a b='' xmlns='u' xmlns:p='v'><a/><a c=''/></a>", { maxAttributes: 3 })).toBe("done");
    expect(last("<a b='' xmlns='u' xmlns:p='v' c=''/>", { maxAttributes: 3 })).toMatch(/^limit-attributes peer/);
    const many = Array.from({ length: 1024 }, (_, i) => ` a${i}=""`).join("");
    expect(last(`<a${many}/>`)).toBe("done");
    expect(last(`<a${many} b=""/>`)).toMatch(/^limit-attributes peer/);
  });

  it("maxNameLength in bytes, for elements, attributes and the targets of instructions", () => {
    expect(last("<abc><d efg=''/><?hij?></abc>", { maxNameLength: 3 })).toBe("done");
    for (const bad of ["<abcd/>", "<ééé/>", "<a bcde=''/>", "<a><?bcde?></a>"]) {
      expect(last(bad, { maxNameLength: 3 })).toMatch(/^limit-name-length peer/);
    }
    expect(last(`<${"n".repeat(1024)}/>`)).toBe("done");
    expect(last(`<${"n".repeat(1025)}/>`)).toMatch(/^limit-name-length peer/);
  });

  it("maxAttributeLength, as written, in bytes", () => {
    expect(last("<a b='123'/>", { maxAttributeLength: 3 })).toBe("done");
    expect(last("<a b='1234'/>", { maxAttributeLength: 3 })).toMatch(/^limit-attribute-length peer/);
    expect(last("<a b='&#9;'/>", { maxAttributeLength: 3 })).toMatch(/^limit-attribute-length peer/);
    expect(last(`<a b='${"x".repeat(1 << 20)}'/>`)).toBe("done");
    expect(last(`<a b='${"x".repeat((1 << 20) + 1)}'/>`)).toMatch(/^limit-attribute-length peer/);
  });

  it("maxTextLength, as written and with comments, in bytes", () => {
    for (const text of ["12345678", "&#65;123", "<!---->1", "123<?a?>", "12\n45678", "ééé12"]) {
      expect(last(`<a>${text}<b/>${text}</a>`, { maxTextLength: 8 })).toBe("done");
      expect(last(`<a>${text}9</a>`, { maxTextLength: 8 })).toMatch(/^limit-text-length peer/);
    }
    expect(last("<a><![CDATA[12345678]]></a>", { maxTextLength: 20 })).toBe("done");
    expect(last("<a><![CDATA[123456789]]></a>", { maxTextLength: 20 })).toMatch(/^limit-text-length peer/);
  });

  it("maxBytes", () => {
    expect(last("<a>€</a>", { maxBytes: 10 })).toBe("done");
    expect(last("<a>€</a> ", { maxBytes: 10 })).toMatch(/^limit-bytes peer/);
    expect(events(cut(utf8("<a>€</a> "), 1), { maxBytes: 10 }).at(-1)).toMatch(/^limit-bytes peer/);
  });

  it("hold for what is not finished: a part without an end does not grow for ever", () => {
    const endless = (start: string, filler: string): string | undefined => {
      const block = utf8(filler.repeat(Math.ceil(65_536 / filler.length)));
      const reads = function* (): Generator<Uint8Array> {
        yield utf8(start);
        for (let i = 0; i < 64; i++) yield block;
      };
      return events(reads(), { maxTextLength: 100_000, maxAttributeLength: 100_000 }).at(-1);
    };
    for (const [start, filler] of [
      ["<a>", "x"],
      ["<a>", "&#65;"],
      ["<a><!--", "x"],
      ["<a><?p ", "x"],
      ["<a><![CDATA[", "]"],
      ["<a>&#", "0"],
      ["<a>", "]"],
      [" ", " "],
      ["<?xml ", " "],
    ] as const) {
      expect(endless(start, filler)).toMatch(/^limit-text-length peer/);
    }
    for (const start of ["<a ", "<a b='", "<a b=", "<a b", "<a b='&#"]) {
      expect(endless(start, start.endsWith("#") ? "0" : start.endsWith("'") ? "x" : " ")).toMatch(
        /^limit-attribute-length peer/,
      );
    }
    for (const start of ["<", "<a b", "<a></a", "<?"])
      expect(endless(start, start.endsWith("/a") ? " " : "x")).toMatch(/^limit-name-length peer/);
  });
});

describe("time", () => {
  it("grows with the input and not with its square, byte by byte: looks at unfinished parts are few", () => {
    const value = "x".repeat(200_000);
    for (const document of [
      `<a b='${value}'/>`,
      `<a b="${">".repeat(200_000)}"/>`,
      `<a>${value}</a>`,
      `<a><!--${value}--></a>`,
      `<a${" ".repeat(60_000)}/>`,
      `<a>${"]".repeat(200_000)}</a>`,
      `<a>&#${"0".repeat(200_000)}65;</a>`,
    ]) {
      // Squared, each of these would take minutes; the test has no clock but the runner's.
      const reader = new ByteReader(silent);
      for (const byte of cut(utf8(document), 1)) reader.push(byte);
      expect(() => reader.end()).not.toThrow();
    }
  });
});
