import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { childElements, elementsEqual, isXmlError } from "@netconf-kit/xml";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "../../../test/support/corpus.ts";
import { withoutLeadingBlanks } from "../src/messages/read-message.ts";
import { ReceivedReply } from "../src/messages/received-reply.ts";
import { type ClientEvent, ClientMachine, Dialect, get, messageKind, parseReply, readMessage } from "../src/mod.ts";
import { ReplyEnvelopes } from "../src/session/reply-envelopes.ts";
import { BASE, chunked, EOM, helloText } from "./support/raw-peer.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An open client that waits for replies 1 and 2. */
function waiting(version: "1.0" | "1.1" = "1.1", strictness: "strict" | "lenient" = "strict"): ClientMachine {
  const client = new ClientMachine({
    capabilities: [`urn:ietf:params:netconf:base:${version}`],
    strictness,
    now: 0,
    helloTimeout: 1000,
  });
  client.receive(encode(helloText([version], 4) + EOM));
  client.nextEvent();
  client.request(get().element);
  client.request(get().element);
  return client;
}

function replies(client: ClientMachine): (ClientEvent & { kind: "reply" })[] {
  const all: (ClientEvent & { kind: "reply" })[] = [];
  for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
    if (event.kind === "reply") all.push(event);
  }
  return all;
}

const data = `<data><top xmlns="urn:x"><a>1</a></top></data>`;

/** The same reply to request 1, as it may be written. */
const variants: readonly (readonly [what: string, text: string])[] = [
  ["plain", `<rpc-reply xmlns="${BASE}" message-id="1">${data}</rpc-reply>`],
  ["single quotes", `<rpc-reply xmlns='${BASE}' message-id='1'>${data}</rpc-reply>`],
  ["the message-id first", `<rpc-reply message-id="1" xmlns="${BASE}">${data}</rpc-reply>`],
  [
    "a prefix",
    `<nc:rpc-reply xmlns:nc="${BASE}" message-id="1"><nc:data><top xmlns="urn:x"><a>1</a></top></nc:data></nc:rpc-reply>`,
  ],
  ["more attributes", `<rpc-reply xmlns="${BASE}" xmlns:x="urn:x" x:a="b" user="c" message-id="1">${data}</rpc-reply>`],
  [
    "two prefixes declared",
    `<rpc-reply xmlns="${BASE}" xmlns:x="urn:x" xmlns:y="urn:y" message-id="1">${data}</rpc-reply>`,
  ],
  [
    "white space everywhere",
    `\r\n <rpc-reply\n\txmlns = "${BASE}"\r\n message-id = "1" >\n  ${data}\n</rpc-reply \n>\n\n`,
  ],
  [
    "a declaration",
    `<?xml version="1.0" encoding="UTF-8"?>\n<rpc-reply xmlns="${BASE}" message-id="1">${data}</rpc-reply>`,
  ],
  [
    "line breaks before a declaration",
    `\n\n<?xml version="1.0" encoding="UTF-8"?><rpc-reply xmlns="${BASE}" message-id="1">${data}</rpc-reply>`,
  ],
  [
    "comments",
    `<!-- a --><rpc-reply xmlns="${BASE}" message-id="1"><!-- rpc-error -->${data}<!-- c --></rpc-reply><!-- d -->`,
  ],
  ["instructions", `<?a b?><rpc-reply xmlns="${BASE}" message-id="1"><?c?>${data}</rpc-reply><?d?>`],
  ["a decimal reference in the message-id", `<rpc-reply xmlns="${BASE}" message-id="&#49;">${data}</rpc-reply>`],
  ["a hexadecimal reference in the message-id", `<rpc-reply xmlns="${BASE}" message-id="&#x31;">${data}</rpc-reply>`],
  [
    "a text of rpc-error",
    `<rpc-reply xmlns="${BASE}" message-id="1">${data.replace("1</a>", "1</a><b>rpc-error</b>")}</rpc-reply>`,
  ],
];

