import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SessionLimits } from "../src/mod.ts";
import { type ClientEvent, ClientMachine, closeSession, get, isNetconfError } from "../src/mod.ts";
import { BASE, chunked, EOM, helloText } from "./support/raw-peer.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

function machine(
  options: { limits?: SessionLimits; strictness?: "strict" | "lenient"; capabilities?: string[] } = {},
): ClientMachine {
  return new ClientMachine({
    capabilities: options.capabilities ?? ["urn:ietf:params:netconf:base:1.0", "urn:ietf:params:netconf:base:1.1"],
    limits: options.limits ?? {},
    strictness: options.strictness ?? "strict",
    now: 0,
    helloTimeout: 1000,
  });
}

function events(client: ClientMachine): ClientEvent[] {
  const all: ClientEvent[] = [];
  for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) all.push(event);
  return all;
}

/** The error that `action` throws. */
function thrown(action: () => void): { code: string; fault: string; layer: string; message: string } {
  try {
    action();
  } catch (error) {
    return error as never;
  }
  throw new Error("expected an error");
}

function open(options: Parameters<typeof machine>[0] = {}, versions: ("1.0" | "1.1")[] = ["1.1"]): ClientMachine {
  const client = machine(options);
  client.receive(encode(helloText(versions, 4) + EOM));
  events(client);
  client.takeOutput();
  return client;
}

const okReply = (id: string): string => `<rpc-reply message-id="${id}" xmlns="${BASE}"><ok/></rpc-reply>`;

