import { describe, expect, it } from "vitest";
import { parseXml, type XmlElement } from "../src/mod.ts";
import { catchError, utf8 } from "./support.ts";

describe("parseXml()", () => {
  it("reads the reply of RFC 6241 §4.3", () => {
    const reply = parseXml(
      '<rpc-reply message-id="101" xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"\n xmlns:ex="http://example.net/content/1.0" ex:user-id="fred">\n  <ok/>\n</rpc-reply>',
    );
    expect(reply).toMatchObject({
      name: "rpc-reply",
      namespace: "urn:ietf:params:xml:ns:netconf:base:1.0",
      prefix: "",
    });
    expect(reply.attributes).toEqual([
      { name: "message-id", namespace: "", prefix: "", value: "101" },
      { name: "user-id", namespace: "http://example.net/content/1.0", prefix: "ex", value: "fred" },
    ]);
    expect(reply.children).toEqual([
      "\n  ",
      expect.objectContaining({ name: "ok", attributes: [], children: [] }),
      "\n",
    ]);
  });

  it("gives the same for bytes and for text", () => {
    const text = "<a b='é'>€<c/>😀</a>";
    expect(parseXml(utf8(text))).toEqual(parseXml(text));
  });

  it("merges text with CDATA, and over comments and processing instructions", () => {
    expect(parseXml("<a>1<!-- x -->2<![CDATA[<3>]]>&amp;<?p?>4</a>").children).toEqual(["12<3>&4"]);
    expect(parseXml("<a><!-- --></a>").children).toEqual([]);
    expect(parseXml("<a><![CDATA[]]></a>").children).toEqual([]);
  });

  it("turns line ends into line feeds, references not (XML 1.0 §2.11)", () => {
    expect(parseXml("<a>1\r\n2\r3\n4&#13;</a>").children).toEqual(["1\n2\n3\n4\r"]);
    expect(parseXml("<a b='1\r\n2\t3&#10;&#9;'/>").attributes[0]?.value).toBe("1 2 3\n\t");
  });

  it("shares the scope with the parent where nothing is declared", () => {
    const root = parseXml("<a xmlns='u'><b/><c xmlns:p='v'><d/></c></a>");
    const [b, c] = root.children as XmlElement[];
    expect(b?.scope).toBe(root.scope);
    expect(c?.scope).not.toBe(root.scope);
    expect(c?.children[0]).toHaveProperty("scope", c?.scope);
    expect([...(c?.scope ?? [])]).toEqual([
      ["", "u"],
      ["p", "v"],
    ]);
  });

  it("has scopes that are maps: inner declarations win, the outer stay", () => {
    const root = parseXml("<a xmlns='u' xmlns:p='1'><b xmlns:p='2' xmlns:q='3'><c xmlns=''/></b></a>");
    const b = root.children[0] as XmlElement;
    const c = b.children[0] as XmlElement;
    expect([root.scope.get("p"), b.scope.get("p"), c.scope.get("p"), c.scope.get("q")]).toEqual(["1", "2", "2", "3"]);
    expect([root.scope.get(""), c.scope.get(""), c.scope.get("x"), c.scope.has("x"), c.scope.has("q")]).toEqual([
      "u",
      "",
      undefined,
      false,
      true,
    ]);
    expect(c.scope.size).toBe(3);
    expect([...c.scope.keys()].sort()).toEqual(["", "p", "q"]);
    expect([...c.scope.values()].sort()).toEqual(["", "2", "3"]);
    const seen: string[] = [];
    c.scope.forEach((namespace, prefix, scope) => {
      seen.push(`${prefix}=${namespace}`, String(scope === c.scope));
    });
    expect(seen).toEqual(["=", "true", "p=2", "true", "q=3", "true"]);
  });

  it("compares namespace names as they stand, white space included", () => {
    const root = parseXml("<a xmlns=' u ' xmlns:p=' v '><p:b p:c=''/></a>");
    const b = root.children[0] as XmlElement;
    expect([root.namespace, b.namespace, b.attributes[0]?.namespace]).toEqual([" u ", " v ", " v "]);
  });

  it("does not mix names of JavaScript objects up with names in documents", () => {
    const root = parseXml(
      "<__proto__ constructor='1' __proto__='2' xmlns:toString='u'><toString:hasOwnProperty/></__proto__>",
    );
    expect(root.name).toBe("__proto__");
    expect(root.attributes.map(({ name, value }) => [name, value])).toEqual([
      ["constructor", "1"],
      ["__proto__", "2"],
    ]);
    expect((root.children[0] as XmlElement).namespace).toBe("u");
    expect(catchError(() => parseXml("<constructor:a/>"))).toMatchObject({ code: "not-well-formed" });
  });

  it("binds the prefix xml without a declaration", () => {
    expect(parseXml("<a xml:lang='en'/>").attributes[0]).toEqual({
      name: "lang",
      namespace: "http://www.w3.org/XML/1998/namespace",
      prefix: "xml",
      value: "en",
    });
  });

  it("does not look at the encoding that decoded text declares", () => {
    expect(parseXml('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>').children).toEqual(["é"]);
  });

  it("refuses half a surrogate pair in text", () => {
    expect(catchError(() => parseXml("<a>\ud800</a>"))).toMatchObject({ code: "encoding", fault: "peer" });
  });

  it("reads a document of many siblings that each declare a prefix under many bindings", () => {
    const declarations = Array.from({ length: 1000 }, (_, i) => `xmlns:p${i}='u${i}'`).join(" ");
    const root = parseXml(`<a ${declarations}>${"<b xmlns:q='v'/>".repeat(20_000)}</a>`);
    expect(root.children).toHaveLength(20_000);
    expect((root.children[19_999] as XmlElement).scope.get("p999")).toBe("u999");
  });
});
