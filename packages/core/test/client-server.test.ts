import { element, textOf } from "@netconf-kit/xml";
import { describe, expect, it } from "vitest";
import {
  capabilityUris,
  commit,
  editConfig,
  expectOk,
  get,
  getConfig,
  isNetconfError,
  isRpcError,
  lock,
  RpcError,
  rpcError,
} from "../src/mod.ts";
import { allCapabilities, failureOf, sessionPair } from "./support/pair.ts";

const { base10, base11 } = capabilityUris;

describe("a client and a server in memory", () => {
  it("exchange hellos, a request and a reply, and part in good order", async () => {
    const [client, server] = await sessionPair();
    expect(client.sessionId).toBe(7);
    expect(client.capabilities.has(capabilityUris.candidate)).toBe(true);
    expect(server.capabilities.uris()).toEqual([base10, base11]);
    const data = expectOk(await client.rpc(getConfig("running")));
    expect(data.name).toBe("data");
    await client.close();
    expect(await client.closed).toEqual({ by: "local" });
    expect(await server.closed).toEqual({ by: "close-session" });
  });

  it("do the same when every read gives one byte", async () => {
    const [client, server] = await sessionPair({ memory: { maxReadBytes: 1 } });
    expect(client.version).toBe("1.1");
    expect((await client.rpc(editConfig("candidate", element("a", "urn:a", "ü")))).ok).toBe(true);
    await client.close();
    expect(await server.closed).toEqual({ by: "close-session" });
  });

  for (const [ours, theirs, version] of [
    [[base10], [base10, base11], "1.0"],
    [[base10, base11], [base10], "1.0"],
    [[base11], [base10, base11], "1.1"],
    [[base10, base11], [base11], "1.1"],
    [[base11], [base11], "1.1"],
  ] as const) {
    it(`RFC 6241 §8.1: agree on ${version} when the client has ${ours.length === 2 ? "both" : ours[0].slice(-3)} and the server ${theirs.length === 2 ? "both" : theirs[0].slice(-3)}`, async () => {
      const [client, server] = await sessionPair({ client: { capabilities: ours }, server: { capabilities: theirs } });
      expect([client.version, server.version]).toEqual([version, version]);
      expect((await client.rpc(get())).ok).toBe(true);
      await client.close();
    });
  }

  it("RFC 6241 §8.1: refuse each other when no version is common", async () => {
    const pair = sessionPair({ client: { capabilities: [base10] }, server: { capabilities: [base11] } });
    expect(await failureOf(pair)).toMatchObject({
      name: "NetconfError",
      code: "hello-no-common-version",
      fault: "peer",
    });
  });

  it("RFC 6241 §4.5: answer 1000 pipelined requests, each with its own reply", async () => {
    const [client] = await sessionPair({
      server: { handler: ({ operation }) => ({ ok: true, content: [element("echo", "urn:e", textOf(operation))] }) },
    });
    const replies = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => client.rpc(element("echo", "urn:e", String(i)))),
    );
    expect(replies.map((reply) => (reply.ok ? textOf(reply.value[0]!) : "error"))).toEqual(
      Array.from({ length: 1000 }, (_, i) => String(i)),
    );
    await client.close();
  });

  it("return an rpc-error as a value, and expectOk throws it with every error", async () => {
    const errors = [
      rpcError({ tag: "lock-denied", sessionId: 4, message: "locked by 4" }),
      rpcError({ tag: "in-use", severity: "warning" }),
    ];
    const [client] = await sessionPair({ server: { handler: () => ({ ok: false, errors }) } });
    const reply = await client.rpc(lock("running"));
    expect(reply).toMatchObject({
      ok: false,
      errors: [{ tag: "lock-denied", type: "protocol", info: { sessionId: 4 } }, { severity: "warning" }],
    });
    const thrown = await failureOf(Promise.resolve(reply).then(expectOk));
    expect(isRpcError(thrown) && thrown.errors).toHaveLength(2);
    expect(thrown.message).toContain("locked by 4");
    await client.close();
  });

  it("give warnings beside a value", async () => {
    const warnings = [rpcError({ tag: "operation-failed", severity: "warning", message: "slow" })];
    const [client] = await sessionPair({ server: { handler: () => ({ ok: true, warnings }) } });
    expect(await client.rpc(commit())).toMatchObject({
      ok: true,
      warnings: [{ message: { text: "slow", lang: "en" } }],
    });
    await client.close();
  });

  it("turn a handler's exception into operation-failed without its text, and go on", async () => {
    const failures: unknown[] = [];
    const [client] = await sessionPair({
      server: {
        handler: ({ operation }) => {
          if (operation.name === "boom") throw new Error("secret path");
          if (operation.name === "deny") throw new RpcError([rpcError({ tag: "access-denied" })]);
          return { ok: true };
        },
        onHandlerError: (error) => failures.push(error),
      },
    });
    const boom = await client.rpc(element("boom", "urn:x"));
    expect(boom).toMatchObject({ ok: false, errors: [{ tag: "operation-failed" }] });
    expect(JSON.stringify(boom)).not.toContain("secret");
    expect(failures).toHaveLength(1);
    expect(await client.rpc(element("deny", "urn:x"))).toMatchObject({ ok: false, errors: [{ tag: "access-denied" }] });
    expect((await client.rpc(element("fine", "urn:x"))).ok).toBe(true);
    await client.close();
  });

  it("RFC 6241 §8: an operation whose capability the server lacks is not sent, unless told so", async () => {
    const seen: string[] = [];
    const [client] = await sessionPair({
      server: {
        capabilities: [base11],
        handler: ({ operation }) => {
          seen.push(operation.name);
          return { ok: true };
        },
      },
    });
    expect(await failureOf(client.rpc(commit()))).toMatchObject({ code: "capability-missing", fault: "local" });
    expect(seen).toEqual([]);
    expect((await client.rpc(commit(), { ignoreCapabilities: true })).ok).toBe(true);
    expect(seen).toEqual(["commit"]);
    await client.close();
  });

  it("refuse one request over maxPendingRpcs, and the session goes on", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const [client] = await sessionPair({
      client: { limits: { maxPendingRpcs: 3 } },
      server: {
        handler: async () => {
          await held;
          return { ok: true };
        },
      },
    });
    const first = [1, 2, 3].map(() => client.rpc(get(), {}).catch((error: unknown) => error));
    expect(await failureOf(client.rpc(get()))).toMatchObject({ code: "limit-pending-rpcs", fault: "local" });
    release();
    await Promise.all(first);
    expect((await client.rpc(lock("running"))).ok).toBe(true);
    await client.close();
  });

  it("RFC 6241 §7.8: reject what is asked after close with session-closed", async () => {
    const [client] = await sessionPair();
    await client.close();
    const error = await failureOf(client.rpc(get()));
    expect(isNetconfError(error) && [error.code, error.fault]).toEqual(["session-closed", "local"]);
  });

  it("leave other sessions alone when one of them fails", async () => {
    const [good] = await sessionPair();
    const [bad, badServer] = await sessionPair();
    badServer.terminate(new Error("killed"));
    expect((await bad.closed).by).toBe("peer");
    expect((await good.rpc(get())).ok).toBe(true);
    await good.close();
  });

  it("RFC 6241 §7.9: a terminated session rejects every pending request with the same error and aborts its handler", async () => {
    let stopped = false;
    let started = (): void => {};
    const running = new Promise<void>((resolve) => {
      started = resolve;
    });
    const [client, server] = await sessionPair({
      server: {
        handler: (_request, session) =>
          new Promise((resolve) => {
            started();
            session.signal.addEventListener("abort", () => {
              stopped = true;
              resolve({ ok: true });
            });
          }),
      },
    });
    const pending = [client.rpc(get()), client.rpc(get())].map(failureOf);
    await running;
    server.terminate();
    const [first, second] = await Promise.all(pending);
    expect(first).toBe(second);
    expect(stopped).toBe(true);
    const reason = await client.closed;
    expect(reason.by === "error" && reason.error).toBe(first);
  });

  it("advertise capabilities with parameters and keep their order", async () => {
    const [client] = await sessionPair();
    expect(client.capabilities.uris()).toEqual(allCapabilities);
    await client.close();
  });
});
