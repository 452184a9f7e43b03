import {
  type ClientSession,
  cancelCommit,
  commit,
  copyConfig,
  deleteConfig,
  discardChanges,
  editConfig,
  expectOk,
  get,
  getConfig,
  isRpcError,
  killSession,
  lock,
  type Reply,
  unlock,
  validate,
} from "@netconf-kit/core";
import { memoryPair } from "@netconf-kit/socket";
import { element, parseXml, serializeXml, type XmlElement } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { elementsOf } from "../src/config-tree.ts";
import { createNetconfServer, dataError } from "../src/mod.ts";
import { config, content, EXAMPLE, exampleDescriptions, NC, settle, testBed } from "./support.ts";

function top(inner: string): XmlElement {
  return elementsOf(config(`<top>${inner}</top>`))[0]!;
}

async function running(client: ClientSession): Promise<string> {
  return content(expectOk(await client.rpc(getConfig("running"))));
}

function firstError(reply: Reply<unknown>) {
  if (reply.ok) throw new Error("the reply holds no error");
  return reply.errors[0]!;
}

/** Sends an operation as text; `nc` is the base namespace. */
function raw(client: ClientSession, text: string): Promise<Reply<readonly XmlElement[]>> {
  return client.rpc(elementsOf(parseXml(`<nc:rpc xmlns:nc="${NC}" xmlns="${NC}">${text}</nc:rpc>`))[0]!);
}

describe("a session", () => {
  it("learns the capabilities and gets an id from 1 (RFC 6241 §8.1)", async () => {
    await using bed = await testBed({ capabilities: ["urn:example?module=example"] });
    const first = await bed.connect();
    const second = await bed.connect();
    expect([first.sessionId, second.sessionId]).toEqual([1, 2]);
    expect(first.version).toBe("1.1");
    const uris = first.capabilities.uris();
    const own = [
      "base:1.0",
      "base:1.1",
      "capability:writable-running:1.0",
      "capability:candidate:1.0",
      "capability:confirmed-commit:1.0",
      "capability:confirmed-commit:1.1",
      "capability:rollback-on-error:1.0",
      "capability:validate:1.0",
      "capability:validate:1.1",
      "capability:notification:1.0",
      "capability:interleave:1.0",
    ];
    for (const name of own) expect(uris).toContain(`urn:ietf:params:netconf:${name}`);
    expect(uris).toContain("urn:example?module=example");
    for (const absent of ["startup", "url", "xpath"]) expect(uris.join()).not.toContain(`capability:${absent}`);
    expect(bed.server.sessions).toMatchObject([
      {
        sessionId: 1,
        username: "admin",
        transport: "netconf-test",
        sourceHost: "192.0.2.1",
        loginTime: "2026-01-02T03:04:05Z",
      },
      { sessionId: 2 },
    ]);
  });

  it("edits, reads and filters over the wire", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    expectOk(await client.rpc(editConfig("running", top("<interface><name>a</name><mtu>1</mtu></interface><x>1</x>"))));
    expect(await running(client)).toBe("<top><interface><name>a</name><mtu>1</mtu></interface><x>1</x></top>");
    const selected = expectOk(await client.rpc(getConfig("running", { filter: { subtree: top("<x/>") } })));
    expect(content(selected)).toBe("<top><x>1</x></top>");
    const nothing = expectOk(await client.rpc(getConfig("running", { filter: { subtree: [] } })));
    expect(content(nothing)).toBe("");
  });

  it("gets errors as RFC 6241 §4.3 writes them", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const error = firstError(
      await client.rpc(
        editConfig(
          "running",
          elementsOf(config(`<top><interface xc:operation="create"><mtu>1</mtu></interface></top>`))[0]!,
        ),
      ),
    );
    expect(error).toMatchObject({
      type: "application",
      tag: "missing-element",
      severity: "error",
      path: { text: "/config:top/config:interface" },
      info: { badElement: "name" },
    });
    expect(error.path?.scope.get("config")).toBe(EXAMPLE);
  });

  it("walks through candidate, validate, commit and discard", async () => {
    await using bed = await testBed({
      validators: [(tree) => (content(tree).includes("bad") ? [dataError("invalid-value", "bad is bad")] : [])],
    });
    const client = await bed.connect();
    expectOk(await client.rpc(lock("candidate")));
    expectOk(await client.rpc(editConfig("candidate", top("<x>bad</x>"))));
    expect(firstError(await client.rpc(validate("candidate"))).tag).toBe("invalid-value");
    expect(firstError(await client.rpc(commit())).message?.text).toBe("bad is bad");
    expectOk(await client.rpc(discardChanges()));
    expectOk(await client.rpc(editConfig("candidate", top("<x>good</x>"), { testOption: "test-then-set" })));
    expectOk(await client.rpc(commit()));
    expectOk(await client.rpc(unlock("candidate")));
    expect(await running(client)).toBe("<top><x>good</x></top>");
    expectOk(await client.rpc(copyConfig("candidate", { config: [top("<y/>")] })));
    expectOk(await client.rpc(copyConfig("running", "candidate")));
    expect(await running(client)).toBe("<top><y/></top>");
  });

  it("confirms, cancels and loses confirmed commits, in virtual time", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const other = await bed.connect();
    const change = async (value: number) => expectOk(await client.rpc(editConfig("candidate", top(`<x>${value}</x>`))));
    await change(1);
    expectOk(await client.rpc(commit()));
    await change(2);
    expectOk(await client.rpc(commit({ confirmed: true })));
    expect(firstError(await other.rpc(commit())).tag).toBe("in-use");
    expectOk(await client.rpc(cancelCommit()));
    expect(await running(client)).toBe("<top><x>1</x></top>");
    await change(3);
    expectOk(await client.rpc(commit({ confirmTimeout: 30 })));
    expect(await running(other)).toBe("<top><x>3</x></top>");
    bed.clock.advance(30_000);
    expect(await running(other)).toBe("<top><x>1</x></top>");
    await change(4);
    expectOk(await client.rpc(commit({ persist: "t", confirmTimeout: 30 })));
    client.abort();
    await settle();
    expectOk(await other.rpc(commit({ persistId: "t" })));
    bed.clock.advance(30_000);
    expect(await running(other)).toBe("<top><x>4</x></top>");
  });
});

