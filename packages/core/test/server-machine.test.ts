import { element, parseXml } from "@netconf-kit/xml";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dialect, parseReply, type RpcReply, type ServerEvent, ServerMachine, type SessionLimits } from "../src/mod.ts";
import { BASE, chunked, EOM, helloText } from "./support/raw-peer.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

function machine(limits?: SessionLimits): ServerMachine {
  return new ServerMachine({
    sessionId: 4,
    capabilities: ["urn:ietf:params:netconf:base:1.0", "urn:ietf:params:netconf:base:1.1"],
    limits: limits ?? {},
    now: 0,
    helloTimeout: 1000,
  });
}

function open(version: "1.0" | "1.1" = "1.1", limits?: SessionLimits): ServerMachine {
  const server = machine(limits);
  server.receive(encode(helloText([version]) + EOM));
  events(server);
  server.takeOutput();
  return server;
}

function events(server: ServerMachine): ServerEvent[] {
  const all: ServerEvent[] = [];
  for (let event = server.nextEvent(); event !== undefined; event = server.nextEvent()) all.push(event);
  return all;
}

function requests(server: ServerMachine) {
  return events(server).flatMap((event) => (event.kind === "request" ? [event.request] : []));
}

function thrown(action: () => void): { code: string; fault: string; message: string } {
  try {
    action();
  } catch (error) {
    return error as never;
  }
  throw new Error("expected an error");
}

