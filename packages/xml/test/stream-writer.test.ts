import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  childElements,
  element,
  elementsEqual,
  isElement,
  parseXml,
  resolveQName,
  serializeXml,
  textOf,
  type XmlElement,
  type XmlErrorCode,
  XmlStreamWriter,
  xmlAttribute,
} from "../src/mod.ts";
import { parseXmlBySaxes } from "../src/saxes.ts";
import { catchError, nested, utf8 } from "./support.ts";
import { trees } from "./trees.ts";

const BASE = "urn:ietf:params:xml:ns:netconf:base:1.0";

function written(write: (writer: XmlStreamWriter) => void, pieceBytes = 64): string {
  const pieces: Uint8Array[] = [];
  const writer = new XmlStreamWriter((piece) => pieces.push(piece), { pieceBytes });
  write(writer);
  writer.end();
  expect(pieces.every(({ length }) => length > 0 && length <= pieceBytes)).toBe(true);
  expect(writer.length).toBe(pieces.reduce((sum, { length }) => sum + length, 0));
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces));
}

function codeOf(write: (writer: XmlStreamWriter) => void): XmlErrorCode {
  const writer = new XmlStreamWriter(() => {});
  const error = catchError(() => {
    write(writer);
    writer.end();
  });
  expect(error).toMatchObject({ name: "XmlError", fault: "local" });
  // Whatever was written is of no use any more.
  expect(catchError(() => writer.startElement("a", ""))).toBe(error);
  expect(catchError(() => writer.end())).toBe(error);
  return (error as { readonly code: XmlErrorCode }).code;
}

describe("XmlStreamWriter", () => {
  it("declares namespaces where they are needed, and none again where it leaves them", () => {
    const text = written((writer) => {
      writer.startElement("rpc", BASE, { attributes: { "message-id": "1" } });
      writer.startElement("edit-config", BASE);
      writer.startElement("top", "urn:t");
      writer.startElement("a", "urn:t", { attributes: [xmlAttribute("operation", "delete", BASE, "nc")] });
      writer.endElement();
      writer.startElement("b", "", { prefix: "ignored" });
      writer.text("1 < 2");
      writer.endElement();
      writer.startElement("c", "urn:t", { prefix: "t" });
      writer.endElement();
      for (let depth = writer.depth; depth > 0; depth--) writer.endElement();
    });
    expect(text).toBe(
      `<rpc xmlns="${BASE}" message-id="1"><edit-config><top xmlns="urn:t"><a xmlns:nc="${BASE}" nc:operation="delete"/>` +
        '<b xmlns="">1 &lt; 2</b><t:c xmlns:t="urn:t"/></top></edit-config></rpc>',
    );
  });

  it("declares what the content will mean, and replaces a name's prefix that is taken by it", () => {
    const text = written((writer) => {
      writer.startElement("type", "own", { prefix: "p", declarations: { p: "content", q: "more" } });
      writer.text("p:x");
      writer.endElement();
    });
    expect(text).toBe('<ns1:type xmlns:p="content" xmlns:q="more" xmlns:ns1="own">p:x</ns1:type>');
    const type = parseXml(text);
    expect(resolveQName(type, textOf(type))).toEqual({ name: "x", namespace: "content" });
  });

  it("writes a tree as serializeXml() does, alone or in what has been begun, and leaves its prefixes behind", () => {
    const document = parseXml('<r xmlns="u" xmlns:t="types"><s><type>t:a</type></s></r>');
    const [subtree] = childElements(document) as [XmlElement];
    expect(written((writer) => writer.element(subtree))).toBe(serializeXml(subtree));
    const text = written((writer) => {
      writer.startElement("outer", "u", { declarations: { t: "others" } });
      writer.element(subtree);
      writer.startElement("type", "u");
      writer.text("t:b");
      writer.endElement();
      writer.endElement();
    });
    expect(text).toBe(
      '<outer xmlns="u" xmlns:t="others"><s xmlns:t="types"><type>t:a</type></s><type>t:b</type></outer>',
    );
  });

  it("gives trusted XML on as it is", () => {
    const text = written((writer) => {
      writer.startElement("a", "u");
      writer.trustedXml("");
      writer.trustedXml("<b>");
      for (const byte of utf8("<c>é&lt;</c>]]")) writer.trustedXml(Uint8Array.of(byte));
      writer.trustedXml("</b>");
      writer.endElement();
    });
    expect(text).toBe('<a xmlns="u"><b><c>é&lt;</c>]]</b></a>');
  });

  it("holds no more than a piece of a text of many megabytes", () => {
    const text = "x<😀".repeat(1_000_000);
    let length = 0;
    let pieces = 0;
    const writer = new XmlStreamWriter((piece) => {
      length += piece.length;
      pieces += 1;
    });
    writer.startElement("a", "");
    writer.text(text);
    expect(length).toBeGreaterThan(9_000_000 - 65_536);
    writer.flush();
    expect(length).toBe("<a>".length + 9_000_000);
    expect(writer.length).toBe(length);
    expect(pieces).toBeGreaterThan(9_000_000 / 65_536);
    writer.endElement();
    writer.end();
  });

  it("gives pieces that the sink may keep: nothing of them is written again, and changed input changes nothing", () => {
    const pieces: Uint8Array[] = [];
    const writer = new XmlStreamWriter((piece) => pieces.push(piece), { pieceBytes: 16 });
    const own = utf8("<b>1234567890123456789</b>");
    writer.startElement("a", "");
    writer.trustedXml(own);
    own.fill(0x3c);
    writer.endElement();
    writer.end();
    expect(Buffer.concat(pieces).toString()).toBe("<a><b>1234567890123456789</b></a>");
  });

  it("writes trees deeper than the stack, and as many elements", () => {
    const text = written((writer) => {
      for (let i = 0; i < 100_000; i++) writer.startElement("a", "");
      for (let i = 0; i < 100_000; i++) writer.endElement();
    }, 65_536);
    expect(text).toBe(nested(100_000).replace("<a></a>", "<a/>"));
  });
});

