import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  childElements,
  element,
  elementsEqual,
  encodeXml,
  isElement,
  parseXml,
  resolveQName,
  serializeXml,
  textOf,
  type XmlElement,
  xmlAttribute,
} from "../src/mod.ts";
import { catchError } from "./support.ts";
import { trees } from "./trees.ts";

describe("serializeXml()", () => {
  it("escapes what has to be, so that it is read back unchanged", () => {
    const text = `<>&"'\r\n\t]]>]]>\u0085\u2028😀`;
    const written = serializeXml(element("a", "", text, { b: text }));
    expect(written).toBe(
      `<a b="&lt;&gt;&amp;&quot;'&#13;&#10;&#9;]]&gt;]]&gt;\u0085\u2028😀">&lt;&gt;&amp;"'&#13;\n\t]]&gt;]]&gt;\u0085\u2028😀</a>`,
    );
    expect(elementsEqual(parseXml(written), element("a", "", text, { b: text }))).toBe(true);
  });

  it("refuses characters that XML cannot hold, as a local error", () => {
    for (const bad of ["\0", "\u0001", "\u000b", "\u001f", "\ufffe", "\uffff", "\ud800", "\udc00", "a\ud83d"]) {
      for (const build of [element("a", "", bad), element("a", "", "", { b: bad }), element("a", bad)]) {
        expect(catchError(() => serializeXml(build))).toMatchObject({ code: "invalid-character", fault: "local" });
      }
    }
  });

  it("refuses names that XML cannot write, wherever they came from", () => {
    const good = element("a", "u");
    for (const bad of [
      { ...good, name: "a b" },
      { ...good, prefix: "1" },
      { ...good, attributes: [{ name: "x=", namespace: "", prefix: "", value: "" }] },
      { ...good, attributes: [{ name: "xmlns", namespace: "", prefix: "", value: "" }] },
      { ...good, attributes: [{ name: "x", namespace: "u", prefix: "a b", value: "" }] },
    ]) {
      expect(catchError(() => serializeXml(bad))).toMatchObject({ code: "invalid-name", fault: "local" });
    }
    for (const namespace of ["http://www.w3.org/2000/xmlns/", " "]) {
      const bad = { ...good, attributes: [xmlAttribute("x", "", namespace)] };
      expect(catchError(() => serializeXml(bad))).toMatchObject({ code: "invalid-namespace", fault: "local" });
    }
    const twice = { ...good, attributes: [xmlAttribute("x", "1"), xmlAttribute("x", "2")] };
    expect(catchError(() => serializeXml(twice))).toMatchObject({ code: "duplicate-attribute", fault: "local" });
  });

  it("declares a namespace once, and none again where it leaves it", () => {
    const tree = element("a", "u", [element("b", "u"), element("c", "v", [element("d", "")]), element("e", "u")]);
    expect(serializeXml(tree)).toBe('<a xmlns="u"><b/><c xmlns="v"><d xmlns=""/></c><e/></a>');
  });

  it("gives attributes the prefix they ask for, another one when it is taken, one in force when they ask for none", () => {
    const attributes = [
      xmlAttribute("x", "1", "u", "p"),
      xmlAttribute("x", "2", "v", "p"),
      xmlAttribute("y", "3", "u"),
    ];
    expect(serializeXml(element("a", "u", [], attributes))).toBe(
      '<a xmlns="u" xmlns:p="u" xmlns:ns1="v" p:x="1" ns1:x="2" p:y="3"/>',
    );
    const inner = element("b", "u", [], [xmlAttribute("z", "4", "u")]);
    expect(serializeXml(element("a", "u", [inner], [xmlAttribute("x", "1", "u", "p")]))).toBe(
      '<a xmlns="u" xmlns:p="u" p:x="1"><b p:z="4"/></a>',
    );
    expect(
      serializeXml(element("a", "", [], [xmlAttribute("lang", "en", "http://www.w3.org/XML/1998/namespace")])),
    ).toBe('<a xml:lang="en"/>');
  });

  it("keeps the prefixes of a parsed document, and drops declarations that nothing needs", () => {
    const text = '<nc:a xmlns:nc="u"><nc:b xmlns:x="v" x:c="1">text</nc:b></nc:a>';
    expect(serializeXml(parseXml(text))).toBe(text);
    expect(serializeXml(parseXml('<a xmlns="u" xmlns:unused="v"/>'))).toBe('<a xmlns="u"/>');
  });

  it("replaces a prefix that the content needs for something else", () => {
    const type = parseXml('<t xmlns:p="content">p:x</t>');
    const written = serializeXml({ ...type, prefix: "p", namespace: "own" });
    expect(written).toBe('<ns1:t xmlns:p="content" xmlns:ns1="own">p:x</ns1:t>');
  });

  it("declares prefixes that content may mean on the subtree, not on each leaf", () => {
    const document = parseXml(
      '<r xmlns="u" xmlns:t="types" xmlns:n="none"><s><type>t:a</type><type>t:b</type><path>/t:x/t:y[t:k="1"]</path></s></r>',
    );
    expect(serializeXml(childElements(document)[0]!)).toBe(
      '<s xmlns="u" xmlns:t="types"><type>t:a</type><type>t:b</type><path>/t:x/t:y[t:k="1"]</path></s>',
    );
  });

  it("keeps what unprefixed names in content mean", () => {
    const document = parseXml('<r xmlns="u" xmlns:p="v"><p:type>identity</p:type></r>');
    const type = childElements(document)[0]!;
    const again = parseXml(serializeXml(element("other", "w", [type])));
    expect(resolveQName(childElements(again)[0]!, "identity")).toEqual({ name: "identity", namespace: "u" });
  });

  it("lays out elements for people without touching values", () => {
    const document = parseXml("<a><b> x </b>\n\n<c><d/><e>  </e></c><f>t<g><h/></g></f></a>");
    expect(serializeXml(document, { indent: 2 })).toBe(
      "<a>\n  <b> x </b>\n  <c>\n    <d/>\n    <e>  </e>\n  </c>\n  <f>t<g><h/></g></f>\n</a>",
    );
    expect(serializeXml(document, { indent: 0 })).toBe(serializeXml(document));
  });

  it("encodes the same as UTF-8", () => {
    expect(new TextDecoder().decode(encodeXml(element("é", "", "😀")))).toBe("<é>😀</é>");
  });

  it("never writes the delimiter of RFC 6242 §4.3", () => {
    const text = "]]>]]>";
    const written = serializeXml(element("a", text, [element("b", "", text, { c: text })]));
    expect(written).not.toContain("]]>");
    expect(elementsEqual(parseXml(written), element("a", text, [element("b", "", text, { c: text })]))).toBe(true);
  });

  it("writes a hostile tree in time that grows with its size", () => {
    const declarations = Array.from({ length: 1000 }, (_, i) => `xmlns:p${i}='u${i}'`).join(" ");
    const mentions = Array.from({ length: 1000 }, (_, i) => `p${i}:x`).join(" ");
    const document = parseXml(`<a ${declarations}><m>${mentions}</m>${"<b xmlns:q='v'>q:y</b>".repeat(20_000)}</a>`);
    const again = parseXml(serializeXml(document));
    expect(elementsEqual(again, document)).toBe(true);
  });
});

