import type { FuzzTarget } from "../../../test/fuzz/fuzz-target.ts";
import { joined, type Random, readsOf, utf8Tokens } from "../../../test/fuzz/mutations.ts";
import {
  ByteReader,
  ByteScanner,
  type CompactElement,
  DONE,
  EnvelopeScanner,
  elementsEqual,
  isXmlError,
  MORE,
  parseCompact,
  parseXml,
  START,
  serializeXml,
  TEXT,
  type XmlElement,
} from "../src/mod.ts";
import { parseXmlBySaxes } from "../src/saxes.ts";
import { corpusDocuments } from "./corpus-documents.ts";
import { expectedEnvelope, foundEnvelope } from "./expected-envelope.ts";
import { codeOf, comparable, difference, REASONS } from "./reader-difference.ts";
import { readEvents, utf8 } from "./support.ts";

const BASE = "urn:ietf:params:xml:ns:netconf:base:1.0";

const tokens = [
  ...utf8Tokens(
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
  ),
  ...utf8Tokens(" ", "\r", "\r\n", " xmlns:p='u'", "p:", ":", " xmlns=''", "<!DOCTYPE", "\u0000", "\u0085", "\ufffe"),
  ...utf8Tokens("é", "😀", "<a>", "</a>", "]", "--", "<ok/>", "&#x1F600;", "<rpc-error/>", "<data>", ' message-id="7"'),
  ...utf8Tokens("\uFEFF", "<?xml version='1.0'?>", ` xmlns="${BASE}"`, "__proto__", "xmlns", "xml:"),
];

const builtIn = [
  `<rpc-reply xmlns="${BASE}" message-id="1"><ok/></rpc-reply>`,
  `<?xml version="1.0" encoding="UTF-8"?>\n<rpc-reply xmlns="${BASE}" message-id="101"><data><a xmlns="urn:a"><b>1</b></a></data></rpc-reply>\n`,
  `<nc:rpc-reply xmlns:nc="${BASE}" nc:x="" message-id="&#49;"><!-- c --><nc:rpc-error><nc:error-type>rpc</nc:error-type></nc:rpc-error></nc:rpc-reply>`,
  `<hello xmlns="${BASE}"><capabilities><capability>${BASE}</capability></capabilities><session-id>4</session-id></hello>`,
  '<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns:p="urn:p" p:b="1&#10;" c=\'é\'>x<![CDATA[]]]]><![CDATA[>]]>&amp;<!-- c --><?p i?><p:d/>\r\n</a>',
].map(utf8);

/** The readers agree with themselves for any reads and with each other, and what is built on them with the tree of `parseXml()`. */
export const xmlTargets: readonly FuzzTarget[] = [
  target("xml-saxes", (input, split) => {
    const whole = readEvents([input]);
    const parts = readEvents(readsOf(input, split));
    if (String(comparable(parts)) !== String(comparable(whole))) throw new Error(`reads give "${parts.at(-1)}"`);
    return ended(whole);
  }),
  target("xml-bytes", (input, split) => {
    const whole = readEvents([input], {}, ByteReader);
    const parts = readEvents(readsOf(input, split), {}, ByteReader);
    if (String(withoutLastText(parts)) !== String(withoutLastText(whole))) {
      throw new Error(`reads give "${parts.at(-1)}", one read "${whole.at(-1)}"`);
    }
    const reason = difference(input);
    if (reason !== undefined && !(reason in REASONS)) throw new Error(reason);
    return ended(whole);
  }),
  target("xml-scanner", (input, split) => {
    const whole = scanned([input]);
    const parts = scanned(readsOf(input, split));
    if (String(withoutLastText(parts)) !== String(withoutLastText(whole))) {
      throw new Error(`reads give "${parts.at(-1)}", one read "${whole.at(-1)}"`);
    }
    return ended(whole);
  }),
  target("xml-envelope", (input) => {
    const envelope = new EnvelopeScanner();
    const root = attempt(() => parseXml(input));
    const scan = attempt(() => envelope.scan(input));
    if (typeof root === "string") {
      const vouched = envelope.checked || envelope.outcome === "ok";
      if (typeof scan !== "string" && vouched) throw new Error(`a message that is ${root} was called sound`);
      return root;
    }
    if (typeof scan === "string") throw new Error(`"${scan}" for a message that is sound`);
    const [found, expected] = [foundEnvelope(envelope), expectedEnvelope(root.value)].map((each) =>
      JSON.stringify(each),
    );
    if (found !== expected) throw new Error(`found ${found}, expected ${expected}`);
    return envelope.outcome;
  }),
  target("xml-compact", (input) => {
    const compact = attempt(() => parseCompact(input));
    const tree = attempt(() => parseXml(input));
    if (typeof compact === "string" || typeof tree === "string") {
      if (compact !== tree) throw new Error(`the compact tree says ${String(compact)}, the tree ${String(tree)}`);
      return compact;
    }
    compareTrees(compact.value, tree.value);
    return "done";
  }),
  {
    name: "xml-select",
    tokens: utf8Tokens("/", "[", "]", "='", "'", '"', "@", "*", ":", ".", "1", "a", "p:", " ", "9999999999"),
    inputs: () => ["/a/b[2]", "a/p:b[c='1']/*", "/p:*[@d=\"x\"][.='y']"].map(utf8),
    decode: (input) => {
      const root = parseCompact(utf8("<a xmlns:p='u'><b><c>1</c></b><p:b d='x'>y</p:b></a>"));
      try {
        root.select(new TextDecoder().decode(input), { namespaces: { p: "u" } });
        return "found";
      } catch (error) {
        if (isXmlError(error) && error.code === "bad-path") return error.code;
        throw error;
      }
    },
  },
];

