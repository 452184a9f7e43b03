import { describe, expect, it } from "vitest";
import { ByteScanner, DONE, END, MORE, START, TEXT } from "../src/mod.ts";
import { catchError, utf8 } from "./support.ts";

const DOCUMENT = '<a xmlns="urn:a" b="1&amp;2"><p:c xmlns:p="urn:p" p:d="x"/>é&lt;\r\n<![CDATA[y\r\n]]><e></e></a>';

describe("ByteScanner", () => {
  it("gives tokens with names, namespaces and their places in the document", () => {
    const scanner = scannerOf(DOCUMENT);
    const tokens: unknown[] = [];
    for (let token = scanner.next(); token !== MORE; token = scanner.next()) {
      const slice = DOCUMENT_BYTES.subarray(scanner.offset, scanner.offsetAfter);
      const written = new TextDecoder().decode(slice);
      if (token === START) tokens.push([written, scanner.namespace, scanner.name.local, scanner.depth]);
      else if (token === END) tokens.push([written, scanner.name.local, scanner.depth]);
      else if (token === TEXT) tokens.push([scanner.text()]);
    }
    expect(tokens).toEqual([
      ['<a xmlns="urn:a" b="1&amp;2">', "urn:a", "a", 1],
      ['<p:c xmlns:p="urn:p" p:d="x"/>', "urn:p", "c", 2],
      ["", "c", 1],
      ["é<\n"],
      ["y\n"],
      ["<e>", "urn:a", "e", 2],
      ["</e>", "e", 1],
      ["</a>", "a", 0],
    ]);
    scanner.end();
    expect([scanner.next(), scanner.next()]).toEqual([DONE, DONE]);
  });

  it("leaves text and attributes as bytes until they are asked for", () => {
    const scanner = scannerOf(DOCUMENT);
    expect(scanner.next()).toBe(START);
    expect(scanner.attributeCount).toBe(2);
    expect([scanner.attributeName(0).declares?.text, scanner.attributeName(1).declares]).toEqual(["", undefined]);
    const range = scanner.bytes.subarray(scanner.attributeStart(1), scanner.attributeEnd(1));
    expect(new TextDecoder().decode(range)).toBe("1&amp;2");
    expect([scanner.attributeIsRaw(0), scanner.attributeIsRaw(1)]).toEqual([false, true]);
    expect(scanner.attributeValue(1)).toBe("1&2");
  });

  it("has one object for a name, however often it comes", () => {
    const scanner = scannerOf("<a><b c=''/><b c=''/></a>");
    const names = new Set<unknown>();
    for (let token = scanner.next(); token !== MORE; token = scanner.next())
      if (token === START) names.add(scanner.name);
    expect(names.size).toBe(2);
  });

  it("forgets nothing of one document that another one depends on, also one that is read inside it", () => {
    for (let i = 0; i < 3; i++) {
      const outer = scannerOf("<p:a xmlns:p='urn:outer'><p:b c='' d=''/><p:b c='' d=''/></p:a>");
      expect([outer.next(), outer.namespace]).toEqual([START, "urn:outer"]);
      const inner = scannerOf("<p:a xmlns:p='urn:inner'><p:b c='' d=''/></p:a>");
      expect([inner.next(), inner.namespace]).toEqual([START, "urn:inner"]);
      expect([outer.next(), outer.namespace]).toEqual([START, "urn:outer"]);
      for (const scanner of [inner, outer]) {
        while (scanner.next() !== MORE);
        scanner.end();
        expect(scanner.next()).toBe(DONE);
      }
      const stranger = scannerOf("<p:a/>");
      expect(catchError(() => stranger.next())).toMatchObject({ code: "not-well-formed" });
    }
  });

  it("keeps an unfinished tag when it is asked again before there is more", () => {
    const scanner = scannerOf("<a><bcd");
    expect([scanner.next(), scanner.next(), scanner.next()]).toEqual([START, MORE, MORE]);
    scanner.push(utf8("ef/></a>"));
    expect([scanner.next(), scanner.name.text]).toEqual([START, "bcdef"]);
  });

  it("throws the same error again, also one that its user has found", () => {
    const scanner = scannerOf("<a/><b/>");
    scanner.next();
    scanner.next();
    const first = catchError(() => scanner.next());
    expect(catchError(() => scanner.next())).toBe(first);
    expect(catchError(() => scanner.push(utf8(" ")))).toBe(first);
    const other = scannerOf("<a><b/></a>");
    other.next();
    const mine = new Error("mine");
    other.fail(mine);
    expect(catchError(() => other.next())).toBe(mine);
  });
});

const DOCUMENT_BYTES = utf8(DOCUMENT);

function scannerOf(document: string): ByteScanner {
  const scanner = new ByteScanner();
  scanner.push(utf8(document));
  return scanner;
}
