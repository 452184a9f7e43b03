import type { XmlErrorCode, XmlOptions } from "../src/mod.ts";
import { nested, utf8 } from "./support.ts";

/** A rule, documents that keep or break it, and how reading each of them ends, with either reader. */
export interface ReaderCase {
  readonly rule: string;
  readonly documents: readonly (string | Uint8Array)[];
  readonly options?: XmlOptions;
  readonly end: "done" | XmlErrorCode;
}

/** Everything that a document of NETCONF may have, cut in all the wrong places by splits. */
export const DOCUMENT: string =
  '\uFEFF<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- é --><nc:rpc xmlns:nc="urn:n" xmlns="urn:d" nc:a="1&#10;&lt;" b="é€😀">' +
  "é€😀\r\n<![CDATA[]]]]><![CDATA[>\r\n]]>&amp;&#x20AC;<x xmlns:p='urn:p' p:y=''/><?pi x?><z xmlns=''/>\r]]<ü é=\"\t\r\n\"/></nc:rpc >\n";

export const DOCUMENT_EVENTS: readonly string[] = [
  "start nc:{urn:n}rpc nc:{urn:n}a=1\n< :{}b=é€😀 in nc→urn:n →urn:d",
  "text é€😀\n]]>\n&€",
  "start :{urn:d}x p:{urn:p}y= in nc→urn:n p→urn:p →urn:d",
  "end",
  "start :{}z in nc→urn:n →",
  "end",
  "text \n]]",
  "start :{urn:d}ü :{}é=   in nc→urn:n →urn:d",
  "end",
  "end",
  "done",
];

const declared = (encodings: readonly string[]): readonly string[] =>
  encodings.map((name) => `<?xml version="1.0" encoding="${name}"?><a/>`);
const OTHER_ENCODINGS = declared(["ISO-8859-1", "UTF-16", "windows-1252", "EBCDIC-CP-US", "UTF-7"]);
const DOCTYPES = [
  "<!DOCTYPE a>",
  '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
  '<!DOCTYPE a [<!ENTITY x "y">]>',
  "<!DOCTYPE a []>",
];
const BAD_REFERENCES = [
  ...["&nbsp;", "&LT;", "&#0;", "&#x1;", "&#xD800;", "&#xFFFE;", "&#x110000;", "&#99999999999999999999;"],
  ...["&constructor;", "&__proto__;", "&;", "&#;", "&#x;", "&#X41;", "& ", "&lt"],
];
const NOT_UTF8 = [[0xe9], [0xc0, 0xbc], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff], [0x80]].map((bad) =>
  Uint8Array.of(...utf8("<a>"), ...bad, ...utf8("</a>")),
);
const attributes = (count: number): string => Array.from({ length: count }, (_, i) => ` a${i}=""`).join("");

