import { describe, expect, it } from "vitest";
import { ByteReader, type XmlOptions } from "../src/mod.ts";
import { cut, nested, readEvents, utf8 } from "./support.ts";

const silent = { startElement: (): void => {}, endElement: (): void => {}, text: (): void => {} };
const events = (reads: Iterable<Uint8Array>, options: XmlOptions = {}): string[] =>
  readEvents(reads, options, ByteReader);
const last = (document: string, options: XmlOptions = {}): string | undefined =>
  events([utf8(document)], options).at(-1);

/** What the limits of both readers have in common is in readers.test.ts. */
describe("limits of ByteReader", () => {
  it("may be switched off: depth takes no stack", () => {
    expect(last(nested(100_000), { maxDepth: Number.POSITIVE_INFINITY })).toBe("done");
  });

  it("count bytes, also in the targets of instructions", () => {
    expect(last("<abc><?hij?></abc>", { maxNameLength: 3 })).toBe("done");
    for (const bad of ["<éé/>", "<a éé=''/>", "<a><?bcde?></a>"]) {
      expect(last(bad, { maxNameLength: 3 })).toMatch(/^limit-name-length peer/);
    }
    for (const value of ["éé", "&#9;"]) {
      expect(last(`<a b='${value}'/>`, { maxAttributeLength: 3 })).toMatch(/^limit-attribute-length peer/);
    }
    expect(last("<a>ééé12</a>", { maxTextLength: 8 })).toBe("done");
    expect(last("<a>ééé123</a>", { maxTextLength: 8 })).toMatch(/^limit-text-length peer/);
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
      ["<a>&#", "0"],
      [" ", " "],
      ["<?xml ", " "],
    ] as const) {
      expect(endless(start, filler)).toMatch(/^limit-text-length peer/);
    }
    for (const start of ["<a b=", "<a b", "<a b='&#"]) {
      expect(endless(start, start.endsWith("#") ? "0" : " ")).toMatch(/^limit-attribute-length peer/);
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
