import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SaxesReader, XmlError } from "../src/mod.ts";
import { catchError, cut, nested, readEvents, utf8 } from "./support.ts";

const silent = { startElement: (): void => {}, endElement: (): void => {}, text: (): void => {} };
const DOCUMENT =
  '\uFEFF<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- é --><nc:rpc xmlns:nc="urn:n" xmlns="urn:d" nc:a="1&#10;&lt;" b="é€😀">' +
  "é€😀\r\n<![CDATA[]]]]><![CDATA[>]]>&amp;&#x20AC;<x xmlns:p='urn:p' p:y=''/><?pi x?><z xmlns=''/>\r</nc:rpc>\n";

describe("SaxesReader", () => {
  const whole = readEvents([utf8(DOCUMENT)]);

  it("gives names, namespaces, attributes, scopes and text", () => {
    expect(whole).toEqual([
      "start nc:{urn:n}rpc nc:{urn:n}a=1\n< :{}b=é€😀 in nc→urn:n →urn:d",
      "text é€😀\n]]>&€",
      "start :{urn:d}x p:{urn:p}y= in nc→urn:n p→urn:p →urn:d",
      "end",
      "start :{}z in nc→urn:n →",
      "end",
      "text \n",
      "end",
      "done",
    ]);
  });

  it("gives the same for every split in two, also inside a character", () => {
    const bytes = utf8(DOCUMENT);
    for (let at = 0; at <= bytes.length; at++)
      expect(readEvents([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
  });

  it("gives the same for reads of every size", () => {
    for (let size = 1; size < 40; size++) expect(readEvents(cut(utf8(DOCUMENT), size))).toEqual(whole);
  });

  it("gives the same events and the same error for any split of any damaged document", () => {
    const bytes = utf8(DOCUMENT);
    const damage = fc.record({
      at: fc.nat({ max: bytes.length - 1 }),
      byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x3c, 0x3e, 0x26, 0x0d, 0x80, 0xc3, 0xf0, 0x22, 0x00)),
      drop: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 3 }), fc.integer({ min: 1, max: 30 }), (damages, size) => {
        let damaged = [...bytes];
        for (const { at, byte, drop } of damages)
          damaged = drop ? damaged.toSpliced(at, 1) : damaged.with(at % damaged.length, byte);
        const input = Uint8Array.from(damaged);
        const once = readEvents([input]);
        expect(withoutPlace(readEvents(cut(input, size)))).toEqual(withoutPlace(once));
        expect(once.at(-1)).toMatch(/^(done|[a-z-]+ peer )/);
      }),
      { numRuns: 1000 },
    );
  });

  it("ends no element whose end tag is wrong, and every other one before an error", () => {
    const ends = (document: string): number => readEvents([utf8(document)]).filter((event) => event === "end").length;
    expect(ends("<a><b></b></c>")).toBe(1);
    expect(ends("<a><b></a>")).toBe(0);
    expect(ends("<a><b/></a>\u0001")).toBe(2);
    expect(ends("<a><b/>\u0001")).toBe(1);
    expect(ends("<a></a></a>")).toBe(1);
    expect(ends("<a><b/><!DOCTYPE a></a>")).toBe(1);
    for (const document of ["<a><b></b></c>", "<a><b/></a>\u0001", "<a></a></a>", "<a/>x"]) {
      const whole = withoutPlace(readEvents([utf8(document)]));
      for (let size = 1; size < document.length; size++) {
        expect(withoutPlace(readEvents(cut(utf8(document), size)))).toEqual(whole);
      }
    }
  });

  it("gives a peer error for garbage, and no other throw", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }), (reads) => {
        expect(readEvents(reads).at(-1)).toMatch(/ peer /);
      }),
    );
  });
});