describe("requests that are wrong", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["an operation nobody knows", `<o xmlns="urn:example:none"/>`, "operation-not-supported"],
    ["an unknown parameter", "<lock><target><running/></target><x/></lock>", "unknown-element"],
    ["a parameter of another namespace", `<lock><target xmlns="urn:x"/></lock>`, "unknown-element"],
    ["a missing parameter", "<lock/>", "missing-element"],
    ["a parameter given twice", "<lock><target><running/></target><target><running/></target></lock>", "bad-element"],
    ["an empty target", "<lock><target/></lock>", "missing-element"],
    ["two targets", "<lock><target><running/><candidate/></target></lock>", "unknown-element"],
    ["startup, which is not there", "<lock><target><startup/></target></lock>", "unknown-element"],
    [
      "a URL, which is not supported",
      "<copy-config><target><running/></target><source><url>file:x</url></source></copy-config>",
      "unknown-element",
    ],
    ["an edit without content", "<edit-config><target><running/></target></edit-config>", "missing-element"],
    [
      "default-operation create",
      "<edit-config><target><running/></target><default-operation>create</default-operation><config/></edit-config>",
      "invalid-value",
    ],
    [
      "test-option never",
      "<edit-config><target><running/></target><test-option>never</test-option><config/></edit-config>",
      "invalid-value",
    ],
    ["deleting running (§7.4)", "<delete-config><target><running/></target></delete-config>", "invalid-value"],
    ["an XPath filter (§8.9)", `<get><filter type="xpath" select="/"/></get>`, "bad-attribute"],
    ["killing oneself (§7.9)", "<kill-session><session-id>1</session-id></kill-session>", "invalid-value"],
    ["killing nobody", "<kill-session><session-id>99</session-id></kill-session>", "invalid-value"],
    ["killing a word", "<kill-session><session-id>x</session-id></kill-session>", "invalid-value"],
    ["killing without an id", "<kill-session/>", "missing-element"],
    [
      "confirm-timeout 0 (Appendix C)",
      "<commit><confirmed/><confirm-timeout>0</confirm-timeout></commit>",
      "invalid-value",
    ],
    [
      "confirm-timeout 2^32",
      "<commit><confirmed/><confirm-timeout>4294967296</confirm-timeout></commit>",
      "invalid-value",
    ],
    ["persist without confirmed", "<commit><persist>t</persist></commit>", "bad-element"],
    ["persist-id for nothing (§8.4.4.1)", "<cancel-commit><persist-id>t</persist-id></cancel-commit>", "invalid-value"],
    ["cancelling nothing", "<cancel-commit/>", "operation-failed"],
  ];
  for (const [what, text, tag] of cases) {
    it(`answers ${tag} for ${what}, and the session goes on`, async () => {
      await using bed = await testBed();
      const client = await bed.connect();
      expect(firstError(await raw(client, text)).tag).toBe(tag);
      expect(await running(client)).toBe("");
    });
  }

  it("takes options with white space around them", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const option = "<test-option>\n set\n </test-option><default-operation> none </default-operation>";
    expectOk(await raw(client, `<edit-config><target><running/></target>${option}<config/></edit-config>`));
  });

  it("deletes no startup, because there is none", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const reply = await client.rpc(deleteConfig("startup"), { ignoreCapabilities: true });
    expect(firstError(reply).tag).toBe("unknown-element");
  });
});

