import { parseXml, serializeXml } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { toRpcError } from "../src/config-error.ts";
import { applyEdit, type EditOptions, emptyConfig, formatPath, listKeys, loadConfig } from "../src/mod.ts";
import { config, content, EXAMPLE, exampleSchema, NC } from "./support.ts";

function load(text: string) {
  const { config: tree, errors } = loadConfig(config(text), exampleSchema);
  expect(errors).toEqual([]);
  return tree;
}

function edit(before: string, change: string, options: EditOptions = {}) {
  const base = load(before);
  const result = applyEdit(base, config(change), exampleSchema, options);
  return { base, ...result, text: content(result.config), tags: result.errors.map((error) => error.tag) };
}

const eth = (name: string, rest = "") => `<interface><name>${name}</name>${rest}</interface>`;

describe("the examples of RFC 6241 §7.2", () => {
  it("§7.2 merge sets the MTU of one interface and leaves the rest", () => {
    const { text, errors } = edit(
      `<top>${eth("Ethernet0/0", "<mtu>1000</mtu><speed>1</speed>")}${eth("Ethernet0/1", "<mtu>1</mtu>")}</top>`,
      `<top>
         <interface>
           <name>Ethernet0/0</name>
           <mtu>1500</mtu>
         </interface>
       </top>`,
    );
    expect(errors).toEqual([]);
    expect(text).toBe(
      `<top>${eth("Ethernet0/0", "<mtu>1500</mtu><speed>1</speed>")}${eth("Ethernet0/1", "<mtu>1</mtu>")}</top>`,
    );
  });

  it("§7.2 replace puts the whole entry in the place of the one with that name", () => {
    const address = "<address><name>192.0.2.4</name><prefix-length>24</prefix-length></address>";
    const { text } = edit(
      `<top>${eth("Ethernet0/0", "<speed>1</speed>")}${eth("Ethernet0/1")}</top>`,
      `<top><interface xc:operation="replace"><name>Ethernet0/0</name><mtu>1500</mtu>${address}</interface></top>`,
    );
    expect(text).toBe(`<top>${eth("Ethernet0/0", `<mtu>1500</mtu>${address}`)}${eth("Ethernet0/1")}</top>`);
  });

  it("§7.2 delete with default-operation none removes only the named entry", () => {
    const { text } = edit(
      `<top>${eth("Ethernet0/0", "<mtu>1</mtu>")}${eth("Ethernet0/1")}</top>`,
      `<top><interface xc:operation="delete"><name>Ethernet0/0</name></interface></top>`,
      { defaultOperation: "none" },
    );
    expect(text).toBe(`<top>${eth("Ethernet0/1")}</top>`);
  });

  it("§7.2 delete of an interface in an OSPF area leaves its siblings", () => {
    const area = (inside: string) =>
      `<top><protocols><ospf><area><name>0.0.0.0</name><interfaces>${inside}</interfaces></area></ospf></protocols></top>`;
    const { text } = edit(
      area(`${eth("192.0.2.1")}${eth("192.0.2.4")}`),
      area(`<interface xc:operation="delete"><name>192.0.2.4</name></interface>`),
      { defaultOperation: "none" },
    );
    expect(text).toBe(area(eth("192.0.2.1")));
  });
});

