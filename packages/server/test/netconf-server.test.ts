import {
  type ClientSession,
  cancelCommit,
  closeSession,
  commit,
  copyConfig,
  discardChanges,
  editConfig,
  expectOk,
  get,
  getConfig,
  isRpcError,
  killSession,
  lock,
  openClientSession,
  type Reply,
  unlock,
  validate,
} from "@netconf-kit/core";
import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { element, serializeXml, type XmlElement } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import { elementsOf } from "../src/config-tree.ts";
import { dataError } from "../src/mod.ts";
import { config, content, EXAMPLE, NC, settle, testBed } from "./support.ts";

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

  it("close-session rolls a confirmed commit back before it is answered (§7.8)", async () => {
    await using bed = await testBed();
    const alice = await bed.connect();
    expectOk(await alice.rpc(editConfig("candidate", top("<x>1</x>"))));
    expectOk(await alice.rpc(commit({ confirmed: true })));
    expectOk(await alice.rpc(closeSession()));
    expect(content(bed.server.read("running"))).toBe("");
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

  it("end with the session, and not with the last byte of its connection", async () => {
    await using bed = await testBed();
    const [ours, theirs] = memoryPair();
    const never = new Promise<void>(() => {});
    const slow: DuplexSocket = {
      read: () => theirs.read(),
      write: (bytes) => theirs.write(bytes),
      closeWrite: () => theirs.closeWrite().then(() => never),
      close: (reason) => theirs.close(reason),
      closed: theirs.closed,
      [Symbol.asyncDispose]: () => theirs.close(),
    };
    const serving = bed.server.serve(slow, { username: "slow" });
    const alice = await openClientSession(ours, { clock: bed.clock });
    await serving;
    const bob = await bed.connect();
    expectOk(await alice.rpc(lock("running")));
    await alice.close();
    expectOk(await bob.rpc(lock("running")));
    expect(bed.server.sessions.map((each) => each.username)).toEqual(["slow", "admin"]);
    bed.clock.advance(10_000);
    await settle();
    expect(bed.server.sessions.map((each) => each.username)).toEqual(["admin"]);
  });

  it("are not taken by requests that a killed session left in the queue (§7.9)", async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    await using bed = await testBed({ operations: [{ namespace: "urn:x", name: "wait", handler: () => gate }] });
    const alice = await bed.connect();
    const bob = await bed.connect();
    const waiting = alice.rpc(element("wait", "urn:x")).catch(() => {});
    const locking = alice.rpc(lock("running")).catch(() => {});
    await settle();
    expectOk(await bob.rpc(killSession(1)));
    open();
    await Promise.all([waiting, locking]);
    await settle();
    expectOk(await bob.rpc(lock("running")));
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