describe("misuse of XmlStreamWriter", () => {
  it("XML 1.0 §2.1: one root element, with everything else in it, and all elements ended", () => {
    for (const write of [
      () => {},
      (writer) => writer.startElement("a", ""),
      (writer) => writer.endElement(),
      (writer) => writer.text("x"),
      (writer) => writer.text(""),
      (writer) => writer.trustedXml("<a/>"),
      (writer) => {
        writer.element(element("a", ""));
        writer.element(element("a", ""));
      },
      (writer) => {
        writer.element(element("a", ""));
        writer.startElement("a", "");
      },
      (writer) => {
        writer.element(element("a", ""));
        writer.text(" ");
      },
    ] satisfies ((writer: XmlStreamWriter) => void)[]) {
      expect(codeOf(write)).toBe("illegal-write");
    }
  });

  it("goes on in no way after the end", () => {
    for (const use of ["text", "trustedXml", "startElement", "endElement", "flush", "end"] as const) {
      const writer = new XmlStreamWriter(() => {});
      writer.element(element("a", ""));
      writer.end();
      expect(catchError(() => writer[use]("a", ""))).toMatchObject({ code: "illegal-write", fault: "local" });
    }
  });

  it("refuses names, namespaces, attributes and characters that XML cannot write", () => {
    const start =
      (...args: Parameters<XmlStreamWriter["startElement"]>) =>
      (writer: XmlStreamWriter): void =>
        writer.startElement(...args);
    const text =
      (...texts: string[]) =>
      (writer: XmlStreamWriter): void => {
        writer.startElement("a", "");
        for (const each of texts) writer.text(each);
      };
    for (const [write, code] of [
      [start("a b", ""), "invalid-name"],
      [start("", ""), "invalid-name"],
      [start("a:b", ""), "invalid-name"],
      [start("a", "u", { prefix: "1" }), "invalid-name"],
      [start("a", "", { attributes: { "x y": "" } }), "invalid-name"],
      [start("a", "", { attributes: { xmlns: "" } }), "invalid-name"],
      [start("a", "", { declarations: { "": "u" } }), "invalid-name"],
      [start("a", "", { declarations: { p: "" } }), "invalid-namespace"],
      [start("a", "", { declarations: { xml: "u" } }), "invalid-namespace"],
      [start("a", "http://www.w3.org/2000/xmlns/"), "invalid-namespace"],
      [start("a", "", { attributes: [xmlAttribute("x", ""), xmlAttribute("x", "")] }), "duplicate-attribute"],
      [start("a", "", { attributes: { x: "\u0000" } }), "invalid-character"],
      [start("a", "", { declarations: { p: "\ufffe" } }), "invalid-character"],
      [text("\u0001"), "invalid-character"],
      [text("\ud83d", "\ude00"), "invalid-character"],
      [text(`${"x".repeat(16_383)}\ud83d`), "invalid-character"],
      [text(`${"x".repeat(16_383)}\ud83dx`), "invalid-character"],
    ] as const) {
      expect(codeOf(write)).toBe(code);
    }
  });

  it("RFC 6242 §4.3: never gives the whole delimiter on, whatever trusted XML holds and however it is cut", () => {
    const whole = "]]>]]>";
    for (let first = 0; first <= 6; first++) {
      for (let second = first; second <= 6; second++) {
        for (const before of ["", "12345678901", "]", "]]"]) {
          let given = "";
          const writer = new XmlStreamWriter((piece) => (given += Buffer.from(piece).toString()), { pieceBytes: 16 });
          const error = catchError(() => {
            writer.startElement("a", "");
            writer.text(before);
            writer.trustedXml(`<!--${whole.slice(0, first)}`);
            writer.trustedXml(utf8(whole.slice(first, second)));
            writer.trustedXml(`${whole.slice(second)}-->`);
            writer.endElement();
            writer.end();
          });
          expect(error).toMatchObject({ code: "delimiter-in-content", fault: "local" });
          expect(given).not.toContain(whole);
        }
      }
    }
  });

  it("is an error of the sink as well, which comes again", () => {
    const mine = new Error("mine");
    const writer = new XmlStreamWriter(() => {
      throw mine;
    });
    writer.startElement("a", "");
    expect(catchError(() => writer.flush())).toBe(mine);
    expect(catchError(() => writer.endElement())).toBe(mine);
  });

  it("is a limit below 16 bytes", () => {
    for (const pieceBytes of [15, 0, -1, Number.NaN]) {
      const error = catchError(() => new XmlStreamWriter(() => {}, { pieceBytes }));
      expect(error).toMatchObject({ code: "bad-limit", fault: "local" });
    }
    expect(written((writer) => writer.element(element("é", "", "😀€".repeat(10))), 16)).toContain("😀€");
  });
});

