import { describe, expect, it } from "vitest";
import { element, elementsEqual, parseXml, serializeXml, type XmlElement, xmlAttribute } from "../src/mod.ts";
import { catchError } from "./support.ts";

const BASE = "urn:ietf:params:xml:ns:netconf:base:1.0";

describe("element()", () => {
  it("builds what is written in default-namespace style", () => {
    const rpc = element("rpc", BASE, [element("close-session", BASE)], { "message-id": "102" });
    expect(serializeXml(rpc)).toBe(`<rpc xmlns="${BASE}" message-id="102"><close-session/></rpc>`);
    expect(rpc.scope.get("")).toBe(BASE);
  });

  it("takes text, nodes, or nothing", () => {
    expect(element("a", "").children).toEqual([]);
    expect(element("a", "", "").children).toEqual([]);
    expect(element("a", "", "x").children).toEqual(["x"]);
    expect(element("a", "", ["x", element("b", "")]).children).toHaveLength(2);
  });

  it("takes attributes as a record or as a list", () => {
    const operation = xmlAttribute("operation", "delete", BASE, "nc");
    expect(element("a", "", [], [operation]).attributes).toEqual([operation]);
    expect(element("a", "", [], { b: "1" }).attributes).toEqual([{ name: "b", namespace: "", prefix: "", value: "1" }]);
  });

  it("refuses names that XML cannot write, as a local error", () => {
    for (const name of ["", "a b", "a:b", "1a", "-a", "a>", "<", "é\u00d7"]) {
      expect(catchError(() => element(name, ""))).toMatchObject({ code: "invalid-name", fault: "local", layer: "xml" });
      expect(catchError(() => element("a", "", [], { [name]: "" }))).toMatchObject({
        code: "invalid-name",
        fault: "local",
      });
    }
    expect(element("é-._9日本", "").name).toBe("é-._9日本");
  });
});

describe("elementsEqual()", () => {
  const equal = (a: string, b: string): boolean => elementsEqual(parseXml(a), parseXml(b));

  it("ignores prefixes, the order of attributes and how text was written", () => {
    expect(equal("<p:a xmlns:p='u' x='1' p:y='2'/>", "<a xmlns='u' xmlns:q='u' q:y='2' x='1'/>")).toBe(true);
    expect(equal("<a>&lt;b</a>", "<a><![CDATA[<b]]></a>")).toBe(true);
    expect(elementsEqual(element("a", "", ["x", "", "y"]), parseXml("<a>xy</a>"))).toBe(true);
    expect(elementsEqual(element("a", "", [""]), parseXml("<a/>"))).toBe(true);
  });

  it("sees every difference that counts", () => {
    expect(equal("<a/>", "<b/>")).toBe(false);
    expect(equal("<a/>", "<a xmlns='u'/>")).toBe(false);
    expect(equal("<a x='1'/>", "<a x='2'/>")).toBe(false);
    expect(equal("<a x='1'/>", "<a/>")).toBe(false);
    expect(equal("<a xmlns:p='u' p:x='1'/>", "<a x='1'/>")).toBe(false);
    expect(equal("<a>x</a>", "<a>y</a>")).toBe(false);
    expect(equal("<a>x</a>", "<a> x</a>")).toBe(false);
    expect(equal("<a><b/><c/></a>", "<a><c/><b/></a>")).toBe(false);
    expect(equal("<a><b/></a>", "<a><b/><b/></a>")).toBe(false);
    expect(equal("<a><b>1</b></a>", "<a><b>2</b></a>")).toBe(false);
    expect(equal("<a>x<b/></a>", "<a><b/>x</a>")).toBe(false);
  });

  it("goes deeper than the stack, and so does the writer", () => {
    expect(elementsEqual(nest(20_000), nest(20_000))).toBe(true);
    expect(elementsEqual(nest(20_000), nest(20_001))).toBe(false);
    expect(serializeXml(nest(20_000))).toBe(`${"<a>".repeat(19_999)}<a/>${"</a>".repeat(19_999)}`);
  });
});

function nest(levels: number): XmlElement {
  let inner = element("a", "");
  for (let i = 1; i < levels; i++) inner = element("a", "", [inner]);
  return inner;
}