describe("locks between two sessions (RFC 6241 §7.5)", () => {
  it("name their owner, and end with kill-session (§7.9)", async () => {
    await using bed = await testBed();
    const alice = await bed.connect("alice");
    const bob = await bed.connect("bob");
    expectOk(await alice.rpc(lock("running")));
    const denied = firstError(await bob.rpc(lock("running")));
    expect(denied).toMatchObject({ type: "protocol", tag: "lock-denied", info: { sessionId: 1 } });
    expect(firstError(await bob.rpc(editConfig("running", top("<x/>")))).tag).toBe("in-use");
    expectOk(await bob.rpc(killSession(1)));
    expectOk(await bob.rpc(lock("running")));
    await alice.closed;
    expect(bed.server.sessions.map((each) => each.username)).toEqual(["bob"]);
  });

  it("end with the session, and take its candidate and its confirmed commit along", async () => {
    await using bed = await testBed();
    const alice = await bed.connect();
    const bob = await bed.connect();
    expectOk(await alice.rpc(editConfig("candidate", top("<x>1</x>"))));
    expectOk(await alice.rpc(commit({ confirmed: true })));
    expectOk(await alice.rpc(lock("candidate")));
    expectOk(await alice.rpc(editConfig("candidate", top("<x>2</x>"))));
    alice.abort(new Error("the cable is cut"));
    await settle();
    expect(await running(bob)).toBe("");
    expect(content(expectOk(await bob.rpc(getConfig("candidate"))))).toBe("");
    expectOk(await bob.rpc(lock("candidate")));
  });

  it("kill-session rolls a confirmed commit back before it is answered (§7.9)", async () => {
    await using bed = await testBed();
    const alice = await bed.connect();
    const bob = await bed.connect();
    expectOk(await alice.rpc(editConfig("candidate", top("<x>1</x>"))));
    expectOk(await alice.rpc(commit({ confirmed: true })));
    expectOk(await bob.rpc(killSession(1)));
    expect(await running(bob)).toBe("");
  });

  it("end with close-session as soon as it is answered", async () => {
    await using bed = await testBed();
    const bob = await bed.connect();
    for (let round = 0; round < 20; round++) {
      const alice = await bed.connect();
      expectOk(await alice.rpc(lock("running")));
      await alice.close();
      expectOk(await bob.rpc(lock("running")));
      expectOk(await bob.rpc(unlock("running")));
    }
  });

  it("bind the server's own program too", async () => {
    await using bed = await testBed();
    const alice = await bed.connect();
    expectOk(await alice.rpc(lock("running")));
    const error = await bed.server.edit("running", config("<top/>")).catch((reason: unknown) => reason);
    expect(isRpcError(error) && error.errors[0]?.tag).toBe("in-use");
    expect(await bed.server.killSession(1)).toBe(true);
    expect(await bed.server.killSession(1)).toBe(false);
    await bed.server.edit("running", config("<top><x>1</x></top>"));
    expect(content(bed.server.read("running"))).toBe("<top><x>1</x></top>");
  });
});