describe("the operations of RFC 6241 §7.2", () => {
  it("create answers data-exists for what exists, with a path to it", () => {
    const {
      errors,
      config: after,
      base,
    } = edit(`<top>${eth("a")}</top>`, `<top><interface xc:operation="create"><name>a</name></interface></top>`);
    expect(after).toBe(base);
    expect(errors).toMatchObject([{ tag: "data-exists", type: "application" }]);
    expect(formatPath(errors[0]?.path ?? [])).toBe("/config:top/interface[name='a']");
  });

  it("create makes what does not exist, and everything below it", () => {
    expect(
      edit("<top/>", `<top><interface xc:operation="create"><name>a</name><mtu>5</mtu></interface></top>`).text,
    ).toBe(`<top>${eth("a", "<mtu>5</mtu>")}</top>`);
  });

  it("delete answers data-missing, remove is silent", () => {
    expect(edit("<top/>", `<top><mtu xc:operation="delete"/></top>`).tags).toEqual(["data-missing"]);
    const removed = edit("<top/>", `<top><mtu xc:operation="remove"/></top>`);
    expect(removed.errors).toEqual([]);
    expect(removed.config).toBe(removed.base);
  });

  it("none answers data-missing for a level that is not there", () => {
    expect(edit("", `<top><mtu xc:operation="remove"/></top>`, { defaultOperation: "none" }).tags).toEqual([
      "data-missing",
    ]);
  });

  it("none lets an edit pass through a container without presence (RFC 7950 §7.5.1)", () => {
    const options = { defaultOperation: "none" } as const;
    expect(edit("<top/>", `<top><quiet><a xc:operation="create">1</a></quiet></top>`, options).text).toBe(
      "<top><quiet><a>1</a></quiet></top>",
    );
    expect(edit("<top/>", `<top><quiet><a xc:operation="remove">1</a></quiet></top>`, options).text).toBe("<top/>");
  });

  it("none leaves the value of a leaf alone", () => {
    expect(edit("<top><mtu>1</mtu></top>", "<top><mtu>2</mtu></top>", { defaultOperation: "none" }).text).toBe(
      "<top><mtu>1</mtu></top>",
    );
  });

  it("default-operation replace replaces the whole configuration", () => {
    expect(edit("<top><a>1</a></top><other/>", "<top><b>2</b></top>", { defaultOperation: "replace" }).text).toBe(
      "<top><b>2</b></top>",
    );
  });

  it("an operation holds for everything below until another one is named", () => {
    expect(
      edit(
        "<top><x><a>1</a><b>2</b></x></top>",
        `<top xc:operation="merge"><x xc:operation="replace"><c>3</c></x></top>`,
      ).text,
    ).toBe("<top><x><c>3</c></x></top>");
  });

  it("replace with what is there already changes nothing", () => {
    const { config: after, base } = edit(
      `<top>${eth("a", "<mtu>1</mtu>")}</top>`,
      `<top xc:operation="replace">${eth("a", "<mtu>1</mtu>")}</top>`,
    );
    expect(after).toBe(base);
  });

  it("entries of a leaf-list are told apart by value", () => {
    const user = (groups: string) => `<top><users><user><name>fred</name>${groups}</user></users></top>`;
    const before = user("<group>a</group><group>b</group>");
    expect(edit(before, user("<group>b</group><group>c</group>")).text).toBe(
      user("<group>a</group><group>b</group><group>c</group>"),
    );
    expect(edit(before, user(`<group xc:operation="delete">a</group>`)).text).toBe(user("<group>b</group>"));
    expect(edit(before, user(`<group xc:operation="delete">z</group>`)).tags).toEqual(["data-missing"]);
    expect(edit(before, user(`<group xc:operation="create">a</group>`)).tags).toEqual(["data-exists"]);
  });

  it("a new list entry begins with its keys (RFC 7950 §7.8.5), and joins the entries that are there", () => {
    expect(
      edit(`<top>${eth("a")}<z/></top>`, "<top><interface><mtu>1</mtu><name>b</name></interface></top>").text,
    ).toBe(`<top>${eth("a")}${eth("b", "<mtu>1</mtu>")}<z/></top>`);
  });

  it("anydata is kept as it came and replaced as a whole", () => {
    expect(edit("<top><blob><a/><a/></blob></top>", "<top><blob><b><c/>  <c/></b></blob></top>").text).toBe(
      "<top><blob><b><c/><c/></b></blob></top>",
    );
  });

  it("white space belongs to the value of a leaf, and not to a container", () => {
    const { config: after } = edit("", "<top>\n  <a> x </a>\n</top>");
    expect(serializeXml(after)).toContain("<a> x </a></top>");
  });
});