describe("errors", () => {
  it("come again and again, from push() and end()", () => {
    const reader = new SaxesReader(silent);
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

  it("of the sink end the reader as well", () => {
    const mine = new Error("mine");
    const reader = new SaxesReader({
      ...silent,
      text: (): void => {
        throw mine;
      },
    });
    expect(catchError(() => reader.push(utf8("<a>x</a>")))).toBe(mine);
    expect(catchError(() => reader.end())).toBe(mine);
  });

  it("say where: line, column and byte", () => {
    const error = catchError(() => readAll("<a>\n<é>\n  €</b></a>"));
    expect(error).toMatchObject({ place: { line: 3, column: 7, offset: 18 } });
    expect(String(error)).toContain("line 3, column 7");
  });

  it("name the first byte that cannot be UTF-8, wherever the reads are cut", () => {
    const bytes = Uint8Array.of(...utf8("<a>€é"), 0xe2, 0x82, 0x28, ...utf8("</a>"));
    for (let size = 1; size <= bytes.length; size++) {
      expect(readEvents(cut(bytes, size)).at(-1)).toMatch(/^encoding peer .*"offset":8}/);
    }
  });

  it("show no control characters of the peer, and no more than a part", () => {
    const uri = `\u0085\u202e${"x".repeat(5000)}`;
    const error = catchError(() => readAll(`<a xmlns:p="${uri}" xmlns:q="${uri}" p:x="" q:x=""/>`));
    expect(error).toMatchObject({ code: "not-well-formed" });
    expect(String(error)).not.toMatch(/[\u0085\u202e]/);
    expect(String(error).length).toBeLessThan(400);
  });

  it("are local after end()", () => {
    const reader = new SaxesReader(silent);
    reader.push(utf8("<a/>"));
    reader.end();
    expect(catchError(() => reader.push(utf8(" ")))).toMatchObject({ code: "reader-ended", fault: "local" });
    expect(catchError(() => reader.end())).toMatchObject({ code: "reader-ended", fault: "local" });
  });

  it("come for a document that is not finished", () => {
    for (const part of ["", " ", "<", "<a", "<a>", "<a>x", "<a/", "<a/><!--", '<?xml version="1.0"?>', "<a>&am"]) {
      expect(readEvents([utf8(part)]).at(-1)).toMatch(/^not-well-formed peer/);
    }
    expect(readEvents([Uint8Array.of(...utf8("<a/>"), 0xe2, 0x82)]).at(-1)).toMatch(/^encoding peer/);
  });
});

describe("RFC 6241 §3", () => {
  it("forbids document type declarations, wherever they stand", () => {
    for (const doctype of [
      "<!DOCTYPE a>",
      '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
      '<!DOCTYPE a [<!ENTITY x "y">]>',
      "<!DOCTYPE a []>",
    ]) {
      expect(readEvents([utf8(`${doctype}<a>&x;</a>`)]).at(-1)).toMatch(/^doctype peer/);
      expect(readEvents([utf8(`<?xml version="1.0"?><!-- --> ${doctype}<a/>`)]).at(-1)).toMatch(/^doctype peer/);
      expect(readEvents([utf8(`<a>${doctype}</a>`)]).at(-1)).toMatch(/^not-well-formed peer/);
    }
  });

  it("knows the five predefined entities and characters by number, no others", () => {
    expect(readEvents([utf8("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;</a>")])).toContain("text <>&\"'A😀");
    for (const reference of [
      "&nbsp;",
      "&LT;",
      "&#0;",
      "&#x1;",
      "&#xD800;",
      "&#xFFFE;",
      "&#x110000;",
      "&constructor;",
      "&__proto__;",
      "&;",
      "&#;",
    ]) {
      expect(readEvents([utf8(`<a>${reference}</a>`)]).at(-1)).toMatch(/^not-well-formed peer/);
    }
  });

  it("demands UTF-8: other declared encodings are refused", () => {
    for (const name of ["UTF-8", "utf-8", "UTF8", "US-ASCII", "ANSI_X3.4-1968"]) {
      expect(readEvents([utf8(`<?xml version="1.0" encoding="${name}"?><a/>`)]).at(-1)).toBe("done");
    }
    for (const name of ["ISO-8859-1", "UTF-16", "windows-1252", "EBCDIC-CP-US", "UTF-7"]) {
      const document = utf8(`<?xml version="1.0" encoding="${name}"?><a/>`);
      expect(readEvents([document]).at(-1)).toMatch(/^encoding peer/);
      expect(readEvents([document], { otherEncoding: "ignore" }).at(-1)).toBe("done");
    }
  });

  it("demands UTF-8: bytes that are not are refused, also with otherEncoding", () => {
    for (const bad of [[0xe9], [0xc0, 0xbc], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff], [0x80]]) {
      const document = Uint8Array.of(...utf8("<a>"), ...bad, ...utf8("</a>"));
      expect(readEvents([document]).at(-1)).toMatch(/^encoding peer/);
      expect(readEvents([document], { otherEncoding: "ignore" }).at(-1)).toMatch(/^encoding peer/);
    }
  });

  it("means XML 1.0: other versions are refused, and their rules never apply", () => {
    for (const version of ["1.1", "1.2", "1.00"]) {
      expect(readEvents([utf8(`<?xml version="${version}"?><a>&#1;</a>`)]).at(-1)).toMatch(/^xml-version peer/);
    }
  });

  it("allows one byte order mark, at the very beginning", () => {
    expect(readEvents([utf8("\uFEFF<a/>")]).at(-1)).toBe("done");
    expect(readEvents([utf8("\uFEFF\uFEFF<a/>")]).at(-1)).toMatch(/^not-well-formed peer/);
    expect(readEvents([utf8(" \uFEFF<a/>")]).at(-1)).toMatch(/^not-well-formed peer/);
  });
});