describe("replies matched by their envelopes", () => {
  for (const [what, text] of variants) {
    it(`RFC 6241 §4.2: ${what}, at every split, in both framings`, () => {
      for (const version of ["1.0", "1.1"] as const) {
        const bytes = encode(version === "1.1" ? chunked(text) : text + EOM);
        for (let split = 1; split < bytes.length; split++) {
          const client = waiting(version);
          client.receive(bytes.subarray(0, split));
          client.receive(bytes.subarray(split));
          const [found, another] = replies(client);
          expect(another).toBeUndefined();
          expect(found).toMatchObject({ messageId: "1", reply: { errors: [], warnings: [] } });
          expect(found?.reply.compact().child("top", "urn:x")?.child("a", "urn:x")?.text).toBe("1");
          expect(found?.reply.tree()).toMatchObject({ name: "data", children: [{ name: "top" }] });
        }
      }
    });
  }

  for (const id of ["01", " 1", "1 ", "1.0", "+1", "3", "9007199254740993", "&#50;&#49;", ""]) {
    it(`RFC 6241 §4.2: takes message-id ${JSON.stringify(id)} for none of ours`, () => {
      const text = `<rpc-reply xmlns="${BASE}" message-id="${id}">${data}</rpc-reply>`;
      expect(() => waiting().receive(encode(chunked(text)))).toThrowError(
        expect.objectContaining({ code: "unknown-message-id", fault: "peer" }),
      );
    });
  }

  it("keeps a reply although the bytes it came in are used again", () => {
    const client = waiting();
    const bytes = encode(chunked(variants[0]?.[1] ?? ""));
    for (let at = 0; at < bytes.length; at++) client.receive(bytes.slice(at, at + 1));
    const input = encode(
      chunked(`<rpc-reply xmlns="${BASE}" message-id="2"><data>${"x".repeat(200)}</data></rpc-reply>`),
    );
    client.receive(input);
    input.fill(0x20);
    const [first, second] = replies(client);
    expect(first?.reply.toPlain()).toEqual({ top: { a: "1" } });
    expect(second?.reply.toPlain()).toBe("x".repeat(200));
  });

  it("writes a reply that says nothing but ok anew", () => {
    const client = waiting();
    client.receive(encode(chunked(`<rpc-reply  message-id='2' xmlns="${BASE}">\n<ok/></rpc-reply>`)));
    const [found] = replies(client);
    expect(found?.reply.outcome).toBe("ok");
    expect(found?.reply.content.map(({ name }) => name)).toEqual(["ok"]);
    expect(new TextDecoder().decode(found?.reply.bytes)).toBe(
      `<rpc-reply xmlns="${BASE}" message-id="2"><ok/></rpc-reply>`,
    );
  });

  it("RFC 6241 §4.3: finds an rpc-error at any depth outside data, whatever its prefix", () => {
    const error = (prefix: string): string =>
      `<${prefix}rpc-error xmlns${prefix === "" ? "" : ":n"}="${BASE}"><${prefix}error-tag>in-use</${prefix}error-tag></${prefix}rpc-error>`;
    for (const inside of [
      error(""),
      error("n:"),
      `<data/>${error("n:")}`,
      `<ok/>${error("")}`,
      `<commit-results xmlns="urn:j">${error("n:")}</commit-results>`,
      `<data/><x-results><y>${error("")}</y></x-results>`,
    ]) {
      const client = waiting();
      client.receive(encode(chunked(`<rpc-reply xmlns="${BASE}" message-id="1">${inside}</rpc-reply>`)));
      expect(replies(client)[0]?.reply.errors, inside).toMatchObject([{ tag: "in-use" }]);
    }
  });

  it("lenient: forgives what it forgave before, and notes it", () => {
    for (const [text, deviation] of [
      [`<rpc-reply message-id="1"><data/></rpc-reply>`, "missing-namespace"],
      [`<nc:rpc-reply xmlns:nc="${BASE}" nc:message-id="1"><nc:data/></nc:rpc-reply>`, "prefixed-message-id"],
      [`<rpc-reply xmlns="${BASE}"><data/></rpc-reply>`, "missing-message-id"],
    ] as const) {
      const client = waiting("1.1", "lenient");
      client.receive(encode(chunked(text)));
      expect(replies(client)[0]?.messageId).toBe("1");
      expect([...client.deviations]).toEqual([deviation]);
    }
    const latin = waiting("1.1", "lenient");
    latin.receive(encode(chunked(`<?xml version="1.0" encoding="ISO-8859-1"?>${variants[0]?.[1]}`)));
    expect(replies(latin)[0]?.reply.toPlain()).toEqual({ top: { a: "1" } });
  });

  it("reads any damaged reply as the tree does: the same error sooner or later, never another throw", () => {
    const whole = variants.map(([, text]) => encode(text));
    fc.assert(
      fc.property(
        fc.constantFrom(...whole),
        fc.nat(),
        fc.uint8Array({ maxLength: 3 }),
        fc.nat(4),
        (bytes, place, inserted, removed) => {
          const at = place % bytes.length;
          compare(new Uint8Array([...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at + removed)]), "strict");
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe.runIf(corpus())("the corpus of messages", () => {
  const folder = corpus() ?? "";
  const files = readFileSync(join(folder, "MANIFEST.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"messages/'))
    .map((line) => (JSON.parse(line) as { readonly file: string }).file);

  for (const strictness of ["strict", "lenient"] as const) {
    it(`has the same outcome by envelope and by tree: ${strictness}`, () => {
      const counts = { unread: 0, read: 0 };
      for (const file of files) {
        const bytes = readFileSync(join(folder, file));
        counts[compare(new Uint8Array(file.endsWith(".gz") ? gunzipSync(bytes) : bytes), strictness, file)]++;
      }
      console.log(`replies of the corpus by envelope, ${strictness}:`, counts);
      expect(counts.unread).toBeGreaterThan(200);
    });
  }
});

/** Compares what is found by the envelope with what is found by the tree. `"unread"`: no tree was needed. */
function compare(message: Uint8Array, strictness: "strict" | "lenient", what?: string): "unread" | "read" {
  const bytes = withoutLeadingBlanks(message);
  const dialect = new Dialect(strictness);
  const xml = { maxDepth: 1000, ...(dialect.lenient && { otherEncoding: "ignore" as const }) };
  const eager = outcomeOf(() => readMessage(message, { maxDepth: 1000 }, dialect.lenient));
  const found = outcomeOf(() => new ReplyEnvelopes({ xml, checkData: false }).read(bytes));
  if ("code" in found) {
    expect(eager, what).toEqual(found);
    return "read";
  }
  if (found.value === undefined) return "read";
  const lazy = new ReceivedReply(found.value, dialect, xml, found.value.bare ? undefined : bytes);
  if ("code" in eager) {
    expect([lazy.outcome, found.value.checked], what).toEqual(["data", false]);
    for (const read of [() => lazy.root, () => lazy.tree(), () => lazy.compact(), () => lazy.check()]) {
      expect(outcomeOf(read as () => unknown), what).toEqual(eager);
    }
    return "unread";
  }
  const root = eager.value;
  expect(messageKind(root, dialect), what).toBe("rpc-reply");
  const reply = parseReply(root, dialect);
  expect([lazy.messageId, lazy.errors, lazy.warnings], what).toEqual([reply.messageId, [], []]);
  expect([reply.errors, reply.warnings], what).toEqual([[], []]);
  // White space around <ok/> is not kept.
  const same = found.value.bare ? { ...root, children: childElements(root) } : root;
  expect(elementsEqual(lazy.root, same), what).toBe(true);
  if (found.value.bare) return "unread";
  expect(elementsEqual(lazy.tree(), reply.tree()), what).toBe(true);
  expect(elementsEqual(lazy.compact().toElement(), lazy.tree()), what).toBe(true);
  return "unread";
}

function outcomeOf<T>(read: () => T): { readonly value: T } | { readonly code: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (isXmlError(error)) return { code: error.code };
    throw error;
  }
}
