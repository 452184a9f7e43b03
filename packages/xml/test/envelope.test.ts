import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../test/support/corpus.ts";
import { EnvelopeScanner, isXmlError, parseXml, type XmlElement } from "../src/mod.ts";
import { corpusDocuments } from "./corpus-documents.ts";
import { expectedEnvelope, foundEnvelope } from "./expected-envelope.ts";
import { utf8 } from "./support.ts";

const BASE = "urn:ietf:params:xml:ns:netconf:base:1.0";
const folder = corpus();
const all = folder === undefined ? [] : corpusDocuments(folder);
const envelope = new EnvelopeScanner();

function scan(message: string | Uint8Array): object {
  envelope.scan(typeof message === "string" ? utf8(message) : message);
  return foundEnvelope(envelope);
}

/** Wrapped in an element that declares everything, the body has to read as the content of the root. */
function body(message: Uint8Array): string {
  return new TextDecoder().decode(message.subarray(envelope.bodyStart, envelope.bodyEnd));
}

describe("EnvelopeScanner", () => {
  it("tells root, namespace, message-id and outcome", () => {
    expect(scan(`<rpc-reply xmlns="${BASE}" message-id="7"><ok/></rpc-reply>`)).toEqual({
      root: "rpc-reply",
      namespace: BASE,
      messageId: "7",
      outcome: "ok",
    });
    expect(envelope.messageNumber).toBe(7);
    for (const [content, outcome] of [
      ["<data/>", "data"],
      ["<data><a xmlns='urn:a'/></data>", "data"],
      ["<rpc-error><error-type>rpc</error-type></rpc-error>", "rpc-error"],
      ["<data><a xmlns='urn:a'><rpc-error/></a></data>", "data"],
      ["<data/><rpc-error/>", "rpc-error"],
      ["<rpc-error><error-severity>warning</error-severity></rpc-error><ok/>", "rpc-error"],
      ["<!-- <rpc-error/> --><ok/>", "ok"],
      ["<ok></ok>", "ok"],
      ["<ok xmlns='urn:x'/>", "other"],
      ["<x:ok xmlns:x='urn:ietf:params:xml:ns:netconf:base:1.0'/>", "ok"],
      ["<x:rpc-error xmlns:x='urn:ietf:params:xml:ns:netconf:base:1.0'/>", "rpc-error"],
      ["<x:rpc-error xmlns:x='urn:x'/>", "other"],
      ["<okay/>", "other"],
      ["<a xmlns='urn:a'/><ok/>", "other"],
      ["", "other"],
      [" text ", "other"],
    ] as const) {
      for (const [before, after] of [
        ["", ""],
        ['<?xml version="1.0" encoding="UTF-8"?>\n', "\n"],
        ["<!-- c -->", "<?p?>"],
      ] as const) {
        const message = `${before}<rpc-reply message-id="1" xmlns="${BASE}">${content}</rpc-reply>${after}`;
        expect(scan(message)).toEqual({ root: "rpc-reply", namespace: BASE, messageId: "1", outcome });
        expect(scan(message)).toEqual(expectedEnvelope(parseXml(message)));
        expect(body(utf8(message))).toBe(content);
      }
    }
  });

  it("reads the message-id with references, with a prefix around it, and says when it is no number", () => {
    for (const [written, id, number] of [
      ["101", "101", 101],
      ["0", "0", 0],
      ["01", "01", -1],
      ["", "", -1],
      ["a", "a", -1],
      ["&#49;2", "12", 12],
      ["999999999", "999999999", 999_999_999],
      ["1000000000", "1000000000", -1],
      [" 1", " 1", -1],
      ["-1", "-1", -1],
      ["é", "é", -1],
    ] as const) {
      scan(`<rpc-reply xmlns="${BASE}" message-id="${written}"><ok/></rpc-reply>`);
      expect([envelope.messageId, envelope.messageNumber]).toEqual([id, number]);
    }
    scan(`<n:rpc-reply xmlns:n="${BASE}" n:message-id="1" message-id='2'><n:ok/></n:rpc-reply>`);
    expect([envelope.messageId, envelope.outcome]).toEqual(["2", "ok"]);
    scan(`<rpc-reply xmlns="${BASE}"><ok/></rpc-reply>`);
    expect([envelope.messageId, envelope.messageNumber]).toEqual([undefined, -1]);
  });

  it("refuses what is malformed in the root tag or an ok reply, as the reader does", () => {
    for (const bad of [
      `<rpc-reply message-id="1" message-id="1"><ok/></rpc-reply>`,
      `<rpc-reply xmlns="" xmlns=""><ok/></rpc-reply>`,
      `<rpc-reply xmlns:p=""><ok/></rpc-reply>`,
      `<rpc-reply xmlns:xmlns="u"><ok/></rpc-reply>`,
      `<rpc-reply xmlns="http://www.w3.org/2000/xmlns/"><ok/></rpc-reply>`,
      `<rpc-reply message-id="<"><ok/></rpc-reply>`,
      `<rpc-reply message-id="1"xmlns="u"><ok/></rpc-reply>`,
      `<rpc-reply message-id=1><ok/></rpc-reply>`,
      `<rpc-reply><ok/></rpc-reply><a/>`,
      `<rpc-reply><ok/>&bad;</rpc-reply>`,
      `<rpc-reply><ok/></rpc-replx>`,
      `<rpc-reply><ok/>`,
      ` <?xml version="1.0" encoding="UTF-8"?><rpc-reply><ok/></rpc-reply>`,
      `<!DOCTYPE a><rpc-reply><ok/></rpc-reply>`,
      "",
    ]) {
      expect(() => scan(bad)).toThrow(/cannot read a document/);
    }
  });

  it.runIf(folder)("agrees with the tree on every well-formed document of the corpus", () => {
    let compared = 0;
    for (const { id, bytes } of all) {
      const root = tree(bytes);
      if (root === undefined) continue;
      compared += 1;
      expect({ id, ...scan(bytes) }).toEqual({ id, ...expectedEnvelope(root) });
    }
    console.log(`envelope: ${compared} documents agree with their trees`);
    expect(compared).toBeGreaterThan(1300);
  });

  it.runIf(folder)(
    "agrees with the tree, or throws a peer error, on damaged messages that are still well-formed",
    () => {
      const messages = all.filter(({ kind, bytes: { length } }) => kind === "netconf-message" && length < 5000);
      const pieces = [
        "<ok/>",
        "<data>",
        "</data>",
        "<rpc-error/>",
        "<!-- ",
        " -->",
        ' xmlns="u"',
        ' message-id="9"',
        " ",
        "rpc-error",
        "<data/>",
        "<a/>",
        "&amp;",
        "<nc:ok/>",
      ];
      fc.assert(
        fc.property(fc.nat(), fc.nat(), fc.constantFrom(...pieces), fc.nat({ max: 6 }), (pick, where, piece, drop) => {
          const { bytes } = messages[pick % messages.length]!;
          const at = where % bytes.length;
          const damaged = Uint8Array.of(...bytes.subarray(0, at), ...utf8(piece), ...bytes.subarray(at + drop));
          const root = tree(damaged);
          let found: object | undefined;
          try {
            found = scan(damaged);
          } catch (error) {
            if (!isXmlError(error) || error.fault !== "peer") throw error;
          }
          if (root !== undefined) expect(found).toEqual(expectedEnvelope(root));
        }),
        { numRuns: 5000 },
      );
    },
  );
});

function tree(bytes: Uint8Array): XmlElement | undefined {
  try {
    return parseXml(bytes);
  } catch (error) {
    if (isXmlError(error)) return undefined;
    throw error;
  }
}
