import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, type XmlOptions } from "../src/mod.ts";
import { DOCUMENT } from "./reader-cases.ts";
import { catchError, cut, damaged, readEvents, utf8 } from "./support.ts";

const silent = { startElement: (): void => {}, endElement: (): void => {}, text: (): void => {} };
const events = (reads: Iterable<Uint8Array>, options: XmlOptions = {}): string[] =>
  readEvents(reads, options, ByteReader);
const last = (document: string, options: XmlOptions = {}): string | undefined =>
  events([utf8(document)], options).at(-1);

/** Only what is its own: what it has in common with `SaxesReader` is in readers.test.ts. */
describe("ByteReader", () => {
  it("gives the same events, error and place for any split of any damaged document", () => {
    fc.assert(
      fc.property(damaged(utf8(DOCUMENT)), fc.integer({ min: 1, max: 30 }), (input, size) => {
        const once = withoutLastText(events([input]));
        expect(withoutLastText(events(cut(input, size)))).toEqual(once);
        expect(once.at(-1)).toMatch(/^(done|[a-z-]+ peer )/);
      }),
      { numRuns: 2000 },
    );
  });

  it("reads what Node's Buffer holds, a subclass whose slices are no copies", () => {
    const document = `<a>${"<b xmlns='urn:b'>1</b>".repeat(10)}</a>`;
    const reads = function* (): Generator<Uint8Array> {
      for (const piece of cut(utf8(document), 7)) {
        const own = Buffer.from(piece);
        yield own;
        own.fill(0x3c);
      }
    };
    expect(events(reads())).toEqual(events([utf8(document)]));
  });
});

describe("repeated tags", () => {
  const list = (entry: string): string => `<a xmlns="urn:a">${entry.repeat(3)}</a>`;

  it("give the same as the first, with declarations, attributes and content", () => {
    for (const entry of [
      "<b xmlns='urn:b'><c/></b>",
      "<b xmlns='urn:b' xmlns:p='urn:p'><p:c p:d=''/></b>",
      "<b xmlns='urn:b'/>",
      "<b xmlns='urn:b' c=''/>",
      "<b xmlns='&#x75;rn:b'/>",
      "<p:b xmlns:p='urn:p'/>",
      "\n   <b>\n    </b>\n",
    ]) {
      const all = events([utf8(list(entry))]);
      expect(all.at(-1)).toBe("done");
      expect(all).toEqual(readEvents([utf8(list(entry))]));
    }
  });

  it("are known only where they are in force: a prefix that went with its element is not declared", () => {
    expect(last("<a><p:b xmlns:p='u'/><p:b/></a>")).toMatch(/^not-well-formed peer/);
    expect(last("<a><c xmlns:p='u'><p:b/></c><c><p:b/></c></a>")).toMatch(/^not-well-formed peer/);
    expect(last("<a><b xmlns='u'/><b xmlns='v'/><b xmlns='u'/></a>")).toBe("done");
  });

  it("keep their meaning when there are more names than are remembered", () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `<p:n${i}/><q${i}:x xmlns:q${i}='u'/>`).join("");
    const document = `<p:a xmlns:p='urn:p'><b xmlns:r='urn:r'><r:c/></b>${names}<b xmlns:r='urn:r'><r:c/></b></p:a>`;
    expect(events([utf8(document)])).toEqual(readEvents([utf8(document)]));
  });

  it("are told apart although their names crowd one place of the table", () => {
    // Of these pairs each has the same remainder under multiplication by 31.
    const names = Array.from({ length: 256 }, (_, i) =>
      Array.from({ length: 8 }, (_, bit) => ((i >> bit) & 1 ? "bA" : "ab")).join(""),
    );
    const document = `<a>${names.map((name) => `<${name} ${name}=""/>`).join("")}</a>`;
    expect(events([utf8(document)])).toEqual(readEvents([utf8(document)]));
    expect(last(`<a ${names.map((name) => `${name}=""`).join(" ")}/>`)).toBe("done");
    expect(last(`<a ${names.map((name) => `${name}=""`).join(" ")} ${names[3]}=""/>`)).toMatch(/^not-well-formed/);
  });
});