/** The chunked replies that a server has written. */
function replies(server: ServerMachine): RpcReply[] {
  const text = decode(server.takeOutput());
  return text
    .split("\n##\n")
    .filter((part) => part !== "")
    .map((part) => parseReply(parseXml(part.replace(/\n#\d+\n/g, "")), new Dialect()));
}

const rpc = (id: string, body = "<get/>"): string => `<rpc message-id="${id}" xmlns="${BASE}">${body}</rpc>`;

describe("ServerMachine", () => {
  it("RFC 6241 Appendix C: refuses a session-id of its own that is out of range", () => {
    for (const sessionId of [0, -1, 1.5, 4294967296, Number.NaN]) {
      const make = () => new ServerMachine({ sessionId, capabilities: [], now: 0, helloTimeout: 1000 });
      expect(thrown(make)).toMatchObject({ code: "invalid-argument", fault: "local" });
    }
  });

  it("RFC 6241 §8.1: says hello at once, with its session-id", () => {
    expect(decode(machine().takeOutput())).toContain("<session-id>4</session-id>");
  });

  it("RFC 6241 §8.1: ends the session when the client's hello has a session-id", () => {
    expect(thrown(() => machine().receive(encode(helloText(["1.1"], 9) + EOM))).code).toBe("hello-has-session-id");
  });

  it("RFC 6241 §8.1: ends the session when no version is common or an rpc comes first", () => {
    expect(thrown(() => machine().receive(encode(helloText([]) + EOM))).code).toBe("hello-no-common-version");
    expect(thrown(() => machine().receive(encode(rpc("1") + EOM))).code).toBe("unexpected-message");
  });

  it("gives up on a client that says no hello", () => {
    const server = machine();
    expect(thrown(() => server.advance(1000)).code).toBe("timeout-hello");
  });

  it("takes hello and requests from one read, chunked from the right byte on", () => {
    const server = machine();
    server.receive(encode(helloText(["1.1"]) + EOM + chunked(rpc("a")) + chunked(rpc("b"))));
    expect(requests(server).map((request) => request.messageId)).toEqual(["a", "b"]);
  });

  it("RFC 6241 §4.5: sends the answers in the order of the requests, whatever order they are given in", () => {
    const server = open();
    server.receive(encode(["a", "b", "c"].map((id) => chunked(rpc(id))).join("")));
    const [a, b, c] = requests(server);
    server.answer(c!, { ok: true });
    server.answer(b!, { ok: true });
    expect(replies(server)).toEqual([]);
    expect(server.unansweredCount).toBe(3);
    server.answer(a!, { ok: true });
    expect(replies(server).map((reply) => reply.messageId)).toEqual(["a", "b", "c"]);
    expect(thrown(() => server.answer(a!, { ok: true }))).toMatchObject({ code: "already-answered", fault: "local" });
  });

  it("RFC 6241 §4.1 and §4.2: returns every attribute and declaration of the rpc unmodified", () => {
    const server = open();
    server.receive(
      encode(
        chunked(
          `<rpc message-id="101" xmlns="${BASE}" xmlns:ex="http://example.net/content/1.0" xmlns:unused="urn:a&amp;b" ex:user-id="fred" plain="&lt;&#10;&amp;"><get/></rpc>`,
        ),
      ),
    );
    server.answer(requests(server)[0]!, { ok: true, content: [element("data", BASE)] });
    const text = decode(server.takeOutput());
    expect(text).toContain('xmlns:ex="http://example.net/content/1.0"');
    const root = parseXml(text.replace(/\n#\d+\n|\n##\n/g, ""));
    expect(root.scope.get("unused")).toBe("urn:a&b");
    expect(root.attributes.map(({ name, namespace, value }) => [name, namespace, value])).toEqual([
      ["message-id", "", "101"],
      ["user-id", "http://example.net/content/1.0", "fred"],
      ["plain", "", "<\n&"],
    ]);
  });

  it("answers an rpc written with a prefix in the same way", () => {
    const server = open();
    server.receive(encode(chunked(`<nc:rpc xmlns:nc="${BASE}" message-id="1"><nc:get/></nc:rpc>`)));
    server.answer(requests(server)[0]!, { ok: true });
    expect(decode(server.takeOutput())).toContain("<nc:rpc-reply");
  });

  it("RFC 6241 §4.3: answers an rpc without message-id with missing-attribute, without message-id, and goes on", () => {
    const server = open();
    server.receive(encode(chunked(`<rpc xmlns="${BASE}"><get-config><source><running/></source></get-config></rpc>`)));
    expect(events(server)).toMatchObject([{ kind: "refused" }]);
    const [reply] = replies(server);
    expect(reply?.messageId).toBeUndefined();
    expect(reply?.errors).toMatchObject([
      {
        type: "rpc",
        tag: "missing-attribute",
        severity: "error",
        info: { badAttribute: "message-id", badElement: "rpc" },
      },
    ]);
    server.receive(encode(chunked(rpc("2"))));
    expect(requests(server)).toHaveLength(1);
  });

  const malformed: readonly (readonly [what: string, message: string, tag: string])[] = [
    ["not well-formed", "<rpc", "malformed-message"],
    ["with a DOCTYPE", `<!DOCTYPE rpc>${rpc("1")}`, "malformed-message"],
    ["100 000 elements deep", "<a>".repeat(100_000), "too-big"],
    ["without an operation", `<rpc message-id="1" xmlns="${BASE}"/>`, "malformed-message"],
    ["with two operations", rpc("1", "<get/><get/>"), "unknown-element"],
  ];
  for (const [what, message, tag] of malformed) {
    it(`RFC 6241 §3: answers a message ${what} with ${tag} in 1.1, in its turn, and goes on`, () => {
      const server = open();
      server.receive(encode(chunked(rpc("before")) + chunked(message) + chunked(rpc("after"))));
      const [before, after] = requests(server);
      server.answer(after!, { ok: true });
      server.answer(before!, { ok: true });
      const sent = replies(server);
      expect(sent.map((reply) => reply.errors[0]?.tag)).toEqual([undefined, tag, undefined]);
    });
  }

  it("answers bytes that are not UTF-8 with malformed-message in 1.1", () => {
    const server = open();
    const bytes = encode(chunked(rpc("1", "<get>x</get>")));
    bytes[decode(bytes).indexOf(">x<") + 1] = 0xff;
    server.receive(bytes);
    expect(replies(server)[0]?.errors[0]?.tag).toBe("malformed-message");
  });

  it("RFC 6241 Appendix A: never sends malformed-message to a 1.0 client: the session ends", () => {
    const server = open("1.0");
    expect(thrown(() => server.receive(encode(`<rpc${EOM}`)))).toMatchObject({
      code: "not-well-formed",
      fault: "peer",
    });
    expect(server.takeOutput()).toBeUndefined();
    const empty = open("1.0");
    empty.receive(encode(`<rpc message-id="1" xmlns="${BASE}"/>${EOM}`));
    expect(decode(empty.takeOutput())).toContain("operation-failed");
  });

  it("ends the session for a message that is no rpc, and says why in 1.1 only", () => {
    for (const message of [
      helloText(["1.1"]),
      `<rpc-reply message-id="1" xmlns="${BASE}"/>`,
      "<rpc message-id='1'><get/></rpc>",
    ]) {
      const server = open();
      expect(thrown(() => server.receive(encode(chunked(message))))).toMatchObject({
        code: "unexpected-message",
        fault: "peer",
      });
      expect(replies(server)[0]?.errors[0]?.tag).toBe("malformed-message");
      const old = open("1.0");
      expect(thrown(() => old.receive(encode(message + EOM))).code).toBe("unexpected-message");
      expect(old.takeOutput()).toBeUndefined();
    }
  });

  it("RFC 6241 §7.8: ignores what follows a close-session, answers what came before, then is closed", () => {
    const server = open();
    server.receive(
      encode(chunked(rpc("1")) + chunked(rpc("2", "<close-session/>")) + chunked(rpc("3")) + chunked("<rpc")),
    );
    const [first, close, third] = requests(server);
    expect(third).toBeUndefined();
    server.answer(close!, { ok: true });
    expect(events(server)).toEqual([]);
    server.answer(first!, { ok: true });
    expect(events(server)).toEqual([{ kind: "closed", by: "close-session" }]);
    expect(replies(server).map((reply) => reply.messageId)).toEqual(["1", "2"]);
    server.receive(encode("anything"));
    server.receiveEnd();
    expect(thrown(() => server.notify("2026-01-01T00:00:00Z", [])).code).toBe("session-closed");
  });

  it("RFC 5277 §2.2.1: sends a notification that reads back", () => {
    const server = open();
    server.notify("2007-07-08T00:01:00Z", [element("event", "urn:e")]);
    expect(decode(server.takeOutput())).toContain("<eventTime>2007-07-08T00:01:00Z</eventTime>");
    expect(thrown(() => machine().notify("2007-07-08T00:01:00Z", [])).code).toBe("not-open");
  });

  it("ends with a typed error after every byte of a client's conversation", () => {
    const bytes = encode(helloText(["1.1"]) + EOM + chunked(rpc("1")));
    const boundary = bytes.length - chunked(rpc("1")).length;
    for (let length = 0; length < bytes.length; length++) {
      const server = machine();
      for (let at = 0; at < length; at++) server.receive(bytes.subarray(at, at + 1));
      if (length === boundary) server.receiveEnd();
      else expect(thrown(() => server.receiveEnd()).code).toMatch(/^peer-closed-/);
    }
  });

  it("is never another throw than a peer's error, whatever arrives", () => {
    const hello = encode(helloText(["1.1"]) + EOM);
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 40 }),
            fc.string().map((text) => encode(chunked(text))),
          ),
          { maxLength: 8 },
        ),
        (greeted, chunks) => {
          const server = machine();
          try {
            if (greeted) server.receive(hello);
            for (const chunk of chunks) server.receive(chunk);
          } catch (error) {
            expect((error as { fault?: string }).fault).toBe("peer");
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
