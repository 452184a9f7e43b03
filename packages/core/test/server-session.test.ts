import { element } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../test/support/virtual-clock.ts";
import {
  acceptServerSession,
  capabilityUris,
  get,
  type RpcErrorInfo,
  type ServerSession,
  type ServerSessionOptions,
} from "../src/mod.ts";
import { failureOf, sessionPair } from "./support/pair.ts";
import { BASE, chunked, EOM, helloText, RawPeer } from "./support/raw-peer.ts";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const rpc = (id: string | number, body = "<get/>"): string =>
  chunked(`<rpc message-id="${id}" xmlns="${BASE}">${body}</rpc>`);

function accept(peer: RawPeer, options: Partial<ServerSessionOptions> = {}): Promise<ServerSession> {
  return acceptServerSession(peer.near, {
    sessionId: 4,
    username: "tester",
    capabilities: [capabilityUris.base10, capabilityUris.base11],
    handler: () => ({ ok: true }),
    ...options,
  });
}

async function opened(options: Partial<ServerSessionOptions> = {}) {
  const peer = new RawPeer();
  const opening = accept(peer, options);
  await peer.send(helloText(["1.1"]) + EOM);
  return { peer, session: await opening };
}

describe("acceptServerSession", () => {
  it("knows who is served, and opens before the first request is handled", async () => {
    const order: string[] = [];
    const peer = new RawPeer();
    const opening = accept(peer, {
      onOpen: ({ username, sessionId }) => order.push(`open ${username} ${sessionId}`),
      handler: () => {
        order.push("handle");
        return { ok: true };
      },
    });
    await peer.send(helloText(["1.1"]) + EOM + rpc(1));
    await opening;
    await peer.expect('message-id="1"');
    expect(order).toEqual(["open tester 4", "handle"]);
  });

  it("rejects a client that says nothing, in virtual time", async () => {
    const clock = virtualClock();
    const peer = new RawPeer();
    const failing = failureOf(accept(peer, { clock, helloTimeout: 1000 }));
    clock.advance(1000);
    await turn();
    clock.advance(2000);
    expect(await failing).toMatchObject({ code: "timeout-hello" });
  });

  it("RFC 6241 §8.1: rejects a hello with a session-id", async () => {
    const peer = new RawPeer();
    const opening = accept(peer);
    await peer.send(helloText(["1.1"], 9) + EOM);
    expect(await failureOf(opening)).toMatchObject({ code: "hello-has-session-id", fault: "peer" });
  });

  it("closes the socket when its own options make no session", async () => {
    const peer = new RawPeer();
    expect(await failureOf(accept(peer, { sessionId: 0 }))).toMatchObject({ code: "invalid-argument", fault: "local" });
    expect(await failureOf(peer.near.closed)).toMatchObject({ code: "invalid-argument" });
  });

  it("rejects with the reason of its signal", async () => {
    const reason = new Error("no");
    expect(await failureOf(accept(new RawPeer(), { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

describe("ServerSession", () => {
  it("RFC 6241 §4.5: handles one request after the other", async () => {
    let active = 0;
    let most = 0;
    const [client] = await sessionPair({
      server: {
        handler: async () => {
          most = Math.max(most, ++active);
          await turn();
          active--;
          return { ok: true };
        },
      },
    });
    await Promise.all([1, 2, 3, 4].map(() => client.rpc(element("x", "urn:x"))));
    expect(most).toBe(1);
    await client.close();
  });

  it("RFC 6241 §7.8: answers what came before close-session, then it, then hangs up", async () => {
    const handled: string[] = [];
    const { peer, session } = await opened({
      handler: async ({ messageId }) => {
        await turn();
        handled.push(messageId);
        return { ok: true };
      },
    });
    await peer.send(rpc("a") + rpc("b", "<close-session/>") + rpc("c"));
    expect(await session.closed).toEqual({ by: "close-session" });
    expect(handled).toEqual(["a"]);
    await peer.expect('message-id="b"');
    expect(peer.received.indexOf('message-id="a"')).toBeLessThan(peer.received.indexOf('message-id="b"'));
    expect(peer.received).not.toContain('message-id="c"');
  });

  it("RFC 6241 §7.8: answers close-session when onCloseSession has released what the session held", async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { peer, session } = await opened({ onCloseSession: () => released });
    await peer.send(rpc("a", "<close-session/>"));
    await turn();
    expect(peer.received).not.toContain("rpc-reply");
    expect(session.signal.aborted).toBe(false);
    release();
    await peer.expect("<ok/>");
    expect(await session.closed).toEqual({ by: "close-session" });
  });

  it("RFC 6241 §7.8: closes all the same when onCloseSession fails, and tells", async () => {
    const failures: unknown[] = [];
    const failure = new Error("no disk");
    const onCloseSession = (): Promise<void> => Promise.reject(failure);
    const { peer, session } = await opened({ onCloseSession, onHandlerError: (error) => failures.push(error) });
    await peer.send(rpc("a", "<close-session/>"));
    expect(await session.closed).toEqual({ by: "close-session" });
    await peer.expect("<ok/>");
    expect(failures).toEqual([failure]);
  });

  it("takes a client that hangs up behind its close-session for one that has closed", async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { peer, session } = await opened({ onCloseSession: () => released });
    await peer.send(rpc("a", "<close-session/>"));
    await peer.end();
    expect(await session.closed).toEqual({ by: "close-session" });
    release();
    await turn();
  });

  it("aborts its signal before the connection is closed, also after an error", async () => {
    const { peer, session } = await opened();
    let aborted: boolean | undefined;
    peer.near.closed.catch(() => {
      aborted ??= session.signal.aborted;
    });
    await peer.send("no frame");
    expect((await session.closed).by).toBe("error");
    expect(aborted).toBe(true);
  });

  it("RFC 6241 §3: answers malformed requests in 1.1 and goes on", async () => {
    const refused: (readonly RpcErrorInfo[])[] = [];
    const { peer, session } = await opened({ onRefused: (errors) => refused.push(errors) });
    await peer.send(
      chunked("<rpc") + chunked("<a>".repeat(100_000)) + chunked(`<rpc xmlns="${BASE}"><get/></rpc>`) + rpc(9),
    );
    await peer.expect('message-id="9"');
    expect(refused.map(([error]) => error?.tag)).toEqual(["malformed-message", "too-big", "missing-attribute"]);
    await session.close();
  });

  it("ends with a typed error on a broken frame, and an unexpected message gets last words", async () => {
    const broken = await opened();
    await broken.peer.send("nonsense");
    expect(await broken.session.closed).toMatchObject({ by: "error", error: { layer: "framing", fault: "peer" } });
    const second = await opened();
    await second.peer.send(chunked(helloText(["1.1"])));
    expect(await second.session.closed).toMatchObject({ by: "error", error: { code: "unexpected-message" } });
    await second.peer.expect("malformed-message");
  });

  it("answers operation-failed for a result that XML cannot hold, and goes on", async () => {
    const failures: unknown[] = [];
    const [client] = await sessionPair({
      server: {
        handler: ({ operation }) => ({
          ok: true,
          content: [element("x", "urn:x", operation.name === "bad" ? "\u0000" : "good")],
        }),
        onHandlerError: (error) => failures.push(error),
      },
    });
    expect(await client.rpc(element("bad", "urn:x"))).toMatchObject({
      ok: false,
      errors: [{ tag: "operation-failed" }],
    });
    expect((await client.rpc(element("good", "urn:x"))).ok).toBe(true);
    expect(failures).toMatchObject([{ layer: "xml", fault: "local" }]);
    await client.close();
  });

  it("stops reading when refused requests pile up behind a slow one", async () => {
    let release = (): void => {};
    const { peer } = await opened({
      limits: { maxPendingRpcs: 4 },
      handler: () =>
        new Promise((resolve) => {
          release = () => resolve({ ok: true });
        }),
    });
    await peer.send(rpc(1));
    let sent = 0;
    const flood = (async () => {
      for (; sent < 400; sent++) await peer.send(chunked("x").repeat(200));
    })();
    await turn();
    await turn();
    // The pipe holds 64 KiB; what is beyond it waits at the client's end.
    expect(sent).toBeLessThan(200);
    release();
    await Promise.all([flood, peer.expect("malformed-message")]);
  });

  it("stops reading at maxPendingRpcs, and loses nothing", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let handled = 0;
    const [client] = await sessionPair({
      server: {
        limits: { maxPendingRpcs: 4 },
        handler: async () => {
          await held;
          handled++;
          return { ok: true };
        },
      },
      memory: { maxReadBytes: 64 },
    });
    const all = Promise.all(Array.from({ length: 100 }, () => client.rpc(element("x", "urn:x"))));
    await turn();
    release();
    expect((await all).every((reply) => reply.ok)).toBe(true);
    expect(handled).toBe(100);
    await client.close();
  });

  it("refuses notifications for a client that does not read, and those after the end", async () => {
    const { peer, session } = await opened({ maxQueuedOutputBytes: 1000 });
    const big = element("e", "urn:e", "x".repeat(200_000));
    const waiting: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++)
      waiting.push(session.notify("2026-01-01T00:00:00Z", big).catch((error: unknown) => error));
    const outcomes = await Promise.all(waiting);
    expect(outcomes.some((outcome) => (outcome as { code?: string } | undefined)?.code === "limit-output")).toBe(true);
    await session.close();
    expect(await failureOf(session.notify("2026-01-01T00:00:00Z", big))).toBeInstanceOf(Error);
    await peer.close();
  });

  it("terminate ends it with the reason; close without", async () => {
    const reason = new Error("killed by session 5");
    const killed = await opened();
    killed.session.terminate(reason);
    expect(killed.session.signal.reason).toBe(reason);
    expect(await killed.session.closed).toEqual({ by: "error", error: reason });
    const closed = await opened();
    await closed.session.close();
    expect(await closed.session.closed).toEqual({ by: "local" });
  });

  it("sees a client that hangs up as the peer's end, and aborts its signal", async () => {
    const { peer, session } = await opened();
    await peer.end();
    expect(await session.closed).toEqual({ by: "peer" });
    expect(session.signal.aborted).toBe(true);
  });

  it("survives a client that closes while a handler works", async () => {
    const { peer, session } = await opened({
      handler: async () => {
        await turn();
        return { ok: true };
      },
    });
    await peer.send(rpc(1));
    await turn();
    await peer.close();
    await session.closed;
    await turn();
    await turn();
  });

  it("serves a client that asks before reading anything", async () => {
    const [client] = await sessionPair({ memory: { highWaterBytes: 10, maxReadBytes: 3 } });
    expect((await client.rpc(get())).ok).toBe(true);
    await client.close();
  });
});
