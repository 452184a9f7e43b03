import { memoryPair } from "@netconf-kit/socket";
import { element } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import { type ClientSessionOptions, createSubscription, get, openClientSession } from "../src/mod.ts";
import { failureOf, sessionPair } from "./support/pair.ts";
import { BASE, chunked, EOM, helloText, RawPeer } from "./support/raw-peer.ts";

const okReply = (id: string | number): string =>
  chunked(`<rpc-reply message-id="${id}" xmlns="${BASE}"><ok/></rpc-reply>`);
const notification = (text: string): string =>
  chunked(
    `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2026-01-01T00:00:00Z</eventTime><e xmlns="urn:e">${text}</e></notification>`,
  );
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

async function opened(options: ClientSessionOptions = {}) {
  const peer = new RawPeer();
  const opening = openClientSession(peer.near, options);
  await peer.send(helloText(["1.1"], 4) + EOM);
  return { peer, session: await opening };
}

describe("openClientSession", () => {
  it("sends nothing but its hello before the server's hello has come", async () => {
    const peer = new RawPeer();
    const opening = openClientSession(peer.near);
    await peer.expect(EOM);
    await turn();
    expect(peer.received).toMatch(/^<\?xml[^>]*>\n<hello .*<\/hello>]]>]]>$/);
    await peer.send(helloText(["1.1"], 4) + EOM);
    const session = await opening;
    void session.rpc(get()).catch(() => {});
    await peer.expect("<get");
    session.abort();
  });

  for (const [what, text, code] of [
    ["a hello without session-id", helloText(["1.1"]) + EOM, "hello-missing-session-id"],
    ["a hello with session-id 0", helloText(["1.1"], 0) + EOM, "hello-bad-session-id"],
    ["a hello in a wrong namespace", helloText(["1.1"], 4).replaceAll(BASE, "urn:x") + EOM, "unexpected-message"],
    ["broken XML", `<hello${EOM}`, "not-well-formed"],
    ["a DOCTYPE", `<!DOCTYPE hello>${helloText(["1.1"], 4)}${EOM}`, "doctype"],
    ["100 000 nested elements", "<a>".repeat(100_000) + EOM, "limit-depth"],
  ] as const) {
    it(`rejects ${what} with ${code}, closes, and sends no close-session`, async () => {
      const peer = new RawPeer();
      const opening = openClientSession(peer.near);
      await peer.send(text);
      expect(await failureOf(opening)).toMatchObject({ code, fault: "peer" });
      await peer.near.closed.catch(() => {});
      expect(peer.received).not.toContain("close-session");
    });
  }

  it("rejects when the peer closes before or inside its hello", async () => {
    const silent = new RawPeer();
    const first = openClientSession(silent.near);
    await silent.end();
    expect(await failureOf(first)).toMatchObject({ code: "peer-closed-before-hello", fault: "transport" });
    const cut = new RawPeer();
    const second = openClientSession(cut.near);
    await cut.send("<hello");
    await cut.end();
    expect(await failureOf(second)).toMatchObject({ code: "peer-closed-mid-message", fault: "transport" });
  });

  it("rejects with the socket's own error", async () => {
    const [left, right] = memoryPair();
    const opening = openClientSession(left);
    await right.close(new Error("reset"));
    expect((await failureOf(opening)).message).toMatch(/closed the connection/);
  });

  it("rejects with timeout-hello when the server stays silent, in virtual time", async () => {
    const clock = virtualClock();
    const peer = new RawPeer();
    const failing = failureOf(openClientSession(peer.near, { clock, helloTimeout: 30_000 }));
    clock.advance(29_999);
    await peer.send("<hello ");
    await turn();
    clock.advance(1);
    const error = failing;
    await turn();
    clock.advance(2000);
    expect(await error).toMatchObject({ code: "timeout-hello" });
  });

  it("rejects with the reason of its signal, at once and later, and closes the socket", async () => {
    const reason = new Error("not wanted");
    const before = new RawPeer();
    expect(await failureOf(openClientSession(before.near, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const later = new RawPeer();
    const controller = new AbortController();
    const opening = openClientSession(later.near, { signal: controller.signal });
    await later.expect(EOM);
    controller.abort(reason);
    expect(await failureOf(opening)).toBe(reason);
    expect(await failureOf(later.near.closed)).toBe(reason);
  });
});

describe("ClientSession.rpc", () => {
  it("rejects every pending request with the same error when the peer breaks a rule", async () => {
    for (const [text, code] of [
      [okReply("99"), "unknown-message-id"],
      ["\n#0\n", "bad-chunk-size"],
      [chunked("<rpc-reply"), "not-well-formed"],
      [chunked(helloText(["1.1"], 4)), "unexpected-message"],
    ] as const) {
      const { peer, session } = await opened();
      const pending = [1, 2, 3].map(() => failureOf(session.rpc(get())));
      await peer.send(text);
      const errors = await Promise.all(pending);
      expect(errors[0]).toMatchObject({ code, fault: "peer" });
      expect(new Set(errors).size).toBe(1);
      expect(await session.closed).toEqual({ by: "error", error: errors[0] });
      expect(await failureOf(session.rpc(get()))).toMatchObject({ code: "session-closed", cause: errors[0] });
    }
  });

  it("rejects with a typed error when the peer closes mid-message or owes a reply", async () => {
    for (const [text, code] of [
      ["\n#100\n<rpc-reply", "peer-closed-mid-message"],
      [okReply(1), "peer-closed"],
    ] as const) {
      const { peer, session } = await opened();
      void session.rpc(get()).catch(() => {});
      const second = failureOf(session.rpc(get()));
      await peer.send(text);
      await peer.end();
      expect(await second).toMatchObject({ code, fault: "transport" });
    }
  });

  it("hands over the replies that came before an error", async () => {
    const { peer, session } = await opened();
    const first = session.rpc(element("x", "urn:x"));
    const second = failureOf(session.rpc(element("x", "urn:x")));
    await peer.send(`${okReply(1)}garbage`);
    expect((await first).ok).toBe(true);
    expect(await second).toMatchObject({ layer: "framing" });
  });

  it("gives up with timeout-rpc in virtual time; the session goes on and drops the late reply", async () => {
    const clock = virtualClock();
    const { peer, session } = await opened({ clock, rpcTimeout: 1000 });
    const late = failureOf(session.rpc(element("x", "urn:x")));
    const patient = session.rpc(element("x", "urn:x"), { timeout: Number.POSITIVE_INFINITY });
    clock.advance(999);
    await turn();
    clock.advance(1);
    expect(await late).toMatchObject({ code: "timeout-rpc", fault: "peer" });
    clock.advance(1_000_000);
    await peer.send(okReply(1) + okReply(2));
    expect((await patient).ok).toBe(true);
    session.abort();
  });

  it("rejects with the reason of its signal; the session goes on", async () => {
    const { peer, session } = await opened();
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const aborted = failureOf(session.rpc(element("x", "urn:x"), { signal: controller.signal }));
    const kept = session.rpc(element("x", "urn:x"));
    controller.abort(reason);
    expect(await aborted).toBe(reason);
    await peer.send(okReply(1) + okReply(2));
    expect((await kept).ok).toBe(true);
    expect(await failureOf(session.rpc(get(), { signal: AbortSignal.abort(reason) }))).toBe(reason);
    session.abort();
  });

  it("rejects one request whose reply makes no sense; the session goes on", async () => {
    const { peer, session } = await opened();
    const bad = failureOf(session.rpc(get()));
    await peer.send(okReply(1));
    expect(await bad).toMatchObject({ code: "malformed-reply", fault: "peer" });
    const good = session.rpc(element("x", "urn:x"));
    await peer.send(okReply(2));
    expect((await good).ok).toBe(true);
    session.abort();
  });

  it("is a local error for text that XML cannot hold, and nothing is pending", async () => {
    const { peer, session } = await opened({ limits: { maxPendingRpcs: 1 } });
    expect(await failureOf(session.rpc(element("x", "urn:x", "\u0000")))).toMatchObject({
      layer: "xml",
      fault: "local",
    });
    const next = session.rpc(element("x", "urn:x"));
    await peer.expect('message-id="2"');
    await peer.send(okReply(2));
    expect((await next).ok).toBe(true);
    session.abort();
  });
});

describe("ClientSession.notifications", () => {
  it("gives notifications in order between replies, ends with the session, and can be left and taken up again", async () => {
    const [client, server] = await sessionPair();
    expect((await client.rpc(createSubscription())).ok).toBe(true);
    for (const text of ["a", "b", "c"]) await server.notify("2026-01-01T00:00:00Z", element("e", "urn:e", text));
    const seen: unknown[] = [];
    for await (const { content } of client.notifications()) {
      seen.push(content[0]?.children[0]);
      if (seen.length === 2) break;
    }
    await client.close();
    for await (const { content } of client.notifications()) seen.push(content[0]?.children[0]);
    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("throws the error that ended the session, after what came before it", async () => {
    const { peer, session } = await opened();
    await peer.send(`${notification("a")}garbage`);
    const iterator = session.notifications()[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ eventTime: "2026-01-01T00:00:00Z" });
    expect(await failureOf(iterator.next())).toMatchObject({ layer: "framing" });
  });

  it("refuses a second loop while one waits", async () => {
    const { session } = await opened();
    const waiting = session.notifications()[Symbol.asyncIterator]().next();
    expect(await failureOf(session.notifications()[Symbol.asyncIterator]().next())).toMatchObject({
      code: "already-reading",
      fault: "local",
    });
    session.abort();
    expect((await waiting).done).toBe(true);
  });

  it("stops reading when the consumer does not read, so that the server is held back; reading goes on afterwards", async () => {
    const size = notification("x").length - "\n#190\n\n##\n".length;
    const [client, server] = await sessionPair({
      client: { maxNotificationBytes: size * 4 },
      memory: { highWaterBytes: 4096 },
    });
    const count = 20_000;
    let sent = 0;
    const sending = (async () => {
      for (; sent < count; sent++) await server.notify("2026-01-01T00:00:00Z", element("e", "urn:e", "x".repeat(100)));
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sent).toBeLessThan(count);
    const reply = client.rpc(get());
    let seen = 0;
    for await (const _ of client.notifications()) if (++seen === count) break;
    await sending;
    expect((await reply).ok).toBe(true);
    await client.close();
  });

  it("keeps an rpc's time limit while it does not read", async () => {
    const clock = virtualClock();
    const { peer, session } = await opened({ clock, maxNotificationBytes: 1 });
    await peer.send(notification("a") + notification("b"));
    await turn();
    const late = failureOf(session.rpc(get(), { timeout: 500 }));
    clock.advance(500);
    expect(await late).toMatchObject({ code: "timeout-rpc" });
    session.abort();
  });
});

describe("ClientSession.close", () => {
  it("RFC 6241 §7.8: sends close-session, waits for the reply, closes", async () => {
    const { peer, session } = await opened();
    const closing = session.close();
    expect(session.close()).toBe(closing);
    await peer.expect("<close-session");
    await peer.send(okReply(1));
    await closing;
    expect(await session.closed).toEqual({ by: "local" });
  });

  it("closes although the server hangs up instead of answering", async () => {
    const { peer, session } = await opened();
    const closing = session.close();
    await peer.expect("<close-session");
    await peer.close();
    await closing;
    expect((await session.closed).by).not.toBe("peer");
  });

  it("closes after its limit although the server is silent, and other requests reject", async () => {
    const clock = virtualClock();
    const { peer, session } = await opened({ clock, closeTimeout: 1000 });
    const pending = failureOf(session.rpc(get()));
    const closing = session.close();
    await peer.expect("<close-session");
    clock.advance(1000);
    await turn();
    clock.advance(2000);
    await closing;
    expect(await pending).toMatchObject({ code: "session-closed", fault: "local" });
  });

  it("closes although nobody takes the notifications", async () => {
    const { peer, session } = await opened({ maxNotificationBytes: 1 });
    await peer.send(notification("a") + notification("b"));
    await turn();
    const closing = session.close();
    await peer.expect("<close-session");
    await peer.send(okReply(1));
    await closing;
    expect(await session.closed).toEqual({ by: "local" });
  });

  it("is what `await using` does", async () => {
    const [client, server] = await sessionPair();
    await client[Symbol.asyncDispose]();
    expect(await server.closed).toEqual({ by: "close-session" });
  });

  it("abort ends at once with its reason", async () => {
    const { session } = await opened();
    const reason = new Error("enough");
    const pending = failureOf(session.rpc(get()));
    session.abort(reason);
    expect(await pending).toBe(reason);
    expect(await session.closed).toEqual({ by: "error", error: reason });
  });
});
