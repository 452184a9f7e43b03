import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ByteReader, parseCompact, parseXml } from "@netconf-kit/xml";
import { DOMParser } from "@xmldom/xmldom";
import { XMLParser } from "fast-xml-parser";
import { parse as parseTxml } from "txml/txml";
import type { BenchGroup } from "./harness.ts";
import { interfacesDocument, okReplies, textDocument } from "./xml-documents.ts";
import { npmTrees, saxEvents, saxesEvents, saxesMatch } from "./xml-npm.ts";
import { OtherParsers } from "./xml-others.ts";
import { compactTree, events, matchEnvelopes, matchTrees, objectTree, strings, tokens } from "./xml-ours.ts";

const TOKENS = "tokens with namespaces, text stays bytes";
const STRINGS = "tokens, every text and attribute a string";
const EVENTS = "ByteReader, the events of SaxesReader";
const COMPACT = "compact tree";
const OBJECTS = "parseXml, an object a node";
const ENVELOPE = "envelope scan";
const MEBIBYTE = 1 << 20;

/** Events, trees and memory of 10 MiB of ietf-interfaces and of text; then 100 000 small replies. */
export async function xmlGroups(): Promise<readonly BenchGroup[]> {
  const others = await OtherParsers.start();
  const interfaces = interfacesDocument();
  const replies = okReplies(100_000);
  printMemory(interfaces);
  return [
    eventsGroup("10 MiB of ietf-interfaces", "interfaces.xml", interfaces, others),
    eventsGroup("10 MiB of text", "text.xml", textDocument(), others),
    treesGroup(interfaces, others),
    {
      name: "xml: 100 000 ok replies matched to their requests",
      unit: "msg",
      baseline: saxesMatch("saxes", replies),
      cases: [
        matchEnvelopes(ENVELOPE, replies),
        matchTrees(OBJECTS, replies),
        ...(["libxml2", "lxml", "pyexpat"] as const).flatMap((parser) =>
          others.cases(parser, "replies", others.keep("replies", replies, "\n"), [ENVELOPE]),
        ),
      ],
      skipped: others.missing,
      dispose: () => others.stop(),
    },
  ];
}

function eventsGroup(what: string, file: string, document: Uint8Array, others: OtherParsers): BenchGroup {
  const path = others.keep(file, [document], "");
  return {
    name: `xml: events of ${what}`,
    unit: "B",
    baseline: saxesEvents("saxes, namespaces, all events", document),
    cases: [
      tokens(TOKENS, document),
      strings(STRINGS, document),
      events(EVENTS, ByteReader, document),
      saxEvents(document, [STRINGS]),
      ...others.cases("libxml2", "events", path, [TOKENS, STRINGS]),
      ...others.cases("pyexpat", "events", path, [TOKENS]),
    ],
    rounds: 11,
    skipped: others.missing,
  };
}

function treesGroup(document: Uint8Array, others: OtherParsers): BenchGroup {
  const path = others.keep("interfaces.xml", [document], "");
  return {
    name: "xml: tree of 10 MiB of ietf-interfaces",
    unit: "B",
    baseline: { ...objectTree("parseXml by saxes", document), run: () => void parseXml(document, { reader: "saxes" }) },
    cases: [
      compactTree(COMPACT, document),
      objectTree(OBJECTS, document),
      ...npmTrees(document, shorter(document), [COMPACT]),
      ...others.cases("lxml", "tree", path, [COMPACT, OBJECTS]),
      ...others.cases("libxml2", "tree", path, [COMPACT]),
    ],
    skipped: others.missing,
  };
}

/** The same document with fewer entries, for parsers that need seconds for a megabyte. */
function shorter(document: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(document.subarray(0, MEBIBYTE));
  const entries = text.slice(0, text.lastIndexOf("   <interface>"));
  return new TextEncoder().encode(`${entries}  </interfaces>\n </data>\n</rpc-reply>\n`);
}

/** What trees take, document included: what is still reachable after a collection, compared with before. */
function printMemory(document: Uint8Array): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") return;
  const text = (): string => new TextDecoder().decode(document);
  const takes: readonly (readonly [string, () => unknown])[] = [
    [COMPACT, () => parseCompact(new Uint8Array(document))],
    [OBJECTS, () => [new Uint8Array(document), parseXml(document)]],
    ["fast-xml-parser", () => [text(), new XMLParser({ ignoreAttributes: false }).parse(text())]],
    ["txml", () => parseTxml(text())],
    ["@xmldom/xmldom", () => new DOMParser().parseFromString(text(), "text/xml")],
  ];
  console.log("xml: memory of a tree and its document, per byte of the document");
  for (const [name, make] of takes) {
    const taken = memoryOf(make, () => {
      // Twice: what buffers held is given back by the collection after the one that finds them.
      collect();
      collect();
    });
    const perByte = (taken / document.length).toFixed(2).padStart(6);
    console.log(`  ${name.padEnd(28)} ${perByte}  ${(taken / MEBIBYTE).toFixed(0).padStart(5)} MiB`);
  }
  console.log("");
}

/** A function of its own: what it kept must be out of reach before the next one. */
function memoryOf(make: () => unknown, collect: () => void): number {
  make();
  collect();
  const before = used();
  const kept = make();
  collect();
  const taken = used() - before;
  if (kept === undefined) throw new Error("nothing was kept");
  return taken;
}

function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