describe("ClientMachine: hello", () => {
  it("RFC 6241 §8.1: sends its hello without waiting, without a session-id", () => {
    const sent = decode(machine().takeOutput());
    expect(sent).toContain("<capability>urn:ietf:params:netconf:base:1.1</capability>");
    expect(sent.endsWith(EOM)).toBe(true);
    expect(sent).not.toContain("session-id");
  });

  it("RFC 6242 §3.1: reads the server's hello of the example, white space inside capabilities included", () => {
    const client = machine();
    client.receive(
      encode(`<?xml version="1.0" encoding="UTF-8"?>
<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">
  <capabilities>
    <capability>
      urn:ietf:params:netconf:base:1.1
    </capability>
    <capability>
      urn:ietf:params:ns:netconf:capability:startup:1.0
    </capability>
  </capabilities>
  <session-id>4</session-id>
</hello>
]]>]]>`),
    );
    const [ready] = events(client);
    expect(ready).toMatchObject({ kind: "ready", sessionId: 4, version: "1.1" });
    expect(ready?.kind === "ready" && ready.capabilities.uris()[0]).toBe("urn:ietf:params:netconf:base:1.1");
  });

  it("RFC 5277 §3.1.2: takes the older spelling of base:1.0", () => {
    const client = machine();
    client.receive(
      encode(
        `<hello xmlns="${BASE}"><capabilities><capability>${BASE}</capability></capabilities><session-id>4</session-id></hello>${EOM}`,
      ),
    );
    expect(events(client)[0]).toMatchObject({ kind: "ready", version: "1.0" });
  });

  it("reads a capability that line breaks cut, and comments around the hello", () => {
    const client = machine();
    const uri = "urn:ietf:params:netconf:\n   base:1.1?x=1&amp;y=2";
    client.receive(
      encode(
        `<!-- a --><hello xmlns="${BASE}"><!-- b --><capabilities><capability>${uri}</capability></capabilities><session-id>1</session-id></hello><!-- c -->${EOM}`,
      ),
    );
    const [ready] = events(client);
    expect(
      ready?.kind === "ready" && ready.capabilities.get("urn:ietf:params:netconf:base:1.1")?.parameters.get("y"),
    ).toBe("2");
  });

  const bad: readonly (readonly [what: string, hello: string, code: string])[] = [
    ["without a session-id", helloText(["1.1"]), "hello-missing-session-id"],
    ["with session-id 0", helloText(["1.1"], 0), "hello-bad-session-id"],
    ["with session-id 4294967296", helloText(["1.1"], "4294967296"), "hello-bad-session-id"],
    ["with session-id -1", helloText(["1.1"], "-1"), "hello-bad-session-id"],
    ["with a session-id in words", helloText(["1.1"], "four"), "hello-bad-session-id"],
    ["with two session-ids", helloText(["1.1"], "4</session-id><session-id>5"), "hello-bad-session-id"],
    ["without a common version", helloText([], 4), "hello-no-common-version"],
    ["without <capabilities>", `<hello xmlns="${BASE}"><session-id>4</session-id></hello>`, "hello-malformed"],
    [
      "with an element in a capability",
      helloText(["1.1"], 4).replace("<capability>", "<capability><x/>"),
      "hello-malformed",
    ],
    ["in a wrong namespace", helloText(["1.1"], 4).replaceAll(BASE, "urn:wrong"), "unexpected-message"],
    ["in no namespace", helloText(["1.1"], 4).replace(` xmlns="${BASE}"`, ""), "unexpected-message"],
    ["that is a reply", okReply("1"), "unexpected-message"],
    ["that is an rpc", `<rpc message-id="1" xmlns="${BASE}"><get/></rpc>`, "unexpected-message"],
  ];
  for (const [what, hello, code] of bad) {
    it(`RFC 6241 §8.1: refuses a hello ${what} with ${code}, for good`, () => {
      const client = machine();
      const error = thrown(() => client.receive(encode(hello + EOM)));
      expect(error).toMatchObject({ code, fault: "peer", layer: "netconf" });
      expect(thrown(() => client.receive(encode("x")))).toBe(error);
      expect(thrown(() => client.receiveEnd())).toBe(error);
      expect(thrown(() => client.request(get().element))).toBe(error);
      expect(client.phase).toBe("failed");
      expect(client.deadline).toBeUndefined();
    });
  }

  it("lenient: takes a hello without a namespace and notes it", () => {
    const client = new ClientMachine({
      capabilities: ["urn:ietf:params:netconf:base:1.0"],
      strictness: "lenient",
      now: 0,
      helloTimeout: 1000,
    });
    client.receive(encode(helloText(["1.0"], 4).replace(` xmlns="${BASE}"`, "") + EOM));
    expect(events(client)[0]).toMatchObject({ kind: "ready" });
    expect([...client.deviations]).toEqual(["missing-namespace"]);
  });

  it("gives up when the hello does not come in time, and has no deadline after it", () => {
    const client = machine();
    expect(client.deadline).toBe(1000);
    client.advance(999);
    expect(thrown(() => client.advance(1000))).toMatchObject({ code: "timeout-hello", fault: "peer" });
    const served = open();
    expect(served.deadline).toBeUndefined();
    served.advance(5000);
  });

  it("refuses a hello with one byte or one capability over its limit", () => {
    const text = helloText(["1.1"], 4);
    const fits = machine({ limits: { maxHelloBytes: text.length, maxCapabilities: 1 } });
    fits.receive(encode(text + EOM));
    expect(fits.phase).toBe("open");
    const long = machine({ limits: { maxHelloBytes: text.length - 1 } });
    expect(thrown(() => long.receive(encode(text + EOM))).code).toBe("limit-message");
    const many = machine({ limits: { maxCapabilities: 1 } });
    expect(thrown(() => many.receive(encode(helloText(["1.0", "1.1"], 4) + EOM))).code).toBe("limit-capabilities");
  });

  it("is local about a request before the hello, and nothing is sent", () => {
    const client = machine();
    client.takeOutput();
    expect(thrown(() => client.request(get().element))).toMatchObject({ code: "not-open", fault: "local" });
    expect(client.takeOutput()).toBeUndefined();
    client.receive(encode(helloText(["1.1"], 4) + EOM)); // a local error does not spoil the machine
    expect(client.phase).toBe("open");
  });
});

