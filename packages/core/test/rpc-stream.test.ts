import { memoryPair } from "@netconf-kit/socket";
import { element, textOf, type XmlElement } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import {
  acceptServerSession,
  type ClientSession,
  type ClientSessionOptions,
  capabilityUris,
  getConfig,
  isRpcError,
  namespaces,
  openClientSession,
  type RpcHandler,
  type RpcStreamOptions,
  rpcError,
} from "../src/mod.ts";
import { BASE, chunked, EOM, helloText, RawPeer } from "./support/raw-peer.ts";

const ns = "urn:example:if";

function entries(count: number, name = "interface"): XmlElement {
  const list = Array.from({ length: count }, (_, i) => element(name, ns, [element("name", ns, `eth${i}`)]));
  return element("data", namespaces.base, [element("interfaces", ns, list)]);
}

async function sessionWith(
  handler: RpcHandler,
  options: ClientSessionOptions = {},
  maxReadBytes = 65_536,
): Promise<ClientSession> {
  const [near, far] = memoryPair({ maxReadBytes, highWaterBytes: 1024 });
  const capabilities = [capabilityUris.base10, capabilityUris.base11];
  void acceptServerSession(far, { sessionId: 1, capabilities, username: "ops", handler }).catch(() => {});
  return openClientSession(near, options);
}

async function names(session: ClientSession, options?: RpcStreamOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of session.rpcStream(getConfig("running"), options))
    found.push(textOf(entry.children[0] as XmlElement));
  return found;
}