describe("writing and reading back", () => {
  it("gives the same tree, for any tree with any wishes for prefixes", () => {
    fc.assert(
      fc.property(trees, (original) => {
        expect(elementsEqual(parseXml(serializeXml(original)), original)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("gives prefixes in content the same meaning, for any tree with any scopes", () => {
    fc.assert(
      fc.property(trees, (original) => {
        sameMeaning(original, parseXml(serializeXml(original)));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives any subtree of a parsed document the same meaning anywhere else, unprefixed names included", () => {
    fc.assert(
      fc.property(trees, fc.nat(), fc.constantFrom("", "u", "z"), (original, choice, around) => {
        const all = descendants(parseXml(serializeXml(original)));
        const chosen = all[choice % all.length]!;
        const moved = childElements(parseXml(serializeXml(element("around", around, [chosen]))))[0]!;
        expect(elementsEqual(moved, chosen)).toBe(true);
        sameMeaning(chosen, moved);
        for (const [before, after] of zip(descendants(chosen), descendants(moved))) {
          const meaning = resolveQName(before, "x");
          if (meaning?.namespace !== "") expect(resolveQName(after, "x")).toEqual(meaning);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("is stable: what has been written and read is written the same", () => {
    fc.assert(
      fc.property(trees, (original) => {
        const once = serializeXml(parseXml(serializeXml(original)));
        expect(serializeXml(parseXml(once))).toBe(once);
      }),
    );
  });
});

/** Every prefix that stands in the content of `before` and is bound there is bound to the same in `after`. */
function sameMeaning(before: XmlElement, after: XmlElement): void {
  for (const [one, other] of zip(descendants(before), descendants(after))) {
    const contents = [textOf(one), ...one.attributes.map(({ value }) => value)].join(" ");
    for (const prefix of ["p", "q"]) {
      const namespace = one.scope.get(prefix);
      if (namespace !== undefined && mentions(contents, prefix)) expect(other.scope.get(prefix)).toBe(namespace);
    }
  }
}

/** Whether a name in `contents` may have this prefix: it is not the end of a longer name (XML 1.0 §2.3 NameChar). */
function mentions(contents: string, prefix: string): boolean {
  const nameCharacter =
    "[-.0-9A-Z_a-z\\u{B7}\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}\\u{203F}\\u{2040}" +
    "\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}]";
  return new RegExp(`(?<!${nameCharacter})${prefix}:`, "u").test(contents);
}

function descendants(root: XmlElement): XmlElement[] {
  return [root, ...root.children.filter(isElement).flatMap(descendants)];
}

function zip<T>(left: readonly T[], right: readonly T[]): (readonly [T, T])[] {
  expect(right).toHaveLength(left.length);
  return left.map((one, i) => [one, right[i]!] as const);
}
