import { element, parseXml, serializeXml, type XmlElement } from "@netconf-kit/xml";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementsOf, sameTree } from "../src/config-tree.ts";
import {
  applyEdit,
  diffConfig,
  emptyConfig,
  filterSubtree,
  listKeys,
  loadConfig,
  type SchemaNode,
} from "../src/mod.ts";
import { EXAMPLE, NC } from "./support.ts";

const schema = listKeys([
  { namespace: EXAMPLE, path: ["top", "entry"], keys: ["name"] },
  { namespace: EXAMPLE, path: ["top", "entry", "sub"], keys: ["a", "b"] },
  { namespace: EXAMPLE, path: ["top", "entry", "tag"], kind: "leaf-list" },
  { namespace: EXAMPLE, path: ["top", "word"], kind: "leaf-list", userOrdered: true },
]);

const leaf = (name: string, value: string): XmlElement => element(name, EXAMPLE, value);
const small = fc.constantFrom("1", "2", "3");

/** Operations are written on some elements when `edits` is set. */
function tree(edits: boolean): fc.Arbitrary<XmlElement> {
  const operation = edits
    ? fc.option(fc.constantFrom("merge", "replace", "create", "delete", "remove"), { nil: undefined, freq: 4 })
    : fc.constant(undefined);
  const withOperation = (made: fc.Arbitrary<XmlElement>): fc.Arbitrary<XmlElement> =>
    fc
      .tuple(made, operation)
      .map(([e, value]) =>
        value === undefined ? e : { ...e, attributes: [{ name: "operation", namespace: NC, prefix: "nc", value }] },
      );
  const unique = (all: fc.Arbitrary<XmlElement>, key: (e: XmlElement) => string): fc.Arbitrary<XmlElement[]> =>
    fc.uniqueArray(all, { maxLength: 4, selector: key });
  const firstText = (e: XmlElement): string =>
    elementsOf(e)
      .slice(0, 2)
      .map((part) => `${part.children[0]}`)
      .join("|");
  const sub = withOperation(
    fc
      .tuple(small, small, small)
      .map(([a, b, v]) => element("sub", EXAMPLE, [leaf("a", a), leaf("b", b), leaf("v", v)])),
  );
  const tag = withOperation(small.map((value) => leaf("tag", value)));
  const value = withOperation(small.map((text) => leaf("value", text)));
  const entry = withOperation(
    fc
      .tuple(
        small,
        unique(sub, firstText),
        unique(tag, (e) => `${e.children[0]}`),
        fc.option(value, { nil: undefined }),
      )
      .map(([name, subs, tags, extra]) =>
        element("entry", EXAMPLE, [leaf("name", name), ...subs, ...tags, ...(extra ? [extra] : [])]),
      ),
  );
  const name = (e: XmlElement): string => `${elementsOf(e)[0]?.children[0]}`;
  const word = withOperation(fc.constantFrom("x", "y", "z").map((text) => leaf("word", text)));
  return fc
    .tuple(
      unique(entry, name),
      unique(word, (e) => `${e.children[0]}`),
      fc.option(value, { nil: undefined }),
    )
    .map(([entries, words, extra]) =>
      element("config", NC, [element("top", EXAMPLE, [...entries, ...words, ...(extra ? [extra] : [])])]),
    );
}

const defaultOperation = fc.constantFrom("merge", "replace", "none") as fc.Arbitrary<"merge" | "replace" | "none">;

function load(config: XmlElement): XmlElement {
  const loaded = loadConfig(config, schema);
  expect(loaded.errors).toEqual([]);
  return loaded.config;
}

describe("properties of edits", () => {
  it("a stored tree loads again as itself", () => {
    fc.assert(
      fc.property(tree(false), (config) => {
        const stored = load(config);
        expect(sameTree(load(parseXml(serializeXml(stored))), stored)).toBe(true);
      }),
    );
  });

  it("an edit leaves the tree before it as it was, whatever it does", () => {
    fc.assert(
      fc.property(tree(false), tree(true), defaultOperation, (config, edit, operation) => {
        const before = load(config);
        const text = serializeXml(before);
        applyEdit(before, edit, schema, { defaultOperation: operation, errorOption: "continue-on-error" });
        expect(serializeXml(before)).toBe(text);
      }),
    );
  });

  it("an edit with an error gives the very tree it began with", () => {
    fc.assert(
      fc.property(tree(false), tree(true), defaultOperation, (config, edit, operation) => {
        const before = load(config);
        const { config: after, errors } = applyEdit(before, edit, schema, {
          defaultOperation: operation,
          errorOption: "rollback-on-error",
        });
        if (errors.length > 0) expect(after).toBe(before);
      }),
    );
  });

  it("a merge done twice is a merge done once, to the pointer", () => {
    fc.assert(
      fc.property(tree(false), tree(false), (config, edit) => {
        const once = applyEdit(load(config), edit, schema).config;
        expect(applyEdit(once, edit, schema).config).toBe(once);
      }),
    );
  });

  it("a merge into nothing is the tree itself, and replace gives just what was asked for", () => {
    fc.assert(
      fc.property(tree(false), tree(false), (config, other) => {
        expect(sameTree(applyEdit(emptyConfig, config, schema).config, load(config))).toBe(true);
        const replaced = applyEdit(load(other), config, schema, { defaultOperation: "replace" }).config;
        expect(sameTree(replaced, load(config))).toBe(true);
      }),
    );
  });

  it("the index that one tree hands to the next always finds what a fresh one finds", () => {
    fc.assert(
      fc.property(tree(false), fc.array(tree(true), { maxLength: 6 }), (config, edits) => {
        const options = { errorOption: "continue-on-error" } as const;
        let carried = load(config);
        for (const edit of edits) {
          // A copy through text has no index yet.
          const fresh = load(parseXml(serializeXml(carried)));
          const expected = applyEdit(fresh, edit, schema, options);
          const actual = applyEdit(carried, edit, schema, options);
          expect(actual.errors).toEqual(expected.errors);
          expect(sameTree(actual.config, expected.config)).toBe(true);
          carried = actual.config;
        }
      }),
    );
  });

  it("two edits of one tree do not see each other", () => {
    fc.assert(
      fc.property(tree(false), tree(true), tree(true), (config, left, right) => {
        const options = { errorOption: "continue-on-error" } as const;
        const base = load(config);
        const alone = applyEdit(load(parseXml(serializeXml(base))), right, schema, options);
        applyEdit(base, left, schema, options);
        const after = applyEdit(base, right, schema, options);
        expect(sameTree(after.config, alone.config)).toBe(true);
      }),
    );
  });
});