describe("state data and own operations", () => {
  it("come with get, merged into the configuration by keys, and not with get-config", async () => {
    const asked: (string | undefined)[] = [];
    await using bed = await testBed({
      state: [
        {
          namespace: EXAMPLE,
          name: "top",
          state: ({ filter }) => {
            asked.push(filter && serializeXml(filter));
            return [top("<interface><name>a</name><up>true</up></interface><interface><name>z</name></interface>")];
          },
        },
      ],
    });
    const client = await bed.connect();
    expectOk(await client.rpc(editConfig("running", top("<interface><name>a</name><mtu>1</mtu></interface>"))));
    const wanted = { filter: { subtree: top("") } };
    expect(content(expectOk(await client.rpc(get(wanted))))).toBe(
      "<top><interface><name>a</name><mtu>1</mtu><up>true</up></interface><interface><name>z</name></interface></top>",
    );
    expect(await running(client)).toBe("<top><interface><name>a</name><mtu>1</mtu></interface></top>");
    expectOk(await client.rpc(get({ filter: { subtree: element("other", EXAMPLE) } })));
    expect(asked).toHaveLength(1);
  });

  it("list the event streams (RFC 5277 §3.2.5.1)", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const namespace = "urn:ietf:params:xml:ns:netmod:notification";
    const data = expectOk(await client.rpc(get({ filter: { subtree: element("netconf", namespace) } })));
    const text = serializeXml(data);
    expect(text).toContain("<name>NETCONF</name>");
    expect(text).toContain("<replaySupport>false</replaySupport>");
  });

  it("are carried out by their handlers, with content, errors or nothing", async () => {
    const restarted: string[] = [];
    await using bed = await testBed({
      operations: [
        { namespace: "urn:x", name: "restart", handler: (_, { session }) => void restarted.push(session.username) },
        { namespace: "urn:x", name: "echo", handler: (operation) => ({ content: elementsOf(operation) }) },
        {
          namespace: "urn:x",
          name: "deny",
          handler: () => ({ errors: [{ type: "application", tag: "access-denied", message: "no" }] }),
        },
        {
          namespace: "urn:x",
          name: "break",
          handler: () => {
            throw new Error("a secret");
          },
        },
      ],
    });
    const client = await bed.connect("ops");
    expectOk(await client.rpc(element("restart", "urn:x")));
    expect(restarted).toEqual(["ops"]);
    const echoed = expectOk(await client.rpc(element("echo", "urn:x", [element("a", "urn:x", "1")])));
    expect(echoed.map((each) => each.name)).toEqual(["a"]);
    expect(firstError(await client.rpc(element("deny", "urn:x"))).tag).toBe("access-denied");
    const broken = firstError(await client.rpc(element("break", "urn:x")));
    expect(broken.tag).toBe("operation-failed");
    expect(broken.message?.text).not.toContain("secret");
    expect(bed.errors).toMatchObject([{ message: "a secret" }]);
  });

  it("cannot be added under a name that is taken", async () => {
    await using bed = await testBed();
    expect(() => bed.server.addOperation({ namespace: NC, name: "get", handler: () => {} })).toThrow(
      expect.objectContaining({ code: "bad-registration", fault: "local", layer: "netconf" }),
    );
  });
});