describe("ClientMachine: requests and replies", () => {
  it("RFC 6242 §4.1: chunks everything after the hellos when both have base:1.1", () => {
    const client = open();
    client.request(get().element);
    expect(decode(client.takeOutput())).toMatch(/^\n#\d+\n<\?xml[\s\S]*message-id="1"[\s\S]*\n##\n$/);
  });

  it("RFC 6242 §4.3: keeps to end-of-message with a 1.0 server", () => {
    const client = open({}, ["1.0"]);
    client.request(get().element);
    expect(decode(client.takeOutput())).toMatch(/<\/rpc>]]>]]>$/);
  });

  it("takes a hello and chunked replies from one read", () => {
    const client = machine();
    client.receive(
      encode(
        helloText(["1.1"], 4) +
          EOM +
          chunked(
            `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2026-01-01T00:00:00Z</eventTime><e xmlns="urn:e"/></notification>`,
          ),
      ),
    );
    expect(events(client).map((event) => event.kind)).toEqual(["ready", "notification"]);
  });

  it("matches replies that come out of order, and drops the reply to an abandoned request", () => {
    const client = open();
    const [a, b, c] = [1, 2, 3].map(() => client.request(get().element));
    client.abandon(b!);
    client.receive(encode(chunked(okReply(c!)) + chunked(okReply(b!)) + chunked(okReply(a!))));
    expect(events(client).map((event) => event.kind === "reply" && event.messageId)).toEqual([c, a]);
    expect(client.pendingCount).toBe(0);
  });

  for (const [what, id] of [
    ["never given out", "99"],
    ["of the wrong spelling", "01"],
    ["that would print control characters", "&#9;x"],
  ] as const) {
    it(`RFC 6241 §4.2: a reply with a message-id ${what} ends the session, and the error names it`, () => {
      const client = open();
      client.request(get().element);
      const error = thrown(() => client.receive(encode(chunked(okReply(id)))));
      expect(error).toMatchObject({ code: "unknown-message-id", fault: "peer" });
      expect(error.message).toContain(id === "&#9;x" ? "\\u0009x" : `"${id}"`);
    });
  }

  it("RFC 6241 §4.2: a second reply to the same request ends the session", () => {
    const client = open();
    client.request(get().element);
    client.receive(encode(chunked(okReply("1"))));
    expect(thrown(() => client.receive(encode(chunked(okReply("1"))))).code).toBe("unknown-message-id");
  });

  it("RFC 6241 §4.3: a reply without message-id answers the oldest request when it is an error, else ends the session", () => {
    const client = open();
    client.request(get().element);
    client.request(get().element);
    client.receive(
      encode(
        chunked(
          `<rpc-reply xmlns="${BASE}"><rpc-error><error-type>rpc</error-type><error-tag>malformed-message</error-tag><error-severity>error</error-severity></rpc-error></rpc-reply>`,
        ),
      ),
    );
    expect(events(client)).toMatchObject([
      { kind: "reply", messageId: "1", reply: { errors: [{ tag: "malformed-message" }] } },
    ]);
    expect(thrown(() => client.receive(encode(chunked(`<rpc-reply xmlns="${BASE}"><ok/></rpc-reply>`)))).code).toBe(
      "missing-message-id",
    );
  });

  it("lenient: takes a prefixed message-id, and a reply without one as that to the oldest request", () => {
    const client = open({ strictness: "lenient" });
    client.request(get().element);
    client.request(get().element);
    client.receive(encode(chunked(`<nc:rpc-reply xmlns:nc="${BASE}" nc:message-id="1"><nc:ok/></nc:rpc-reply>`)));
    client.receive(encode(chunked(`<rpc-reply xmlns="${BASE}"><ok/></rpc-reply>`)));
    expect(events(client).map((event) => event.kind === "reply" && event.messageId)).toEqual(["1", "2"]);
  });

  const broken: readonly (readonly [what: string, message: string, code: string, layer: string])[] = [
    ["that is not well-formed", "<a><b></a>", "not-well-formed", "xml"],
    ["with a DOCTYPE", `<!DOCTYPE rpc-reply [<!ENTITY x "y">]><rpc-reply xmlns="${BASE}"/>`, "doctype", "xml"],
    ["100 000 elements deep", "<a>".repeat(100_000), "limit-depth", "xml"],
    ["with an undefined entity", `<rpc-reply xmlns="${BASE}">&x;</rpc-reply>`, "not-well-formed", "xml"],
    ["with two roots", "<a/><b/>", "not-well-formed", "xml"],
    ["that is a second hello", helloText(["1.1"], 4), "unexpected-message", "netconf"],
    ["that is an rpc", `<rpc message-id="1" xmlns="${BASE}"><get/></rpc>`, "unexpected-message", "netconf"],
    ["that is something else", `<data xmlns="${BASE}"/>`, "unexpected-message", "netconf"],
    [
      "that is a notification without eventTime",
      `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"/>`,
      "malformed-notification",
      "netconf",
    ],
  ];
  for (const [what, message, code, layer] of broken) {
    it(`RFC 6241 §3: a message ${what} is the peer's error ${code}`, () => {
      const client = open();
      client.request(get().element);
      expect(thrown(() => client.receive(encode(chunked(message))))).toMatchObject({ code, layer, fault: "peer" });
    });
  }

  it("RFC 6242 §4.2: a malformed chunk header is the peer's framing error", () => {
    for (const frame of ["\n#0\n", "\n#01\nx", "x", "\n##\n", "\n#4294967296\n", "\n#-1\n"]) {
      const client = open();
      expect(thrown(() => client.receive(encode(frame)))).toMatchObject({ layer: "framing", fault: "peer" });
    }
  });

  it("refuses a message of one byte over maxMessageBytes, also in single-byte chunks", () => {
    const text = okReply("1");
    const fits = open({ limits: { maxMessageBytes: text.length } });
    fits.request(get().element);
    fits.receive(encode(chunked(text)));
    expect(events(fits)).toHaveLength(1);
    const long = open({ limits: { maxMessageBytes: text.length - 1 } });
    const drip = [...text].map((letter) => `\n#1\n${letter}`).join("");
    expect(thrown(() => long.receive(encode(drip)))).toMatchObject({
      code: "limit-message",
      layer: "framing",
      fault: "peer",
    });
  });

  it("joins a message of 10 000 single-byte chunks", () => {
    const client = open();
    client.request(get().element);
    const text = okReply("1").replace("<ok/>", `<ok/><!--${"x".repeat(10_000)}-->`);
    client.receive(encode(`${[...text].map((letter) => `\n#1\n${letter}`).join("")}\n##\n`));
    expect(events(client)).toHaveLength(1);
  });
});