describe("properties of diffs", () => {
  it("a diff is empty just when the trees say the same", () => {
    fc.assert(
      fc.property(tree(false), tree(false), (a, b) => {
        const [before, after] = [load(a), load(b)];
        expect(diffConfig(before, before, schema)).toEqual([]);
        expect(diffConfig(before, after, schema).length === 0).toBe(says(before) === says(after));
      }),
    );
  });

  it("a diff backwards has the same paths with created and deleted exchanged", () => {
    fc.assert(
      fc.property(tree(false), tree(false), (a, b) => {
        const [before, after] = [load(a), load(b)];
        const turned = { created: "deleted", deleted: "created", modified: "modified" } as const;
        const there = diffConfig(before, after, schema).flatMap(({ op, path }) =>
          op === "moved" ? [] : [`${turned[op]} ${JSON.stringify(path)}`],
        );
        const back = diffConfig(after, before, schema).flatMap(({ op, path }) =>
          op === "moved" ? [] : [`${op} ${JSON.stringify(path)}`],
        );
        expect(back.sort()).toEqual(there.sort());
      }),
    );
  });
});

describe("cost", () => {
  const entries = 10_000;
  const entry = (n: number) => element("entry", EXAMPLE, [leaf("name", `e${n}`)]);
  const config = (children: readonly XmlElement[]) => element("config", NC, [element("top", EXAMPLE, children)]);

  it("of one edit with 10 000 entries grows with their number, not with its square", () => {
    const { schema: counting, looks } = countingSchema();
    const all = Array.from({ length: entries }, (_, n) => entry(n));
    const { config: tree } = applyEdit(emptyConfig, config(all), counting);
    applyEdit(tree, config(all.map((e) => ({ ...e, children: [...e.children, leaf("value", "1")] }))), counting);
    expect(looks()).toBeLessThan(entries * 40);
  });

  it("of 10 000 edits with one entry each does not count the entries that are there again each time", () => {
    const { schema: counting, looks } = countingSchema();
    let tree = emptyConfig;
    for (let n = 0; n < entries; n++) tree = applyEdit(tree, config([entry(n)]), counting).config;
    expect(elementsOf(elementsOf(tree)[0]!)).toHaveLength(entries);
    expect(looks()).toBeLessThan(entries * 40);
  });
});

/** What a tree says, whatever the order of what has none. */
function says(tree: XmlElement): string {
  const parts = elementsOf(tree);
  const ordered = parts.filter((part) => part.name === "word").map(says);
  const others = parts
    .filter((part) => part.name !== "word")
    .map(says)
    .sort();
  return `(${tree.name} ${parts.length === 0 ? tree.children.join("") : [...others, ...ordered].join("")})`;
}

/** Counts the questions about the children of a node, which every comparison of two entries has to ask. */
function countingSchema() {
  let count = 0;
  const wrap = (node: SchemaNode): SchemaNode => {
    const children = new Map<string, SchemaNode>();
    return {
      kind: node.kind,
      userOrdered: node.userOrdered,
      presence: node.presence,
      get keys() {
        count += 1;
        return node.keys;
      },
      child: (name, namespace) => {
        count += 1;
        let found = children.get(name);
        const inner = node.child(name, namespace);
        if (found === undefined && inner !== undefined) {
          found = wrap(inner);
          children.set(name, found);
        }
        return found;
      },
    };
  };
  return { schema: { root: wrap(schema.root), hasNamespace: () => true }, looks: () => count };
}

describe("properties of filters", () => {
  it("every content of a tree used as a filter selects at least that tree's nodes with the keys it names", () => {
    fc.assert(
      fc.property(tree(false), (config) => {
        const stored = load(config);
        const names = elementsOf(elementsOf(stored)[0]!).filter((e) => e.name === "entry");
        const wanted = element("filter", NC, [
          element(
            "top",
            EXAMPLE,
            names.map((e) => element("entry", EXAMPLE, elementsOf(e).slice(0, 1))),
          ),
        ]);
        const selected = filterSubtree(stored, wanted, schema);
        const got = elementsOf(selected).flatMap((top) => elementsOf(top));
        if (names.length > 0) expect(got).toEqual(names);
      }),
    );
  });
});