describe("onChange", () => {
  it("calls listeners with the changes below their path, and above it", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    const seen: string[] = [];
    const path = { namespace: EXAMPLE, path: ["top", "interface"] };
    const stop = bed.server.onChange(path, ({ changes, by }) =>
      seen.push(`${by?.username} ${changes.map((c) => c.op)}`),
    );
    bed.server.onChange(undefined, () => {
      throw new Error("a listener");
    });
    expectOk(await client.rpc(editConfig("running", top("<x>1</x>"))));
    expect(seen).toEqual(["admin created"]);
    expectOk(await client.rpc(editConfig("running", top("<x>2</x>"))));
    expect(seen).toHaveLength(1);
    expectOk(await client.rpc(editConfig("running", top("<x>3</x><interface><name>a</name></interface>"))));
    expect(seen).toEqual(["admin created", "admin created"]);
    stop();
    expectOk(await client.rpc(copyConfig("running", { config: [] })));
    expect(seen).toHaveLength(2);
    expect(bed.errors).toHaveLength(4);
  });
});

describe("the life of a server", () => {
  it("comes back with what its storage has, and not with the initial configuration", async () => {
    let stored: Uint8Array | undefined;
    const storage = {
      load: async () => stored,
      save: async (bytes: Uint8Array) => {
        stored = bytes;
      },
    };
    const options = { schema: exampleDescriptions, storage, initial: config("<top><x>0</x></top>") };
    const first = await createNetconfServer(options);
    expect(content(first.read("running"))).toBe("<top><x>0</x></top>");
    await first.edit("running", config(`<top><type xmlns:i="urn:i">i:a</type></top>`));
    await first.close();
    const second = await createNetconfServer(options);
    expect(content(second.read("running"))).toBe("<top><x>0</x><type>i:a</type></top>");
    expect(serializeXml(second.read("running"))).toContain(`<type xmlns:i="urn:i">i:a</type>`);
  });

  it("does not begin with a storage that fails or holds something else", async () => {
    const storage = (load: () => Promise<Uint8Array>) => ({ storage: { load, save: async () => {} } });
    const failing = createNetconfServer(storage(() => Promise.reject(new Error("no disk"))));
    await expect(failing).rejects.toMatchObject({ code: "storage-failed", cause: { message: "no disk" } });
    const bytes = (text: string) => createNetconfServer(storage(async () => new TextEncoder().encode(text)));
    await expect(bytes("not xml")).rejects.toMatchObject({ code: "bad-configuration" });
    await expect(bytes(`<config xmlns="${NC}"><x/></config>`)).rejects.toMatchObject({ code: "bad-configuration" });
    await expect(createNetconfServer({ schema: [{ namespace: "urn:x", path: [], keys: [] }] })).rejects.toMatchObject({
      code: "bad-schema",
    });
  });

  it("refuses one session more than it may have, and any when closed", async () => {
    await using bed = await testBed({ maxSessions: 2 });
    await bed.connect();
    await bed.connect();
    const [ours, theirs] = memoryPair();
    await expect(bed.server.serve(theirs, { username: "x" })).rejects.toMatchObject({ code: "too-many-sessions" });
    await expect(ours.read()).rejects.toThrow();
    await bed.server.close();
    const [, another] = memoryPair();
    await expect(bed.server.serve(another, { username: "x" })).rejects.toMatchObject({ code: "closed" });
    expect(bed.server.sessions).toEqual([]);
  });

  it("ends every session when it closes", async () => {
    await using bed = await testBed();
    const client = await bed.connect();
    await bed.server.close();
    await client.closed;
  });

  it("gives the place of a session back when it closes", async () => {
    await using bed = await testBed({ maxSessions: 1 });
    const client = await bed.connect();
    await client.close();
    await settle();
    expect(bed.server.sessions).toEqual([]);
    const next = await bed.connect();
    expect(next.sessionId).toBe(2);
  });
});