describe("limits: as much passes, one more does not", () => {
  const last = (document: string, options = {}): string | undefined => readEvents([utf8(document)], options).at(-1);

  it("maxDepth", () => {
    expect(last(nested(3), { maxDepth: 3 })).toBe("done");
    expect(last(nested(4), { maxDepth: 3 })).toMatch(/^limit-depth peer/);
    expect(last(nested(256))).toBe("done");
    expect(last(nested(257))).toMatch(/^limit-depth peer/);
  });

  it("maxDepth stands before saxes, whose time grows with the square of the depth", () => {
    const declaring = Array.from({ length: 100_000 }, (_, i) => `<p${i}:a xmlns:p${i}="u">`).join("");
    expect(last(declaring)).toMatch(/^limit-depth peer/);
    expect(last("<a>".repeat(100_000))).toMatch(/^limit-depth peer/);
  });

  it("maxElements", () => {
    expect(last("<a><b/><b/></a>", { maxElements: 3 })).toBe("done");
    expect(last("<a><b/><b/><b/></a>", { maxElements: 3 })).toMatch(/^limit-elements peer/);
  });

  it("maxAttributes, with namespace declarations", () => {
    expect(last("<a b='' xmlns='u' xmlns:p='v'><a/><a c=''/></a>", { maxAttributes: 3 })).toBe("done");
    expect(last("<a b='' xmlns='u' xmlns:p='v' c=''/>", { maxAttributes: 3 })).toMatch(/^limit-attributes peer/);
    const many = Array.from({ length: 1024 }, (_, i) => ` a${i}=""`).join("");
    expect(last(`<a${many}/>`)).toBe("done");
    expect(last(`<a${many} b=""/>`)).toMatch(/^limit-attributes peer/);
  });

  it("maxNameLength, for elements and attributes", () => {
    expect(last("<abc><d efg=''/></abc>", { maxNameLength: 3 })).toBe("done");
    expect(last("<abcd/>", { maxNameLength: 3 })).toMatch(/^limit-name-length peer/);
    expect(last("<a bcde=''/>", { maxNameLength: 3 })).toMatch(/^limit-name-length peer/);
    expect(last(`<${"n".repeat(1024)}/>`)).toBe("done");
    expect(last(`<${"n".repeat(1025)}/>`)).toMatch(/^limit-name-length peer/);
  });

  it("maxAttributeLength", () => {
    expect(last("<a b='123'/>", { maxAttributeLength: 3 })).toBe("done");
    expect(last("<a b='1234'/>", { maxAttributeLength: 3 })).toMatch(/^limit-attribute-length peer/);
    expect(last(`<a b='${"x".repeat(1 << 20)}'/>`)).toBe("done");
    expect(last(`<a b='${"x".repeat((1 << 20) + 1)}'/>`)).toMatch(/^limit-attribute-length peer/);
  });

  it("maxTextLength, as written and with comments", () => {
    for (const text of ["12345678", "&#65;123", "<!---->1", "123<?a?>"]) {
      expect(last(`<a>${text}<b/>${text}</a>`, { maxTextLength: 8 })).toBe("done");
      expect(last(`<a>${text}9</a>`, { maxTextLength: 8 })).toMatch(/^limit-text-length peer/);
    }
    expect(last("<a><![CDATA[12345678]]></a>", { maxTextLength: 20 })).toBe("done");
    expect(last("<a><![CDATA[123456789]]></a>", { maxTextLength: 20 })).toMatch(/^limit-text-length peer/);
  });

  it("maxBytes, in bytes and not in characters", () => {
    expect(last("<a>€</a>", { maxBytes: 10 })).toBe("done");
    expect(last("<a>€</a> ", { maxBytes: 10 })).toMatch(/^limit-bytes peer/);
    expect(readEvents(cut(utf8("<a>€</a> "), 1), { maxBytes: 10 }).at(-1)).toMatch(/^limit-bytes peer/);
  });

  it("are positive numbers", () => {
    for (const bad of [0, -1, Number.NaN]) {
      const error = catchError(() => new SaxesReader(silent, { maxDepth: bad }));
      expect(error).toBeInstanceOf(XmlError);
      expect(error).toMatchObject({ code: "bad-limit", fault: "local" });
    }
  });

  it("hold for what saxes has not reported yet: a part without an end does not grow for ever", () => {
    const endless = (start: string, filler: string): string | undefined => {
      const block = utf8(filler.repeat(Math.ceil(65_536 / filler.length)));
      const reads = function* (): Generator<Uint8Array> {
        yield utf8(start);
        for (let i = 0; i < 64; i++) yield block;
      };
      return readEvents(reads(), { maxTextLength: 100_000, maxAttributeLength: 100_000 }).at(-1);
    };
    for (const [start, filler] of [
      ["<a>", "x"],
      ["<a>", "&#65;"],
      ["<a><!--", "x"],
      ["<a><?p ", "x"],
      ["<a><![CDATA[", "]"],
      ["<a>&", "x"],
      ["<!DOCTYPE a [", "x"],
      ["<", "x"],
    ] as const) {
      expect(endless(start, filler)).toMatch(/^limit-text-length peer/);
    }
    for (const start of ["<a ", "<a b", "<a b='"])
      expect(endless(start, start.endsWith(" ") ? " " : "x")).toMatch(/^limit-attribute-length peer/);
  });
});

/** saxes finds text outside the root at the end of a read at the latest, so where is not the same for every split. */
function withoutPlace(events: readonly string[]): string[] {
  return events.map((event) => event.replace(/^([a-z-]+ peer) .*$/, "$1"));
}

function readAll(document: string): void {
  const reader = new SaxesReader(silent);
  reader.push(utf8(document));
  reader.end();
}