function target(name: string, decode: FuzzTarget["decode"]): FuzzTarget {
  return {
    name,
    tokens,
    own: swapTag,
    inputs: (corpus) => [
      ...builtIn,
      ...(corpus === undefined ? [] : corpusDocuments(corpus).map(({ bytes }) => bytes)).filter(
        ({ length }) => length > 0 && length < 30_000,
      ),
    ],
    decode,
  };
}

/** Takes a tag out, or turns a start tag into an empty one. */
function swapTag(bytes: Uint8Array, random: Random): Uint8Array {
  const end = bytes.lastIndexOf(0x3e, random() % (bytes.length + 1));
  const start = bytes.lastIndexOf(0x3c, end);
  if (end < 0 || start < 0) return bytes;
  return end - start > 8
    ? joined(bytes.subarray(0, start), bytes.subarray(end + 1))
    : joined(bytes.subarray(0, end), Uint8Array.of(0x2f), bytes.subarray(end));
}

/** The last event without its place; only the peer may be at fault. */
function ended(events: readonly string[]): string {
  const last = events.at(-1) ?? "";
  if (last !== "done" && !/^[a-z0-9-]+ peer /.test(last)) throw new Error(`the end is "${last}"`);
  return codeOf(events);
}

/** Text directly before an error may be given in part. */
function withoutLastText(events: readonly string[]): readonly string[] {
  return events.at(-1) !== "done" && events.at(-2)?.startsWith("text ") ? events.toSpliced(-2, 1) : events;
}

/** What `action` gives, or the code of its error of the peer. Any other error goes on. */
function attempt<T>(action: () => T): { readonly value: T } | string {
  try {
    return { value: action() };
  } catch (error) {
    if (!isXmlError(error) || error.fault !== "peer") throw error;
    return error.code;
  }
}

/** The tokens of a document as text; what has been read is overwritten once the scanner wants more. */
function scanned(reads: Iterable<Uint8Array>): readonly string[] {
  const events: string[] = [];
  const scanner = new ByteScanner();
  let text = "";
  const readAll = (): boolean => {
    for (;;) {
      const token = scanner.next();
      if (token === TEXT) {
        const { textStart, textEnd, bytes } = scanner;
        if (textStart > textEnd || textEnd > bytes.length) throw new Error(`text from ${textStart} to ${textEnd}`);
        text += scanner.text();
        continue;
      }
      if (text !== "" && token !== MORE) {
        events.push(`text ${text}`);
        text = "";
      }
      if (token === MORE || token === DONE) return token === DONE;
      events.push(describeToken(scanner, token === START));
    }
  };
  const outcome = attempt(() => {
    for (const read of reads) {
      const own = read.slice();
      scanner.push(own);
      readAll();
      own.fill(0x3c);
    }
    scanner.end();
    if (!readAll()) throw new Error("the scanner wants more after the end");
  });
  return [...events, typeof outcome === "string" ? `${outcome} peer ` : "done"];
}

function describeToken(scanner: ByteScanner, start: boolean): string {
  const { name, depth, offset, offsetAfter } = scanner;
  if (offsetAfter <= offset) {
    // An empty element has one tag, and two tokens.
    if (start || offsetAfter < offset) throw new Error(`a tag from ${offset} to ${offsetAfter}`);
  }
  if (!start) return `end ${name.text} ${depth} ${offset}`;
  const attributes = Array.from({ length: scanner.attributeCount }, (_, i) => {
    if (scanner.attributeStart(i) > scanner.attributeEnd(i)) throw new Error("an attribute that ends before it begins");
    return `${scanner.attributeName(i).text}=${scanner.attributeValue(i)}`;
  });
  return `start {${scanner.namespace}}${name.text} ${attributes.join(" ")} ${depth} ${offset}`;
}

function compareTrees(compact: CompactElement, tree: XmlElement): void {
  const made = compact.toElement();
  if (!elementsEqual(made, tree)) throw new Error("the compact tree gives another tree");
  const written = serializeXml(tree);
  if (serializeXml(made) !== written) throw new Error("the compact tree is written otherwise");
  if (!elementsEqual(parseXmlBySaxes(written), tree)) throw new Error("it is not read back");
  if (written.includes("]]>]]>")) throw new Error("the delimiter is written");
  compact.toPlain();
}
