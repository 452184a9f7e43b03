import { textOf } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import {
  type ClientSession,
  type ClientSessionOptions,
  capabilityUris,
  editConfig,
  expectOk,
  get,
  getConfig,
  getSchema,
  type Operation,
  openClientSession,
  rawRpc,
} from "../src/mod.ts";
import { failureOf } from "./support/pair.ts";
import { BASE, chunked, EOM, helloText, RawPeer } from "./support/raw-peer.ts";

const reply = (body: string, id = 1): string =>
  chunked(`<rpc-reply xmlns="${BASE}" message-id="${id}">${body}</rpc-reply>`);

async function opened(options: ClientSessionOptions = {}): Promise<{ peer: RawPeer; session: ClientSession }> {
  const peer = new RawPeer();
  const opening = openClientSession(peer.near, options);
  const capability = `<capability>${capabilityUris.writableRunning}</capability></capabilities>`;
  await peer.send(helloText(["1.1"], 4).replace("</capabilities>", capability) + EOM);
  return { peer, session: await opening };
}

async function answered<T>(operation: Operation<T>, text: string, options: ClientSessionOptions = {}) {
  const { peer, session } = await opened(options);
  const answer = session.rpc(operation, { ignoreCapabilities: true });
  await peer.send(text);
  return { peer, session, answer };
}

/** Replies whose envelope is sound. */
const badBodies: readonly (readonly [what: string, body: string, code: string])[] = [
  ["an element without an end", "<data><a></data>", "not-well-formed"],
  ["crossed elements", "<data><a><b></a></b></data>", "not-well-formed"],
  ["an undeclared prefix", "<data><x:a/></data>", "not-well-formed"],
  ["an unknown entity", "<data>&nbsp;</data>", "not-well-formed"],
  ["a control character", "<data>\u0001</data>", "not-well-formed"],
  ["a document type declaration", "<data><!DOCTYPE a></data>", "not-well-formed"],
  [
    "the end of the reply inside",
    `<data></data></rpc-reply><rpc-reply xmlns="${BASE}"><data></data>`,
    "not-well-formed",
  ],
  ["257 levels", `<data>${"<a>".repeat(257)}${"</a>".repeat(257)}</data>`, "limit-depth"],
];

describe("a <data> reply that is read when somebody asks", () => {
  it("gives its value once, as the tree of <data>, and its body in every form", async () => {
    const body = `<data><top xmlns="urn:x"><name>a</name><name>b</name></top></data>`;
    const { peer, session, answer } = await answered(getConfig("running"), reply(body));
    const found = await answer;
    if (!found.ok) throw new Error("expected data");
    expect(found.value).toMatchObject({ name: "data", namespace: BASE });
    expect(found.value).toBe(found.value);
    expect({ ...found }.value).toBe(found.value);
    expect(expectOk(found)).toBe(found.value);
    expect(found.body.tree()).toBe(found.value);
    expect(found.body.compact()).toMatchObject({ name: "data" });
    expect(found.body.compact().select("x:top/x:name[2]", { namespaces: { x: "urn:x" } })[0]?.text).toBe("b");
    expect(found.body.toPlain()).toEqual({ top: { name: ["a", "b"] } });
    expect(new TextDecoder().decode(found.body.bytes)).toBe(
      `<rpc-reply xmlns="${BASE}" message-id="1">${body}</rpc-reply>`,
    );
    const raw = session.rpc(rawRpc(get().element));
    await peer.send(reply("<data/>", 2));
    expect(expectOk(await raw).map(({ name }) => name)).toEqual(["data"]);
    session.abort();
  });

  for (const [what, body, code] of badBodies) {
    it(`with ${what} throws ${code} when it is read, and the session goes on`, async () => {
      const { peer, session, answer } = await answered(getConfig("running"), reply(body));
      const found = await answer;
      if (!found.ok) throw new Error("expected data");
      const bad = expect.objectContaining({ name: "XmlError", code, fault: "peer" });
      expect(() => found.value).toThrowError(bad);
      expect(() => expectOk(found)).toThrowError(bad);
      expect(() => found.body.tree()).toThrowError(bad);
      expect(() => found.body.compact()).toThrowError(bad);
      expect(() => found.body.toPlain()).toThrowError(bad);
      const next = session.rpc(getConfig("running"));
      await peer.send(reply("<data>fine</data>", 2));
      expect(textOf(expectOk(await next))).toBe("fine");
      session.abort();
    });

    it(`with ${what} ends the session with ${code} when replies are checked at once`, async () => {
      const { session, answer } = await answered(getConfig("running"), reply(body), { checkReplies: "at-once" });
      expect(await failureOf(answer)).toMatchObject({ name: "XmlError", code, fault: "peer" });
      expect(await session.closed).toMatchObject({ by: "error", error: { code } });
    });

    it(`with ${what} is no success of an operation without a result`, async () => {
      const { session, answer } = await answered(editConfig("running", []), reply(body));
      expect(await failureOf(answer)).toMatchObject({ name: "XmlError", code, fault: "peer" });
      session.abort();
    });
  }

  it("with bytes that are no UTF-8 throws encoding when it is read", async () => {
    const { peer, session } = await opened();
    const answer = session.rpc(get());
    const bytes = new TextEncoder().encode(reply("<data>?</data>"));
    bytes[bytes.indexOf(0x3f)] = 0xff;
    await peer.sendBytes(bytes);
    const found = await answer;
    expect(() => expectOk(found)).toThrowError(expect.objectContaining({ code: "encoding", fault: "peer" }));
    session.abort();
  });
});

describe("any other reply", () => {
  for (const body of ["<a xmlns='urn:x'>", "<ok/><a>", "<ok></data>", "<rpc-error>", "text &", "<ok/>]]>"]) {
    it(`ends the session at once when it is ${body}`, async () => {
      const { session, answer } = await answered(editConfig("running", []), reply(body));
      expect(await failureOf(answer)).toMatchObject({ name: "XmlError", fault: "peer" });
      expect(await session.closed).toMatchObject({ by: "error" });
    });
  }

  it("is refused at once where data is wanted", async () => {
    for (const body of ["<ok/>", "", "<a xmlns='urn:x'/>"]) {
      for (const operation of [getConfig("running"), getSchema("m")] as const) {
        const { session, answer } = await answered<unknown>(operation, reply(body));
        expect(await failureOf(answer)).toMatchObject({ code: "malformed-reply", fault: "peer" });
        session.abort();
      }
    }
  });

  it("has a body too: of an error, and of an operation with results of its own", async () => {
    const failed = await answered(get(), reply("<rpc-error><error-tag>in-use</error-tag></rpc-error>"));
    expect((await failed.answer).body.toPlain()).toMatchObject({ "rpc-error": { "error-tag": "in-use" } });
    failed.session.abort();
    const other = await answered(rawRpc(get().element), reply(`<vlan xmlns="urn:v">7</vlan>`));
    const found = await other.answer;
    expect(expectOk(found).map((element) => textOf(element))).toEqual(["7"]);
    expect(found.body.compact().name).toBe("rpc-reply");
    expect(found.body.compact().child("vlan", "urn:v")?.text).toBe("7");
    other.session.abort();
  });
});
