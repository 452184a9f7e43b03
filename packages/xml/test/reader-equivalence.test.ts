import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { caseOf } from "../../../test/fuzz/fuzz-target.ts";
import { corpus } from "../../../test/support/corpus.ts";
import { ByteReader, elementsEqual, isXmlError, parseXml, type XmlElement } from "../src/mod.ts";
import { parseXmlBySaxes } from "../src/saxes.ts";
import { corpusDocuments } from "./corpus-documents.ts";
import { xmlTargets } from "./fuzz-targets.ts";
import { comparable, difference, REASONS } from "./reader-difference.ts";
import { cut, documents, readEvents, utf8 } from "./support.ts";

const folder = corpus();
const all = folder === undefined ? [] : corpusDocuments(folder);

describe.runIf(folder)("the byte reader and saxes on the corpus", () => {
  it("are the same, event for event and error for error", () => {
    const differing = new Map<string, number>();
    const unexplained: string[] = [];
    for (const { id, bytes } of all) {
      const reason = difference(bytes);
      if (reason === undefined) continue;
      if (reason in REASONS) differing.set(reason, (differing.get(reason) ?? 0) + 1);
      else unexplained.push(`${id}: ${reason}`);
    }
    const same = all.length - [...differing.values()].reduce((sum, count) => sum + count, 0) - unexplained.length;
    console.log(`equivalence: ${same} of ${all.length} the same`, Object.fromEntries(differing));
    expect(all.length).toBeGreaterThan(3000);
    expect(unexplained).toEqual([]);
    // What saxes passes and the byte reader refuses is one message; the rest are refused by both.
    expect(Object.fromEntries(differing)).toEqual({ doctype: 24, instruction: 1 });
  });

  it("are the same for reads of one byte and of seven", () => {
    for (const { id, bytes } of all.filter(({ bytes: { length } }) => length < 3000)) {
      const whole = comparable(readEvents([bytes], {}, ByteReader));
      for (const size of [1, 7]) {
        expect({ id, events: comparable(readEvents(cut(bytes, size), {}, ByteReader)) }).toEqual({ id, events: whole });
      }
    }
  });

  it("give the same trees", () => {
    for (const { bytes } of all.filter(({ kind }) => kind === "netconf-message" || kind === "netconf-payload")) {
      const [fast, strict] = (["bytes", "saxes"] as const).map((reader) => tree(bytes, reader));
      if (fast !== undefined && strict !== undefined) expect(elementsEqual(fast, strict)).toBe(true);
    }
  });

  it("are the same for documents that have been damaged", () => {
    const bytes = xmlTargets.find(({ name }) => name === "xml-bytes")!;
    const inputs = bytes.inputs(folder);
    const counted: Record<string, number> = {};
    for (let seed = 1; seed <= 3000; seed++) {
      const { input } = caseOf(bytes, inputs, seed);
      const reason = difference(input) ?? "same";
      counted[reason] = (counted[reason] ?? 0) + 1;
      if (reason !== "same" && !(reason in REASONS)) {
        throw new Error(`seed ${seed}: ${reason}\n${Buffer.from(input).toString("base64")}`);
      }
    }
    console.log("equivalence of damaged documents:", counted);
    expect(counted.same).toBeGreaterThan(2000);
  });
});

describe("the byte reader and saxes on generated documents", () => {
  it("are the same at every split", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const bytes = utf8(document);
        const strict = readEvents([bytes]);
        expect(strict.at(-1)).toBe("done");
        for (let at = 0; at <= bytes.length; at++) {
          expect(readEvents([bytes.subarray(0, at), bytes.subarray(at)], {}, ByteReader)).toEqual(strict);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("are the same, many of them, in reads of any size", () => {
    fc.assert(
      fc.property(documents, fc.integer({ min: 1, max: 50 }), (document, size) => {
        expect(readEvents(cut(utf8(document), size), {}, ByteReader)).toEqual(readEvents([utf8(document)]));
      }),
      { numRuns: 1000 },
    );
  });
});

function tree(bytes: Uint8Array, reader: "bytes" | "saxes"): XmlElement | undefined {
  try {
    return reader === "saxes" ? parseXmlBySaxes(bytes) : parseXml(bytes);
  } catch (error) {
    if (isXmlError(error)) return undefined;
    throw error;
  }
}
