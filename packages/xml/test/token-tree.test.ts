import { describe, expect, it } from "vitest";
import { corpus } from "../../../test/support/corpus.ts";
import {
  ByteScanner,
  DONE,
  END,
  elementsEqual,
  MORE,
  parseXml,
  START,
  serializeXml,
  TokenTree,
  type XmlElement,
} from "../src/mod.ts";
import { parseXmlBySaxes } from "../src/saxes.ts";
import { corpusDocuments } from "./corpus-documents.ts";
import { utf8 } from "./support.ts";

const folder = corpus();

/** The trees of all elements of this depth, from input in two pieces. */
function treesAt(depth: number, bytes: Uint8Array, split: number): { trees: XmlElement[]; sizes: number[] } {
  const scanner = new ByteScanner();
  const tree = new TokenTree(scanner);
  const pieces = [bytes.subarray(0, split), bytes.subarray(split)];
  const trees: XmlElement[] = [];
  const sizes: number[] = [];
  for (let token = scanner.next(); token !== DONE; token = scanner.next()) {
    if (token === MORE) {
      const piece = pieces.shift();
      if (piece === undefined) scanner.end();
      else scanner.push(piece);
    } else if (token === START) {
      if (tree.isOpen || scanner.depth === depth) tree.start();
      else tree.pass();
    } else if (token === END) {
      const complete = tree.end();
      if (complete === undefined) continue;
      trees.push(complete);
      sizes.push(tree.size);
    } else tree.text();
  }
  return { trees, sizes };
}

const document =
  utf8(`<?xml version="1.0"?><l xmlns="urn:l" xmlns:p="urn:p">text<e p:a="1&amp;2" b=" x ">é&#65;<![CDATA[<]]>\r
<p:i/><i xmlns=""/></e><!-- c -->
<e xmlns:p="urn:q"><p:i>p:value</p:i>tail</e></l>`);

describe("TokenTree", () => {
  it("gives the chosen elements as the tree of the whole document has them, at every split", () => {
    const root = parseXmlBySaxes(document);
    const entries = root.children.filter((node): node is XmlElement => typeof node !== "string");
    for (let split = 0; split <= document.length; split++) {
      const { trees } = treesAt(2, document, split);
      expect(trees).toHaveLength(2);
      expect(trees.every((tree, i) => elementsEqual(tree, entries[i] ?? tree))).toBe(true);
      // Prefixes mean what they meant, and text is one node.
      expect(trees.map((tree) => serializeXml(tree))).toEqual(entries.map((entry) => serializeXml(entry)));
      expect(trees[0]?.children[0]).toBe("éA<\n");
      expect(elementsEqual(treesAt(1, document, split).trees[0] ?? root, root)).toBe(true);
      expect(treesAt(4, document, split).trees).toEqual([]);
    }
  });

  it("begins the size of each tree anew, and counts attributes and text", () => {
    const { sizes } = treesAt(2, utf8(`<l><e/><e a="12345"/><e>12345</e><e><f/></e><e/></l>`), 0);
    const [empty = 0, attribute = 0, text = 0, child = 0, again] = sizes;
    expect(attribute - empty).toBeGreaterThanOrEqual(10);
    expect(text - empty).toBe(10);
    expect(child).toBe(2 * empty);
    expect(again).toBe(empty);
  });

  it.runIf(folder)("agrees with saxes on every well-formed document of the corpus", () => {
    let count = 0;
    for (const { id, bytes } of corpusDocuments(folder ?? "")) {
      let tree: XmlElement;
      try {
        tree = parseXml(bytes);
      } catch {
        continue; // the equivalence of what is refused is tested with the readers
      }
      count++;
      expect(elementsEqual(tree, parseXmlBySaxes(bytes)), id).toBe(true);
    }
    expect(count).toBeGreaterThan(1000);
  });
});
