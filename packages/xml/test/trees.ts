import fc from "fast-check";
import type { XmlElement } from "../src/mod.ts";

const NAMESPACES = ["", "u", "v", "w"];
const PREFIXES = ["", "p", "q"];
const NAMES = ["a", "b", "é"];
const text = fc.oneof(
  fc.constantFrom("x", " ", "p:x", "q:y", "/p:a/q:b", "<&>]]>", "\r\n\t", "😀"),
  fc
    .string({ unit: "grapheme", maxLength: 5 })
    .filter((value) => !/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(value)),
);
const scope = fc
  .dictionary(fc.constantFrom(...PREFIXES), fc.constantFrom("u", "v", "w"), { noNullPrototype: true })
  .map((entries) => new Map(Object.entries(entries)));
const attributeOf = fc.record({
  name: fc.constantFrom(...NAMES),
  namespace: fc.constantFrom(...NAMESPACES),
  prefix: fc.constantFrom(...PREFIXES),
  value: text,
});
/** Trees with any wishes for prefixes, and scopes that need not fit. */
export const trees: fc.Arbitrary<XmlElement> = fc.letrec<{ tree: XmlElement }>((tie) => ({
  tree: fc.record({
    name: fc.constantFrom(...NAMES),
    namespace: fc.constantFrom(...NAMESPACES),
    prefix: fc.constantFrom(...PREFIXES),
    attributes: fc.uniqueArray(attributeOf, {
      maxLength: 4,
      selector: ({ name, namespace }) => `{${namespace}}${name}`,
    }),
    children: fc.array(fc.oneof({ depthSize: "small", withCrossShrink: true }, text, tie("tree")), { maxLength: 4 }),
    scope,
  }),
})).tree;