describe("ClientMachine: the end", () => {
  const conversation =
    helloText(["1.1"], 4) +
    EOM +
    chunked(okReply("1")) +
    chunked(`<rpc-reply message-id="2" xmlns="${BASE}"><data/></rpc-reply>`);

  it("is a typed error after every byte of a short conversation, and never a hang", () => {
    const bytes = encode(conversation);
    const codes = new Set<string>();
    for (let length = 0; length < bytes.length; length++) {
      const client = machine();
      for (let at = 0; at < length; at++) {
        client.receive(bytes.subarray(at, at + 1));
        if (client.phase === "open" && client.pendingCount === 0 && at < conversation.indexOf(EOM) + EOM.length) {
          client.request(get().element);
          client.request(get().element);
        }
      }
      const error = thrown(() => client.receiveEnd());
      expect(isNetconfError(error)).toBe(true);
      codes.add(error.code);
    }
    expect([...codes].sort()).toEqual(["peer-closed", "peer-closed-before-hello", "peer-closed-mid-message"]);
  });

  it("gives the same events for any split of the conversation", () => {
    const bytes = encode(conversation);
    const run = (cuts: readonly number[]): string => {
      const client = machine();
      const all: ClientEvent[] = [];
      let from = 0;
      for (const to of [...cuts, bytes.length]) {
        client.receive(bytes.subarray(from, to));
        for (const event of events(client)) {
          all.push(event);
          if (event.kind === "ready") for (let i = 0; i < 2; i++) client.request(get().element);
        }
        from = to;
      }
      return all.map((event) => (event.kind === "reply" ? `reply ${event.messageId}` : event.kind)).join();
    };
    const hello = conversation.indexOf(EOM) + EOM.length;
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), (cuts) => {
        const sorted = [...new Set([...cuts, hello])].sort((a, b) => a - b);
        expect(run(sorted)).toBe("ready,reply 1,reply 2");
      }),
    );
  });

  it("is in good order without pending requests, and after close-session even with a reply missing", () => {
    const idle = open();
    idle.receiveEnd();
    expect(events(idle)).toEqual([{ kind: "closed" }]);
    const closing = open();
    closing.request(closeSession().element);
    expect(thrown(() => closing.request(get().element)).code).toBe("session-closed");
    closing.receiveEnd();
    expect(events(closing)).toEqual([{ kind: "closed" }]);
    closing.receive(encode("late bytes")); // ignored
  });

  it("is never another throw than a peer's error, whatever arrives", () => {
    const opening = encode(helloText(["1.1"], 4) + EOM);
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (greeted, chunks) => {
        const client = machine();
        try {
          if (greeted) client.receive(opening);
          for (const chunk of chunks) client.receive(chunk);
        } catch (error) {
          expect((error as { fault?: string }).fault).toBe("peer");
        }
      }),
      { numRuns: 300 },
    );
  });
});
