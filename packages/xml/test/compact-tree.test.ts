import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../test/support/corpus.ts";
import {
  type CompactElement,
  elementsEqual,
  isXmlError,
  parseCompact,
  parseXml,
  resolveQName,
  type XmlElement,
} from "../src/mod.ts";
import { corpusDocuments } from "./corpus-documents.ts";
import { catchError, documents, utf8 } from "./support.ts";

const folder = corpus();
const INTERFACES = `<?xml version="1.0"?>
<interfaces xmlns="urn:if" xmlns:t="urn:types" note="a &amp; b">
  <interface t:kind="up"><name>eth0</name><mtu>1500</mtu><type>t:ethernet</type></interface>
  <interface><name>eth1</name><mtu>9000</mtu><ip xmlns="urn:ip"><mtu>1280</mtu>x<![CDATA[<\r\n>]]>&lt;</ip></interface>
</interfaces>`;
const root = parseCompact(utf8(INTERFACES));
const namespaces = { "": "urn:if", ip: "urn:ip", t: "urn:types" };

describe("parseCompact", () => {
  it("gives names, namespaces, attributes, text, scope and places", () => {
    expect([root.name, root.namespace, root.prefix, root.offset]).toEqual(["interfaces", "urn:if", "", 22]);
    expect(root.attribute("note")).toBe("a & b");
    expect(root.attribute("xmlns")).toBeUndefined();
    const [first, second] = [...root.children()];
    expect(first?.attribute("kind", "urn:types")).toBe("up");
    expect(first?.attribute("kind")).toBeUndefined();
    expect(first?.attributes).toEqual([{ name: "kind", namespace: "urn:types", prefix: "t", value: "up" }]);
    expect(second?.child("ip", "urn:ip")?.text).toBe("x<\n><");
    expect(second?.child("ip", "urn:if")).toBeUndefined();
    expect(second?.childrenNamed("name", "urn:if").map(({ text }) => text)).toEqual(["eth1"]);
    expect(root.trimmedText).toBe("");
    const type = first?.child("type", "urn:if");
    expect(type && resolveQName(type, type.text)).toEqual({ name: "ethernet", namespace: "urn:types" });
    expect(type?.parent?.name).toBe("interface");
  });

  it("selects by path", () => {
    const texts = (path: string, from: CompactElement = root): string[] =>
      from.select(path, { namespaces }).map(({ text }) => text);
    expect(texts("/interfaces/interface[name='eth0']/mtu")).toEqual(["1500"]);
    expect(texts("/interfaces/interface/mtu")).toEqual(["1500", "9000"]);
    expect(texts("interface/ip:ip/ip:mtu")).toEqual(["1280"]);
    expect(texts("interface/ip:*/ip:mtu")).toEqual(["1280"]);
    expect(texts("*/*[.='eth1']")).toEqual(["eth1"]);
    expect(texts("interface[2]/name")).toEqual(["eth1"]);
    expect(texts("interface[name=\"eth1\"][mtu='9000']/name")).toEqual(["eth1"]);
    expect(texts("interface[mtu='9000'][2]/name")).toEqual([]);
    expect(texts("interface[@t:kind='up']/name")).toEqual(["eth0"]);
    expect(texts("interface[@kind='up']/name")).toEqual([]);
    expect(texts("/interface/name")).toEqual([]);
    expect(texts("/interfaces/interface[1]/name", [...root.children()][1])).toEqual(["eth0"]);
    expect(root.select("interface").length).toBe(0);
    expect(root.select("*").length).toBe(2);
  });

  it("selects nothing else: what it cannot read and prefixes it does not know are local errors", () => {
    for (const path of [
      "",
      "/",
      "//a",
      "a/",
      "a[",
      "a[]",
      "a[0]",
      "a[b]",
      "a[b=1]",
      "a[b='1'",
      "a[b='1]",
      "a b",
      "a:b:c",
      "x:a",
      "1",
      "a[@*='1']",
      "a]",
      "text()",
      "..",
      "constructor:a",
      "a[b='1'and c='2']",
    ]) {
      expect(catchError(() => root.select(path, { namespaces }))).toMatchObject({ code: "bad-path", fault: "local" });
    }
  });

  it("turns into plain values", () => {
    expect(JSON.parse(JSON.stringify(root.toPlain()))).toEqual({
      "@note": "a & b",
      interface: [
        { "@kind": "up", name: "eth0", mtu: "1500", type: "t:ethernet" },
        { name: "eth1", mtu: "9000", ip: { mtu: "1280", "#text": "x<\n><" } },
      ],
    });
    const odd = parseCompact(
      utf8("<a><__proto__>1</__proto__><b xmlns='u'/><b>2</b><b>3</b><b xmlns='u'>4</b></a>"),
    ).toPlain();
    expect(Object.entries(odd)).toEqual([
      ["__proto__", "1"],
      ["b", ["", "4"]],
      ["{}b", ["2", "3"]],
    ]);
    expect(parseCompact(utf8("<a> x </a>")).toPlain()).toBe(" x ");
  });

  it("throws what parseXml throws", () => {
    for (const bad of ["", "<a>", "<!DOCTYPE a>", "<a>&b;</a>", "<p:a/>"]) {
      const error = catchError(() => parseXml(utf8(bad)));
      expect(catchError(() => parseCompact(utf8(bad)))).toEqual(error);
    }
  });

  it("equals the tree of parseXml for generated documents, wherever in the tree one starts", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const bytes = utf8(document);
        same(parseCompact(bytes), parseXml(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it.runIf(folder)("equals the tree of parseXml for every document of the corpus", () => {
    let compared = 0;
    for (const { bytes } of corpusDocuments(folder ?? "")) {
      const [strict, compact] = [attempt(() => parseXml(bytes)), attempt(() => parseCompact(bytes))];
      expect(compact === undefined).toBe(strict === undefined);
      if (strict === undefined || compact === undefined) continue;
      compared += 1;
      expect(elementsEqual(compact.toElement(), strict)).toBe(true);
      if (bytes.length < 20_000) same(compact, strict);
    }
    console.log(`compact tree: ${compared} documents equal their trees`);
    expect(compared).toBeGreaterThan(1300);
  });

  it("keeps 12 bytes for a node beside the document: three times a laid out document of short leaves at most", () => {
    const entry = "  <interface>\n    <name>eth0</name>\n    <mtu>1500</mtu>\n  </interface>\n";
    const bytes = utf8(`<interfaces xmlns="urn:if">\n${entry.repeat(20_000)}</interfaces>`);
    const before = process.memoryUsage().arrayBuffers;
    const compact = parseCompact(bytes);
    const kept = process.memoryUsage().arrayBuffers - before;
    expect([...compact.children()].length).toBe(20_000);
    // Nine nodes an entry. What was reserved while reading may still be counted, so the exact size is not asked for.
    expect(9 * 20_000 * 12).toBeLessThan(2 * bytes.length);
    expect(kept).toBeGreaterThan(0);
  });
});

function same(compact: CompactElement, element: XmlElement): void {
  expect(elementsEqual(compact.toElement(), element)).toBe(true);
  expect(new Map(compact.scope)).toEqual(new Map(element.scope));
  expect(compact.attributes).toEqual(element.attributes);
  const own = element.children.filter((node): node is string => typeof node === "string").join("");
  expect(compact.text).toBe(own);
  const children = [...compact.children()];
  const expected = element.children.filter((node): node is XmlElement => typeof node !== "string");
  expect(children.length).toBe(expected.length);
  for (const [i, child] of children.entries()) same(child, expected[i]!);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isXmlError(error) && error.fault === "peer") return undefined;
    throw error;
  }
}
