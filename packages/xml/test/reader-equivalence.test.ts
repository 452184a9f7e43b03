import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../test/support/corpus.ts";
import { ByteReader, elementsEqual, isXmlError, parseXml, type XmlElement } from "../src/mod.ts";
import { corpusDocuments } from "./corpus-documents.ts";
import { cut, documents, readEvents, utf8 } from "./support.ts";

const folder = corpus();
const all = folder === undefined ? [] : corpusDocuments(folder);

/** Where the byte reader answers otherwise than saxes, each with the reason. */
const REASONS = {
  doctype: "a document type declaration is refused at <!DOCTYPE, and not judged for what is in it",
  instruction: "what follows the target of a processing instruction has to be white space or ?> (XML 1.0 §2.6)",
  name: "the local part of a name has to be one by itself (Namespaces in XML 1.0 §4)",
  whole:
    "names and XML declarations are read as a whole, so bytes in them that are not UTF-8 are found before other mistakes",
  earlier:
    "saxes sees some mistakes only at the end of a tag or reference, and reports another one that comes before that",
} as const;

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
    const small = all.filter(({ bytes: { length } }) => length < 20_000);
    const counted: Record<string, number> = {};
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 4 }),
        (pick, damages) => {
          const document = small[pick % small.length]!;
          const bytes = damages.reduce(damage, document.bytes);
          const reason = difference(bytes) ?? "same";
          counted[reason] = (counted[reason] ?? 0) + 1;
          if (reason !== "same" && !(reason in REASONS)) {
            throw new Error(`${document.id}: ${reason}\n${Buffer.from(bytes).toString("base64")}`);
          }
        },
      ),
      { numRuns: 3000, seed: 20260101 },
    );
    console.log("equivalence of damaged documents:", counted);
    expect(counted.same).toBeGreaterThan(2500);
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

/** `undefined` when both readers do the same; a key of `REASONS`, or what is different. */
function difference(bytes: Uint8Array): string | undefined {
  const strict = readEvents([bytes]);
  const fast = readEvents([bytes], {}, ByteReader);
  const [strictCode, fastCode] = [code(strict), code(fast)];
  if (strictCode === fastCode && String(comparable(strict)) === String(comparable(fast))) return undefined;
  if (fastCode === "doctype") return "doctype";
  if (fastCode === "encoding" && strictCode === "not-well-formed") {
    return offset(fast) - offset(strict) < LONGEST_PART ? "whole" : "encoding far behind an error";
  }
  if (fastCode !== "not-well-formed") return `saxes ${strictCode}, bytes ${fastCode}`;
  // Stricter, and up to there the same?
  const before = comparable(fast).slice(0, -1);
  if (String(before) !== String(comparable(strict).slice(0, before.length))) return "other events before an error";
  const message = refusal(bytes);
  if (message.includes("whose target is followed by no white space")) return "instruction";
  if (message.includes("misplaced colon")) return "name";
  return strictCode !== "done" && offset(fast) <= offset(strict) ? "earlier" : `saxes ${strictCode}, bytes: ${message}`;
}

function code(events: readonly string[]): string {
  return (events.at(-1) ?? "").replace(/ .*/s, "");
}

function offset(events: readonly string[]): number {
  return Number(/"offset":(\d+)/.exec(events.at(-1) ?? "")?.[1] ?? Number.NaN);
}

/** Without the place of an error, and without text directly before it, which may be given in part. */
function comparable(events: readonly string[]): readonly string[] {
  if (events.at(-1) === "done") return events;
  const before = events.slice(0, -1);
  if (before.at(-1)?.startsWith("text ")) before.pop();
  return [...before, code(events)];
}

function refusal(bytes: Uint8Array): string {
  const silent = { startElement: (): void => {}, endElement: (): void => {}, text: (): void => {} };
  try {
    const reader = new ByteReader(silent);
    reader.push(bytes);
    reader.end();
  } catch (error) {
    if (isXmlError(error)) return error.message;
  }
  return "";
}

function tree(bytes: Uint8Array, reader: "bytes" | "saxes"): XmlElement | undefined {
  try {
    return parseXml(bytes, { reader });
  } catch (error) {
    if (isXmlError(error)) return undefined;
    throw error;
  }
}

/** A name, or an XML declaration. */
const LONGEST_PART = 1100;

/** Random and structure-aware: a byte, a piece dropped, doubled or replaced by markup. */
function damage(bytes: Uint8Array, [where, what, how]: readonly [number, number, number]): Uint8Array {
  const at = where % (bytes.length + 1);
  const length = 1 + (what % 9);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (how % 5) {
    case 0:
      return Uint8Array.of(...before, what & 0xff, ...after.subarray(1));
    case 1:
      return Uint8Array.of(...before, ...after.subarray(length));
    case 2:
      return Uint8Array.of(...before, ...after.subarray(0, length), ...after);
    case 3:
      return Uint8Array.of(...before, ...utf8(MARKUP[what % MARKUP.length]!), ...after);
    default:
      return before;
  }
}

const MARKUP = [
  "<",
  ">",
  "&",
  "&#",
  "&lt;",
  "]]>",
  "<!--",
  "-->",
  "<![CDATA[",
  "<?p ",
  "?>",
  "/>",
  "</",
  '"',
  "'",
  "=",
  " ",
  "\r",
  "\r\n",
  "xmlns:p='u'",
  "p:",
  ":",
  "xmlns=''",
  "<!DOCTYPE",
  "\u0000",
  "\u0085",
  "\ufffe",
  "é",
  "<a>",
  "</a>",
  "]",
  "--",
];