describe("writing piece by piece and reading back", () => {
  it("gives the same tree with both readers, for any tree and pieces of any size", () => {
    fc.assert(
      fc.property(trees, fc.integer({ min: 16, max: 200 }), fc.infiniteStream(fc.nat(11)), (tree, size, choices) => {
        const text = written((writer) => writeAnyhow(writer, tree, choices), size);
        for (const parse of [parseXml, parseXmlBySaxes]) {
          expect(elementsEqual(parse(text), tree)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("gives the same bytes whatever the pieces are", () => {
    fc.assert(
      fc.property(trees, fc.integer({ min: 16, max: 100 }), (tree, size) => {
        expect(written((writer) => writer.element(tree), size)).toBe(serializeXml(tree));
      }),
    );
  });
});

/** By start, text and end, with texts cut between any two characters; now and then a subtree at once, or as trusted XML. */
function writeAnyhow(writer: XmlStreamWriter, tree: XmlElement, choices: Iterator<number>): void {
  const choice = choices.next().value as number;
  if (choice === 0) {
    writer.element(tree);
    return;
  }
  if (choice === 1 && writer.depth > 0 && tree.namespace !== "") {
    // With a default namespace of its own it says everything itself.
    writer.trustedXml(serializeXml({ ...tree, prefix: "" }));
    return;
  }
  writer.startElement(tree.name, tree.namespace, {
    prefix: tree.prefix,
    attributes: tree.attributes,
    declarations: choice < 5 ? { p: "urn:other", ns1: "urn:more" } : {},
  });
  for (const node of tree.children) {
    if (isElement(node)) writeAnyhow(writer, node, choices);
    else for (const part of choice < 8 ? [node] : node) writer.text(part);
  }
  if (choice === 9) writer.flush();
  writer.endElement();
}