describe("errors", () => {
  it("say where: line, column in characters and byte, at the first byte that is wrong", () => {
    const error = catchError(() => readAll("<a>\n<é>\n  €</b></a>"));
    expect(error).toMatchObject({ place: { line: 3, column: 5, offset: 16 } });
    expect(String(error)).toContain("line 3, column 5");
  });
});

describe("XML 1.0", () => {
  it("§2.6: the target of an instruction ends at white space or ?>", () => {
    expect(last("<a><?good?><?good target?bad??></a>")).toBe("done");
    for (const bad of ["<?bad?target?>", "<?bad/?>", "<?b:ad?>", "<?XML?>", "<? bad?>", "<?1?>", "<??>"]) {
      expect(last(`<a>${bad}</a>`)).toMatch(/^not-well-formed peer/);
    }
  });

  it("§2.8: the declaration stands first and says version, encoding, standalone in this order", () => {
    for (const good of [
      "version='1.0'",
      "version = \"1.0\" encoding='utf-8' standalone='no' ",
      "version='1.0' standalone='yes'",
    ]) {
      expect(last(`<?xml ${good}?><a/>`)).toBe("done");
    }
    for (const bad of [
      "",
      " version=1.0",
      " version='1.0",
      " version='2.0'",
      " encoding='UTF-8'",
      " version='1.0'encoding='UTF-8'",
      " standalone='no' version='1.0'",
      " version='1.0' standalone='maybe'",
      " version='1.0' x='y'",
      " version='1.0' ? ",
    ]) {
      expect(last(`<?xml${bad}?><a/>`)).toMatch(/^not-well-formed peer/);
    }
    expect(last(" <?xml version='1.0'?><a/>")).toMatch(/^not-well-formed peer/);
  });

  it("§2.2: forbidden characters are refused wherever they stand", () => {
    for (const bad of ["\u0000", "\u0001", "\u000b", "\u001f", "\ufffe", "\uffff"]) {
      for (const document of [
        `<a>${bad}</a>`,
        `<a b="${bad}"/>`,
        `<a><!--${bad}--></a>`,
        `<a><![CDATA[${bad}]]></a>`,
        `<a><?b ${bad}?></a>`,
        `<a${bad}/>`,
        `<a/>${bad}`,
      ]) {
        expect(last(document)).toMatch(/^not-well-formed peer/);
      }
    }
  });

  it("demands UTF-8 wherever bytes stand: overlong forms, surrogates, what is above U+10FFFF and lone bytes are refused", () => {
    for (const bad of [
      [0xe9],
      [0xc0, 0xbc],
      [0xe0, 0x80, 0xbc],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xff],
      [0x80],
    ]) {
      for (const [before, after] of [
        ["<a>", "</a>"],
        ["<a b='", "'/>"],
        ["<a><!--", "--></a>"],
        ["<a><![CDATA[", "]]></a>"],
        ["<a", "/>"],
        ["<a ", "/>"],
        ["<a/>", ""],
      ] as const) {
        expect(events([Uint8Array.of(...utf8(before), ...bad, ...utf8(after))]).at(-1)).toMatch(/^encoding peer/);
      }
    }
  });

  it("names may not begin their local part with what cannot begin a name: Namespaces in XML 1.0 §4", () => {
    for (const bad of ["a:1", "a:-b", ":a", "a:", "a:b:c"])
      expect(last(`<a xmlns:a='u'><${bad}/></a>`)).toMatch(/^not-well-formed/);
  });
});

describe("RFC 6241 §3", () => {
  it("forbids document type declarations: refused where the word ends", () => {
    expect(last("<!DOCTYPE")).toMatch(/^doctype peer/);
    expect(last("<?xml version='1.0'?><!-- --> <!DOCTYPE a [")).toMatch(/^doctype peer/);
    expect(last("<a><!DOCTYPE a></a>")).toMatch(/^not-well-formed peer/);
    expect(last("<!doctype a>")).toMatch(/^not-well-formed peer/);
  });
});

/** Text directly before an error may be given in part. */
function withoutLastText(all: readonly string[]): readonly string[] {
  return all.at(-2)?.startsWith("text ") && all.at(-1) !== "done" ? all.toSpliced(-2, 1) : all;
}

function readAll(document: string): void {
  const reader = new ByteReader(silent);
  reader.push(utf8(document));
  reader.end();
}