describe("rpcStream()", () => {
  for (const versions of [[capabilityUris.base10], [capabilityUris.base11]]) {
    it(`gives every entry in order, read one byte at a time, with ${versions}`, async () => {
      const session = await sessionWith(() => ({ ok: true, content: [entries(20)] }), { capabilities: versions }, 1);
      expect(await names(session)).toEqual(Array.from({ length: 20 }, (_, i) => `eth${i}`));
      await session.close();
    });
  }

  it("gives the entries that the path names and nothing else", async () => {
    const data = element("data", namespaces.base, [
      element("system", ns, [element("interface", ns, [element("name", ns, "no")])]),
      element("interfaces", ns, [
        element("other", ns, [element("interface", ns, [element("name", ns, "too deep")])]),
        element("interface", ns, [element("name", ns, "yes")]),
        element("interface", "urn:another", [element("name", ns, "another namespace")]),
      ]),
      element("interfaces", ns, [element("interface", ns, [element("name", ns, "again")])]),
    ]);
    const session = await sessionWith(() => ({ ok: true, content: [data] }));
    const path = [{ name: "interfaces" }, { name: "interface", namespace: ns }];
    expect(await names(session, { path })).toEqual(["yes", "again"]);
    expect(await names(session, { path: [{ name: "nothing" }] })).toEqual([]);
    await session.close();
  });

  it("gives the entries of a reply that could not be recognised as it came", async () => {
    const interfaces = `<interfaces xmlns="${ns}"><interface><name>eth0</name></interface></interfaces>`;
    const late = `<!--${" ".repeat(70_000)}--><rpc-reply xmlns="${BASE}" message-id="1"><data>${interfaces}</data></rpc-reply>`;
    const nameless = `<rpc-reply xmlns="${BASE}"><data>${interfaces}</data></rpc-reply>`;
    for (const [text, strictness] of [
      [late, "strict"],
      [nameless, "lenient"],
    ] as const) {
      const peer = new RawPeer();
      const opening = openClientSession(peer.near, { strictness });
      await peer.send(helloText(["1.1"], 4) + EOM);
      const session = await opening;
      const found = names(session);
      await peer.expect("get-config");
      await peer.send(chunked(text));
      expect(await found).toEqual(["eth0"]);
      session.abort();
    }
  });

  it("throws the rpc-error of the reply", async () => {
    const session = await sessionWith(() => ({
      ok: false,
      errors: [rpcError({ tag: "access-denied", message: "no" })],
    }));
    const error = await names(session).catch((thrown: unknown) => thrown);
    expect(isRpcError(error)).toBe(true);
    expect(error).toMatchObject({ errors: [{ tag: "access-denied" }] });
    await session.close();
  });

  it("leaves other replies as they are, before, between and after", async () => {
    const session = await sessionWith(() => ({ ok: true, content: [entries(3)] }));
    const whole = session.rpc(getConfig("running"));
    const streamed = names(session);
    const after = session.rpc(getConfig("running"));
    expect(await streamed).toEqual(["eth0", "eth1", "eth2"]);
    expect((await whole).ok && (await after).ok).toBe(true);
    await session.close();
  });

  it("holds back the server while nobody takes entries", async () => {
    const session = await sessionWith(() => ({ ok: true, content: [entries(5000)] }));
    const iterator = session.rpcStream(getConfig("running"), { maxQueuedBytes: 2000 })[Symbol.asyncIterator]();
    await iterator.next();
    let answered = false;
    const behind = session.rpc(getConfig("running")).then(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answered).toBe(false);
    let count = 1;
    while (!(await iterator.next()).done) count++;
    expect(count).toBe(5000);
    await behind;
    await session.close();
  });

  it("drops the rest when the loop is left, and the session goes on", async () => {
    const session = await sessionWith(() => ({ ok: true, content: [entries(5000)] }));
    for await (const _ of session.rpcStream(getConfig("running"), { maxQueuedBytes: 2000 })) break;
    expect(await names(session)).toHaveLength(5000);
    await session.close();
  });

  it("ends the session when one entry is over the limit by one node", async () => {
    const small = { maxMessageBytes: 160 * 2 + 2 * "eth0".length };
    const within = await sessionWith(() => ({ ok: true, content: [entries(2)] }), { limits: small });
    expect(await names(within)).toHaveLength(2);
    await within.close();
    const over = await sessionWith(() => ({ ok: true, content: [entries(2)] }), {
      limits: { maxMessageBytes: small.maxMessageBytes - 1 },
    });
    await expect(names(over)).rejects.toMatchObject({ code: "limit-entry", fault: "peer" });
  });

  it("ends the session when what stands outside <data> is over the limit", async () => {
    const outside = Array.from({ length: 50 }, () => element("other", ns, "x".repeat(100)));
    const session = await sessionWith(() => ({ ok: true, content: outside }), { limits: { maxMessageBytes: 10_000 } });
    await expect(names(session)).rejects.toMatchObject({ code: "limit-entry" });
  });

  it("gives a time-out when no entry comes, and the reason of an abort", async () => {
    const silent = await sessionWith(() => new Promise(() => {}), { closeTimeout: 10 });
    await expect(names(silent, { timeout: 20 })).rejects.toMatchObject({ code: "timeout-rpc" });
    const reason = new Error("enough");
    await expect(names(silent, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await silent.close();
  });

  it("gives the error that ended the session after the entries that came before it", async () => {
    const [near, far] = memoryPair();
    const opening = openClientSession(near);
    const encoder = new TextEncoder();
    await far.write(
      encoder.encode(
        `<hello xmlns="${namespaces.base}"><capabilities><capability>${capabilityUris.base10}</capability></capabilities><session-id>4</session-id></hello>]]>]]>`,
      ),
    );
    const session = await opening;
    const found: string[] = [];
    const reading = (async () => {
      for await (const entry of session.rpcStream(getConfig("running"))) found.push(entry.name);
    })();
    await far.write(
      encoder.encode(
        `<rpc-reply xmlns="${namespaces.base}" message-id="1"><data><a xmlns="${ns}"><first/><second></a></data></rpc-reply>]]>]]>`,
      ),
    );
    await expect(reading).rejects.toMatchObject({ layer: "xml", code: "not-well-formed" });
    expect(found).toEqual(["first"]);
  });
});
