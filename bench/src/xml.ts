import { ByteReader } from "@netconf-kit/xml";
import { parseXmlBySaxes } from "@netconf-kit/xml/saxes";
import type { BenchGroup } from "./harness.ts";
import { interfacesDocument, okReplies, textDocument } from "./xml-documents.ts";
import { printMemory } from "./xml-memory.ts";
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
  await printMemory(interfaces);
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
    baseline: { ...objectTree("parseXml by saxes", document), run: () => void parseXmlBySaxes(document) },
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