export const readerCases: readonly ReaderCase[] = [
  {
    rule: "XML 1.0 §2.1: a document that is not finished is none",
    documents: ["", " ", "<", "<a", "<a>", "<a>x", "<a/", "<a/><!--", '<?xml version="1.0"?>', "<a>&am"],
    end: "not-well-formed",
  },
  {
    rule: "XML 1.0 §4.3.3: one that ends inside a character is not UTF-8",
    documents: [Uint8Array.of(...utf8("<a/>"), 0xe2, 0x82)],
    end: "encoding",
  },
  {
    rule: "RFC 6241 §3 forbids document type declarations",
    documents: DOCTYPES.flatMap((doctype) => [`${doctype}<a>&x;</a>`, `<?xml version="1.0"?><!-- --> ${doctype}<a/>`]),
    end: "doctype",
  },
  {
    rule: "RFC 6241 §3 forbids document type declarations, where XML does so too",
    documents: DOCTYPES.map((doctype) => `<a>${doctype}</a>`),
    end: "not-well-formed",
  },
  {
    rule: "XML 1.0 §4.1, §4.6: the five predefined entities and characters by number are known",
    documents: ["<a b='&lt;&gt;&amp;&quot;&apos;'>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;</a>"],
    end: "done",
  },
  {
    rule: "XML 1.0 §4.1, §4.6: no other references are known, and none to what is no character",
    documents: BAD_REFERENCES.flatMap((reference) => [`<a>${reference}</a>`, `<a b="${reference}"/>`]),
    end: "not-well-formed",
  },
  {
    rule: "RFC 6241 §3 demands UTF-8, of which ASCII is a part",
    documents: declared(["UTF-8", "utf-8", "UTF8", "US-ASCII", "ANSI_X3.4-1968"]),
    end: "done",
  },
  { rule: "RFC 6241 §3 demands UTF-8: others are refused", documents: OTHER_ENCODINGS, end: "encoding" },
  {
    rule: "RFC 6241 §3: what is declared does not matter with otherEncoding",
    documents: OTHER_ENCODINGS,
    options: { otherEncoding: "ignore" },
    end: "done",
  },
  { rule: "RFC 6241 §3: bytes have to be UTF-8", documents: NOT_UTF8, end: "encoding" },
  {
    rule: "RFC 6241 §3: bytes have to be UTF-8, also with otherEncoding",
    documents: NOT_UTF8,
    options: { otherEncoding: "ignore" },
    end: "encoding",
  },
  {
    rule: "XML 1.0 §2.8: another version is refused, and its rules never apply",
    documents: ["1.1", "1.2", "1.00"].map((version) => `<?xml version="${version}"?><a>&#1;</a>`),
    end: "xml-version",
  },
  { rule: "XML 1.0 §4.3.3 allows one byte order mark at the very beginning", documents: ["\uFEFF<a/>"], end: "done" },
  {
    rule: "XML 1.0 §4.3.3: a byte order mark is nothing elsewhere",
    documents: ["\uFEFF\uFEFF<a/>", " \uFEFF<a/>"],
    end: "not-well-formed",
  },
  ...atLimit("maxDepth", 3, [nested(3)], [nested(4)], "limit-depth"),
  ...atLimit("maxDepth", undefined, [nested(256)], [nested(257), "<a>".repeat(100_000)], "limit-depth"),
  ...atLimit(
    "maxElements",
    3,
    ["<a><b/><b/></a>"],
    ["<a><b/><b/><b/></a>", "<a><b></b><b></b><b></b></a>"],
    "limit-elements",
  ),
  ...atLimit(
    "maxAttributes",
    3,
    ["<a b='' xmlns='u' xmlns:p='v'><a/><a c=''/></a>"],
    ["<a b='' xmlns='u' xmlns:p='v' c=''/>"],
    "limit-attributes",
  ),
  ...atLimit(
    "maxAttributes",
    undefined,
    [`<a${attributes(1024)}/>`],
    [`<a${attributes(1024)} b=""/>`],
    "limit-attributes",
  ),
  ...atLimit("maxNameLength", 3, ["<abc><d efg=''/></abc>"], ["<abcd/>", "<a bcde=''/>"], "limit-name-length"),
  ...atLimit("maxNameLength", undefined, [`<${"n".repeat(1024)}/>`], [`<${"n".repeat(1025)}/>`], "limit-name-length"),
  ...atLimit("maxAttributeLength", 3, ["<a b='123'/>"], ["<a b='1234'/>"], "limit-attribute-length"),
  ...atLimit(
    "maxAttributeLength",
    undefined,
    [`<a b='${"x".repeat(1 << 20)}'/>`],
    [`<a b='${"x".repeat((1 << 20) + 1)}'/>`],
    "limit-attribute-length",
  ),
  ...["12345678", "&#65;123", "<!---->1", "123<?a?>", "12\n45678"].flatMap((text) =>
    atLimit("maxTextLength", 8, [`<a>${text}<b/>${text}</a>`], [`<a>${text}9</a>`], "limit-text-length"),
  ),
  ...atLimit(
    "maxTextLength",
    20,
    ["<a><![CDATA[12345678]]></a>"],
    ["<a><![CDATA[123456789]]></a>"],
    "limit-text-length",
  ),
  ...atLimit("maxBytes", 10, ["<a>€</a>"], ["<a>€</a> "], "limit-bytes"),
];

/** As much passes, one more does not. Without a limit the default is meant. */
function atLimit(
  name:
    | "maxDepth"
    | "maxElements"
    | "maxAttributes"
    | "maxNameLength"
    | "maxAttributeLength"
    | "maxTextLength"
    | "maxBytes",
  limit: number | undefined,
  good: readonly string[],
  bad: readonly string[],
  end: XmlErrorCode,
): readonly ReaderCase[] {
  const options = limit === undefined ? {} : { [name]: limit };
  const rule = `${name}, ${limit ?? "the default"}`;
  return [
    { rule: `${rule}: as much passes`, documents: good, options, end: "done" },
    { rule: `${rule}: one more does not`, documents: bad, options, end },
  ];
}