describe("refusals", () => {
  const cases: readonly (readonly [string, string, string, object])[] = [
    [
      "an operation that does not exist",
      `<top xc:operation="destroy"/>`,
      "bad-attribute",
      { badAttribute: "operation", badElement: "top" },
    ],
    [
      "an operation without its namespace",
      `<top operation="delete"/>`,
      "unknown-attribute",
      { badAttribute: "operation", badElement: "top" },
    ],
    [
      "a list entry without its key (RFC 7950 §8.3.1)",
      "<top><interface><mtu>1</mtu></interface></top>",
      "missing-element",
      { badElement: "name" },
    ],
    [
      "deleting a key of an entry",
      `<top><interface><name xc:operation="delete">a</name></interface></top>`,
      "bad-attribute",
      { badElement: "name" },
    ],
    ["the same node given twice", "<top><mtu>1</mtu><mtu>2</mtu></top>", "bad-element", { badElement: "mtu" }],
    [
      "the same list entry given twice",
      `<top>${eth("a")}${eth("a")}</top>`,
      "bad-element",
      { badElement: "interface" },
    ],
    [
      "text in a list entry",
      "<top><interface>text<name>a</name></interface></top>",
      "bad-element",
      { badElement: "interface" },
    ],
    ["elements in a leaf-list entry", "<top><server><x/></server></top>", "unknown-element", { badElement: "x" }],
    ["data in no namespace", `<top xmlns=""/>`, "unknown-namespace", { badElement: "top", badNamespace: "" }],
    [
      "data in the base namespace, as after a forgotten xmlns",
      `<top xmlns="${NC}"/>`,
      "unknown-namespace",
      { badElement: "top", badNamespace: NC },
    ],
    [
      "insert in a list that the system orders (RFC 7950 §8.3.1)",
      `<top><interface yang:insert="first"><name>a</name></interface></top>`,
      "unknown-attribute",
      { badAttribute: "insert" },
    ],
    [
      "an insert that does not exist",
      `<top><rule yang:insert="middle"><id>1</id></rule></top>`,
      "bad-attribute",
      { badAttribute: "insert" },
    ],
    [
      "insert before nothing",
      `<top><rule yang:insert="before"><id>1</id></rule></top>`,
      "missing-attribute",
      { badAttribute: "key" },
    ],
    [
      "insert beside an entry that is not there (RFC 7950 §15.7)",
      `<top><rule yang:insert="after" yang:key="[id='9']"><id>1</id></rule></top>`,
      "bad-attribute",
      { badAttribute: "key", appTag: "missing-instance" },
    ],
    [
      "insert beside keys that cannot be read",
      `<top><rule yang:insert="after" yang:key="id=9"><id>1</id></rule></top>`,
      "bad-attribute",
      { badAttribute: "key" },
    ],
  ];
  for (const [what, change, tag, details] of cases) {
    it(`answers ${tag} for ${what}`, () => {
      const { errors, config: after, base } = edit("<top/>", change);
      expect(errors).toMatchObject([{ tag, type: "application", ...details }]);
      expect(after).toBe(base);
    });
  }

  it("answers for the keys of an entry that exists, too", () => {
    const before = `<top>${eth("a")}</top>`;
    const change = (keys: string) => edit(before, `<top><interface>${keys}<mtu>1</mtu></interface></top>`).tags;
    expect(change(`<name xc:operation="remove">a</name>`)).toEqual(["bad-attribute"]);
    expect(change("<name>a</name><name>b</name>")).toEqual(["bad-element"]);
    expect(change("<name>a</name>")).toEqual([]);
  });

  it("keeps no container without presence that has become empty (RFC 7950 §7.5.1)", () => {
    expect(
      edit("<top><quiet><a>1</a></quiet></top>", `<top><quiet><a xc:operation="delete"/></quiet></top>`).text,
    ).toBe("<top/>");
    const nothing = edit("<top/>", "<top><quiet/></top>");
    expect(nothing.config).toBe(nothing.base);
  });

  it("answers bad-element where text and elements clash with what is there", () => {
    expect(edit("<top><x><a/></x></top>", "<top><x>text</x></top>").tags).toEqual(["bad-element"]);
    expect(edit("<top><x>text</x></top>", "<top><x><a/></x></top>").tags).toEqual(["bad-element"]);
  });

  it("answers unknown-namespace for a module that the schema does not know, at any depth", () => {
    const schema = listKeys([], { namespaces: [EXAMPLE] });
    const { errors } = applyEdit(emptyConfig, config(`<top><x xmlns="urn:other"/></top>`), schema);
    expect(errors).toMatchObject([{ tag: "unknown-namespace", badElement: "x", badNamespace: "urn:other" }]);
  });

  it("answers unknown-attribute for an operation on <config> itself", () => {
    const whole = parseXml(`<config xmlns="${NC}" xmlns:nc="${NC}" nc:operation="delete"/>`);
    expect(applyEdit(emptyConfig, whole, exampleSchema).errors).toMatchObject([
      { tag: "unknown-attribute", badAttribute: "operation", badElement: "config" },
    ]);
  });

  it("gives an error-path whose prefixes are declared, and quotes that XPath can read (RFC 6241 §4.3)", () => {
    const { errors } = edit(
      `<top><users><user><name>it's</name></user></users></top>`,
      `<top><users><user><name>it's</name><x xmlns="urn:aug" xc:operation="delete"/></user></users></top>`,
    );
    const { path } = toRpcError(errors[0]!);
    expect(path?.text).toBe(`/config:top/config:users/config:user[config:name="it's"]/aug:x`);
    expect(path?.scope.get("config")).toBe(EXAMPLE);
    expect(path?.scope.get("aug")).toBe("urn:aug");
  });
});

