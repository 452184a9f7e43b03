import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, XmlError, type XmlOptions } from "../src/mod.ts";
import { SaxesReader } from "../src/saxes.ts";
import { DOCUMENT, DOCUMENT_EVENTS, readerCases } from "./reader-cases.ts";
import { codeOf, comparable } from "./reader-difference.ts";
import { catchError, cut, damaged, readEvents, utf8 } from "./support.ts";

const silent = { startElement: (): void => {}, endElement: (): void => {}, text: (): void => {} };

/** What both readers have to do alike. What is their own is in their own tests; how they agree is in reader-equivalence. */
describe.each([
  ["SaxesReader", SaxesReader],
  ["ByteReader", ByteReader],
] as const)("%s", (_, Reader) => {
  const events = (reads: Iterable<Uint8Array>, options: XmlOptions = {}): string[] =>
    readEvents(reads, options, Reader);

  it("gives names, namespaces, attributes, scopes and text", () => {
    expect(events([utf8(DOCUMENT)])).toEqual(DOCUMENT_EVENTS);
  });

  it("gives the same for every split in two, also inside a character, a name, a reference and an end of CDATA", () => {
    const bytes = utf8(DOCUMENT);
    for (let at = 0; at <= bytes.length; at++) {
      expect(events([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(DOCUMENT_EVENTS);
    }
  });

  it("gives the same for reads of every size, and keeps nothing of a read", () => {
    for (let size = 1; size < 40; size++) {
      const reads = function* (): Generator<Uint8Array> {
        for (const piece of cut(utf8(DOCUMENT), size)) {
          const own = piece.slice();
          yield own;
          own.fill(0x3c);
        }
      };
      expect(events(reads())).toEqual(DOCUMENT_EVENTS);
    }
  });

  it("gives the same events and the same error for any split of any damaged document", () => {
    fc.assert(
      fc.property(damaged(utf8(DOCUMENT)), fc.integer({ min: 1, max: 30 }), (input, size) => {
        const once = events([input]);
        expect(once.at(-1)).toMatch(/^(done|[a-z-]+ peer )/);
        expect(comparable(events(cut(input, size)))).toEqual(comparable(once));
      }),
      { numRuns: 1000 },
    );
  });

  it("gives a peer error for garbage, and no other throw", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }), (reads) => {
        expect(events(reads).at(-1)).toMatch(/ peer /);
      }),
    );
  });

  it("ends no element whose end tag is wrong, and every other one before an error", () => {
    for (const [document, ends] of [
      ["<a><b></b></c>", 1],
      ["<a><b></a>", 0],
      ["<a><b/></a>\u0001", 2],
      ["<a><b/>\u0001", 1],
      ["<a></a></a>", 1],
      ["<a><b/><!DOCTYPE a></a>", 1],
      ["<a/>x", 1],
    ] as const) {
      for (let size = 1; size <= document.length; size++) {
        expect(events(cut(utf8(document), size)).filter((event) => event === "end")).toHaveLength(ends);
      }
    }
  });

  it.each(readerCases)("$rule", ({ documents, options = {}, end }) => {
    for (const document of documents) {
      const bytes = typeof document === "string" ? utf8(document) : document;
      for (const reads of bytes.length < 100 ? [[bytes], cut(bytes, 1)] : [[bytes]]) {
        const all = events(reads, options);
        expect([document, codeOf(all)]).toEqual([document, end]);
        if (end !== "done") expect(all.at(-1)).toMatch(/^[a-z0-9-]+ peer /);
      }
    }
  });

  it("throws the same error again and again, from push() and end()", () => {
    const reader = new Reader(silent);
    const first = catchError(() => reader.push(utf8("<a></b>")));
    expect(first).toMatchObject({
      name: "XmlError",
      layer: "xml",
      code: "not-well-formed",
      fault: "peer",
      rfc: "RFC 6241 §3",
    });
    expect(catchError(() => reader.push(utf8("<a/>")))).toBe(first);
    expect(catchError(() => reader.end())).toBe(first);
  });

  it("ends with an error of its sink as well", () => {
    const mine = new Error("mine");
    const reader = new Reader({
      ...silent,
      text: (): void => {
        throw mine;
      },
    });
    expect(catchError(() => reader.push(utf8("<a>x</a>")))).toBe(mine);
    expect(catchError(() => reader.push(utf8("<a>x</a>")))).toBe(mine);
    expect(catchError(() => reader.end())).toBe(mine);
  });

  it("names the first byte that cannot be UTF-8, wherever the reads are cut", () => {
    const bytes = Uint8Array.of(...utf8("<a>€é"), 0xe2, 0x82, 0x28, ...utf8("</a>"));
    for (let size = 1; size <= bytes.length; size++) {
      expect(events(cut(bytes, size)).at(-1)).toMatch(/^encoding peer .*"offset":8}/);
    }
  });

  it("shows no control characters of the peer, and no more than a part", () => {
    const uri = `\u0085\u202e${"x".repeat(5000)}`;
    const error = catchError(() =>
      new Reader(silent).push(utf8(`<a xmlns:p="${uri}" xmlns:q="${uri}" p:x="" q:x=""/>`)),
    );
    expect(error).toMatchObject({ code: "not-well-formed" });
    expect(String(error)).not.toMatch(/[\u0085\u202e]/);
    expect(String(error).length).toBeLessThan(400);
  });

  it("is used wrongly after end(), which is a local error", () => {
    const reader = new Reader(silent);
    reader.push(utf8("<a/>"));
    reader.end();
    expect(catchError(() => reader.push(utf8(" ")))).toMatchObject({ code: "reader-ended", fault: "local" });
    expect(catchError(() => reader.end())).toMatchObject({ code: "reader-ended", fault: "local" });
  });

  it("takes positive numbers for limits", () => {
    for (const bad of [0, -1, Number.NaN]) {
      const error = catchError(() => new Reader(silent, { maxDepth: bad }));
      expect(error).toBeInstanceOf(XmlError);
      expect(error).toMatchObject({ code: "bad-limit", fault: "local" });
    }
  });

  it("holds its limits for what is not finished: a part without an end does not grow for ever", () => {
    const endless = (start: string, filler: string): string => {
      const block = utf8(filler.repeat(Math.ceil(65_536 / filler.length)));
      const reads = function* (): Generator<Uint8Array> {
        yield utf8(start);
        for (let i = 0; i < 64; i++) yield block;
      };
      return codeOf(events(reads(), { maxTextLength: 100_000, maxAttributeLength: 100_000 }));
    };
    for (const [start, filler, end] of [
      ["<a>", "x", "limit-text-length"],
      ["<a>", "&#65;", "limit-text-length"],
      ["<a>", "]", "limit-text-length"],
      ["<a><!--", "x", "limit-text-length"],
      ["<a><?p ", "x", "limit-text-length"],
      ["<a><![CDATA[", "]", "limit-text-length"],
      ["<a ", " ", "limit-attribute-length"],
      ["<a b='", "x", "limit-attribute-length"],
    ] as const) {
      expect([start, endless(start, filler)]).toEqual([start, end]);
    }
  });
});