describe("error-option (RFC 6241 §7.2)", () => {
  const before = `<top>${eth("a")}</top>`;
  const change = `<top>
    <interface xc:operation="create"><name>a</name></interface>
    <mtu>1500</mtu>
    <gone xc:operation="delete"/>
    ${eth("b")}
  </top>`;

  it("stop-on-error ends at the first error and changes nothing", () => {
    const { tags, config: after, base } = edit(before, change, { errorOption: "stop-on-error" });
    expect(tags).toEqual(["data-exists"]);
    expect(after).toBe(base);
  });

  it("rollback-on-error restores the complete state (§8.5)", () => {
    const { tags, config: after, base } = edit(before, change, { errorOption: "rollback-on-error" });
    expect(tags).toEqual(["data-exists"]);
    expect(after).toBe(base);
  });

  it("continue-on-error does the rest and reports every error", () => {
    const { tags, text } = edit(before, change, { errorOption: "continue-on-error" });
    expect(tags).toEqual(["data-exists", "data-missing"]);
    expect(text).toBe(`<top>${eth("a")}${eth("b")}<mtu>1500</mtu></top>`);
  });

  it("continue-on-error leaves an entry in its place when the one to insert beside is missing", () => {
    const { tags, text } = edit(
      "<top><rule><id>1</id></rule><rule><id>2</id></rule></top>",
      `<top><rule yang:insert="before" yang:key="[id='9']"><id>2</id><x/></rule><rule><id>3</id></rule></top>`,
      { errorOption: "continue-on-error" },
    );
    expect(tags).toEqual(["bad-attribute"]);
    expect(text).toBe("<top><rule><id>1</id></rule><rule><id>2</id></rule><rule><id>3</id></rule></top>");
  });
});

describe("what a datastore keeps of a message", () => {
  it("neither its prefixes nor the attributes that steered the edit", () => {
    const { config: after } = edit(
      "",
      `<e:top xmlns:e="${EXAMPLE}" xmlns:q="urn:unused"><e:a xc:operation="create">1</e:a></e:top>`,
    );
    expect(serializeXml(after)).toBe(`<config xmlns="${NC}"><top xmlns="${EXAMPLE}"><a>1</a></top></config>`);
  });

  it("the bindings that a value needs", () => {
    const { config: after } = edit("", `<top><type xmlns:i="urn:types" xmlns:j="urn:no">i:ethernet</type></top>`);
    const again = parseXml(serializeXml(after));
    expect(serializeXml(again)).toContain(`<type xmlns:i="urn:types">i:ethernet</type>`);
  });

  it("treats one identity under two prefixes as the same value (RFC 7950 §9.10.3)", () => {
    const { config: after, base } = edit(
      `<top><type xmlns:i="urn:types">i:ethernet</type></top>`,
      `<top><type xmlns:j="urn:types">j:ethernet</type></top>`,
    );
    expect(after).toBe(base);
  });

  it("attributes of the data, and their prefixes", () => {
    const { config: after } = edit("", `<top><a xmlns:m="urn:meta" m:note="x">1</a></top>`);
    expect(serializeXml(after)).toContain(`<a xmlns:m="urn:meta" m:note="x">1</a>`);
  });
});
