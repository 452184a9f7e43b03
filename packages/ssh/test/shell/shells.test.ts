import { memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { readExactly, socketCases } from "../../../../test/support/socket-cases.ts";
import type { SshChannel, SshClientConnection, SshClientOptions, SshServerConnection } from "../../src/mod.ts";
import { acceptSsh, connectSsh, isSshError, type SshServerOptions } from "../../src/mod.ts";
import { hostKey, quickAlgorithms, rightPassword, userKey } from "../session/machine-pair.ts";

const clientDefaults: SshClientOptions = {
  username: "ada",
  verifyHostKey: () => ({ accept: true }),
  authentication: [{ method: "password", password: "secret" }],
  algorithms: quickAlgorithms,
};
const serverDefaults: SshServerOptions = { hostKeys: [hostKey], authenticate: rightPassword };

async function connect(
  client: Partial<SshClientOptions> = {},
  server: Partial<SshServerOptions> = {},
  maxReadBytes?: number,
): Promise<[SshClientConnection, SshServerConnection]> {
  const [left, right] = memoryPair(maxReadBytes === undefined ? {} : { maxReadBytes });
  return Promise.all([
    connectSsh(left, { ...clientDefaults, ...client }),
    acceptSsh(right, { ...serverDefaults, ...server }),
  ]);
}

async function channelPair(
  client: SshClientConnection,
  server: SshServerConnection,
): Promise<readonly [SshChannel, SshChannel]> {
  const opening = client.openSubsystem("netconf");
  const { value } = await server.incoming[Symbol.asyncIterator]().next();
  expect(value?.name).toBe("netconf");
  const accepted = value?.accept();
  return [await opening, accepted];
}

/** The outcome of a connection attempt whose other side is a server with these options. */
async function failureOf(client: Partial<SshClientOptions>, server: Partial<SshServerOptions> = {}): Promise<unknown> {
  const [left, right] = memoryPair();
  const serving = acceptSsh(right, { ...serverDefaults, ...server }).catch((error: unknown) => error);
  const failure = await connectSsh(left, { ...clientDefaults, ...client }).then(
    () => "connected",
    (error: unknown) => error,
  );
  await left.closed.catch(() => {});
  await right.close();
  await serving;
  return failure;
}

describe("an SSH channel as a DuplexSocket", () => {
  for (const { name, run } of socketCases) {
    it(name, async () => {
      const [client, server] = await connect();
      await run(() => channelPair(client, server));
      await client.close();
    });
  }

  it("moves data over a connection that delivers few bytes at a time, while the keys change in both directions", async () => {
    const [client, server] = await connect({ rekey: { bytes: 20_000 } }, { rekey: { bytes: 30_000 } }, 777);
    const [left, right] = await channelPair(client, server);
    const bytes = new Uint8Array(200_000).map((_, at) => at * 7);
    const [there, back] = await Promise.all([
      readExactly(right, bytes.length),
      readExactly(left, bytes.length),
      left.write(bytes),
      right.write(bytes),
    ]);
    expect(there).toEqual(bytes);
    expect(back).toEqual(bytes);
    await client.close();
  });

  it("takes one write after another from a loop without losing their order when the window is tiny", async () => {
    const [client, server] = await connect({ limits: { windowBytes: 1000 } }, { limits: { windowBytes: 1000 } });
    const [left, right] = await channelPair(client, server);
    const writes = Array.from({ length: 50 }, (_, i) => left.write(new Uint8Array(100).fill(i)));
    const all = await readExactly(right, 5000);
    for (let i = 0; i < 50; i++) expect(all[i * 100]).toBe(i);
    await Promise.all(writes);
    await client.close();
  });

  it("says how the program ended, also when both directions have ended before (RFC 4254 §6.10)", async () => {
    const [client, server] = await connect();
    const [left, right] = await channelPair(client, server);
    await left.closeWrite();
    expect(await right.read()).toBe(undefined);
    await right.closeWrite();
    expect(await left.read()).toBe(undefined);
    expect(await left.exit).toEqual({ kind: "status", status: 0 });
    await client.close();
  });

  it("rejects writes to a channel the peer has closed, and reads the rest of its data first", async () => {
    const [client, server] = await connect();
    const [left, right] = await channelPair(client, server);
    await right.write(new Uint8Array([1, 2]));
    await right.close(new Error("broken"));
    expect(await left.read()).toEqual(new Uint8Array([1, 2]));
    expect(await left.read()).toBe(undefined);
    await expect(left.write(new Uint8Array(1))).rejects.toMatchObject({ code: "channel-closed" });
    expect(await left.exit).toEqual({ kind: "status", status: 1 });
    await client.close();
  });
});

describe("connectSsh and acceptSsh", () => {
  it("tell both sides what was negotiated, and who is who", async () => {
    const [client, server] = await connect();
    expect(client.negotiated).toEqual(server.negotiated);
    expect(client.negotiated).toMatchObject({ kex: "curve25519-sha256", hostKey: "ssh-ed25519", strictKex: true });
    expect(client.username).toBe("ada");
    expect(server.username).toBe("ada");
    expect(client.serverVersion).toMatch(/^SSH-2\.0-netconfkit/);
    expect(client.hostKey.publicBlob).toEqual(hostKey.publicBlob);
    await client.close();
    expect(await client.closed).toEqual({ kind: "closed" });
    expect((await server.closed).kind).toBe("disconnected");
  });

  it("ask for credentials only after the host key has been verified, and give them its identity", async () => {
    const order: string[] = [];
    const [client] = await connect({
      verifyHostKey: async () => {
        order.push("verify");
        return { accept: true, identity: "router-7" };
      },
      username: (host) => {
        order.push(`user for ${String(host.identity)}`);
        return "ada";
      },
      authentication: async () => {
        order.push("methods");
        return [{ method: "password", password: async () => "secret" }];
      },
    });
    expect(order).toEqual(["verify", "user for router-7", "methods"]);
    expect(client.hostKey.identity).toBe("router-7");
    await client.close();
  });

  it("logs in with a key whose signer is asynchronous", async () => {
    const key = {
      algorithms: userKey.algorithms,
      publicBlob: userKey.publicBlob,
      sign: async (data: Uint8Array, algorithm: string) => userKey.sign(data, algorithm),
    };
    const [client, server] = await connect(
      { authentication: [{ method: "publickey", key }] },
      {
        hostKeys: [{ ...hostKey, sign: async (data, algorithm) => hostKey.sign(data, algorithm) }],
        authenticate: async (attempt) => ({ accept: attempt.method === "publickey" && attempt.proved }),
      },
    );
    expect(server.login.method).toBe("publickey");
    await client.rekey();
    await client.close();
  });

  it("go on to the next method when a signer refuses", async () => {
    const key = { ...userKey, sign: () => Promise.reject(new Error("the agent says no")) };
    const [client, server] = await connect({
      authentication: [
        { method: "publickey", key },
        { method: "password", password: "secret" },
      ],
    });
    expect(server.login.method).toBe("password");
    await client.close();
  });

  it("measure a ping and change keys on demand", async () => {
    const [client, server] = await connect();
    expect(await client.ping()).toBeGreaterThanOrEqual(0);
    expect(await server.ping()).toBeGreaterThanOrEqual(0);
    await Promise.all([client.rekey(), server.rekey()]);
    expect(await client.ping()).toBeGreaterThanOrEqual(0);
    await client.close();
    await expect(client.ping()).rejects.toMatchObject({ code: "local-usage" });
  });

  it("refuse a subsystem without ending the connection", async () => {
    const [client, server] = await connect();
    const opening = client.openSubsystem("unknown").catch((error: unknown) => error);
    const { value } = await server.incoming[Symbol.asyncIterator]().next();
    value.reject();
    expect(await opening).toMatchObject({ code: "subsystem-refused", fault: "peer" });
    expect(() => value.accept()).toThrowError(/answered already/);
    expect(await client.openExec("ls").catch((error: unknown) => error)).toMatchObject({ code: "subsystem-refused" });
    expect(await client.ping()).toBeGreaterThanOrEqual(0);
    await client.close();
  });

  it("end everything pending with the same error when aborted", async () => {
    const [client, server] = await connect();
    const [left, right] = await channelPair(client, server);
    const reading = left.read().catch((error: unknown) => error);
    const opening = client.openSubsystem("other").catch((error: unknown) => error);
    client.abort(new Error("enough"));
    const reason = await client.closed;
    const error = reason.kind === "failed" ? reason.error : undefined;
    expect(error).toMatchObject({ code: "aborted", fault: "local" });
    expect(await reading).toBe(error);
    expect(await opening).toBe(error);
    expect((await server.closed).kind).toBe("disconnected");
    expect(await right.read()).toBe(undefined);
  });

  it("closes `incoming` with the connection", async () => {
    const [client, server] = await connect();
    const taking = server.incoming[Symbol.asyncIterator]().next();
    await client.close();
    expect(await taking).toEqual({ done: true, value: undefined });
    expect(await server.incoming[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });

  it("hold data that comes before a subsystem is accepted", async () => {
    const [client, server] = await connect();
    const [left, right] = await channelPair(client, server);
    await left.write(new Uint8Array([7]));
    await client.ping();
    expect(await right.read()).toEqual(new Uint8Array([7]));
    await client.close();
  });
});

describe("host key verification (RFC 4251 §4.1)", () => {
  const verifiers: readonly [string, () => unknown][] = [
    ["rejects", () => ({ accept: false, reason: "unknown" })],
    ["throws", () => Promise.reject(new Error("no disk"))],
    [
      "throws at once",
      () => {
        throw new Error("no disk");
      },
    ],
    ["returns nothing", () => undefined],
    ["returns true", () => true],
    ["returns something truthy", () => ({ accept: "yes" })],
    ["returns null", () => null],
  ];
  for (const [what, verify] of verifiers) {
    it(`ends the connection when the verifier ${what}`, async () => {
      let asked = false;
      const failure = await failureOf({
        verifyHostKey: verify as SshClientOptions["verifyHostKey"],
        authentication: () => {
          asked = true;
          return [];
        },
      });
      expect(failure).toMatchObject({ code: "host-key-rejected", fault: "peer" });
      expect(asked).toBe(false);
    });
  }

  it("ends the connection when the verifier never answers", async () => {
    const failure = await failureOf({
      verifyHostKey: () => new Promise(() => {}),
      timeouts: { hostKeyVerification: 30 },
    });
    expect(failure).toMatchObject({ code: "host-key-rejected" });
    expect((failure as Error).cause).toMatchObject({ code: "credential-unavailable" });
  });

  it("is compulsory: a missing verifier is a wrong call, and the socket is closed", async () => {
    const [left, right] = memoryPair();
    const { verifyHostKey: _, ...rest } = clientDefaults;
    await expect(connectSsh(left, rest as SshClientOptions)).rejects.toMatchObject({
      code: "local-usage",
      fault: "local",
    });
    expect(await right.read().catch(() => "closed")).toBe("closed");
  });
});

describe("a login that fails", () => {
  it("names what was tried and what the server still offers", async () => {
    const failure = await failureOf({ authentication: [{ method: "password", password: "wrong" }] });
    expect(failure).toMatchObject({
      code: "authentication-failed",
      serverOffers: ["publickey", "password", "keyboard-interactive"],
    });
    expect(isSshError(failure) && failure.message).toContain("tried password");
  });

  it("is a local failure when the credentials cannot be had", async () => {
    const cause = new Error("the vault is sealed");
    const failure = await failureOf({ authentication: () => Promise.reject(cause) });
    expect(failure).toMatchObject({ code: "credential-unavailable", fault: "local", cause });
    const password = () => Promise.reject(cause);
    expect(await failureOf({ authentication: [{ method: "password", password }] })).toMatchObject({ cause });
    const respond = () => Promise.reject(cause);
    const asking = {
      authenticate: () => ({ accept: "ask", prompts: [{ prompt: "?", echo: true }] }) as const,
    };
    expect(await failureOf({ authentication: [{ method: "keyboard-interactive", respond }] }, asking)).toMatchObject({
      cause,
    });
  });

  it("is refused when the server's application throws", async () => {
    const failure = await failureOf({}, { authenticate: () => Promise.reject(new Error("no database")) });
    expect(failure).toMatchObject({ code: "authentication-failed" });
  });

  it("is told to the server as what it is", async () => {
    const [left, right] = memoryPair();
    const serving = acceptSsh(right, serverDefaults).catch((error: unknown) => error);
    await connectSsh(left, { ...clientDefaults, authentication: [] }).catch(() => {});
    expect(await serving).toMatchObject({ code: "disconnected-by-peer" });
  });

  it("fails on the server's side when the host key cannot sign", async () => {
    const failure = await failureOf(
      {},
      { hostKeys: [{ ...hostKey, sign: () => Promise.reject(new Error("no token")) }] },
    );
    expect(failure).toMatchObject({ code: "disconnected-by-peer" });
  });
});

describe("abort", () => {
  it("rejects with the signal's reason at any moment of the login, and closes the socket", async () => {
    // The moment moves on by one microtask round a time until the login is faster.
    let connected = false;
    for (let rounds = 0; !connected && rounds < 400; rounds++) {
      const [left, right] = memoryPair();
      const serving = acceptSsh(right, serverDefaults).catch(() => undefined);
      const controller = new AbortController();
      const reason = new Error(`after ${rounds} rounds`);
      const connecting = connectSsh(left, { ...clientDefaults, signal: controller.signal });
      connecting.catch(() => {});
      for (let round = 0; round < rounds; round++) await Promise.resolve();
      controller.abort(reason);
      const outcome = await connecting.catch((error: unknown) => error);
      if (outcome === reason) await left.closed.catch(() => {});
      else {
        connected = true;
        await (outcome as SshClientConnection).close();
      }
      await (await serving)?.closed;
    }
    expect(connected).toBe(true);
  });

  it("gives up an opening and leaves the connection alone", async () => {
    const [client, server] = await connect();
    const controller = new AbortController();
    const opening = client.openSubsystem("slow", { signal: controller.signal });
    opening.catch(() => {});
    const { value } = await server.incoming[Symbol.asyncIterator]().next();
    const reason = new Error("no patience");
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
    const channel = value.accept();
    expect(await channel.read()).toBe(undefined);
    await expect(client.openSubsystem("x", { signal: controller.signal })).rejects.toBe(reason);
    expect(await client.ping()).toBeGreaterThanOrEqual(0);
    await client.close();
  });

  it("stops a server that waits for a login", async () => {
    const [, right] = memoryPair();
    const controller = new AbortController();
    const serving = acceptSsh(right, { ...serverDefaults, signal: controller.signal });
    const reason = new Error("shutting down");
    controller.abort(reason);
    await expect(serving).rejects.toBe(reason);
    await expect(acceptSsh(right, { ...serverDefaults, signal: controller.signal })).rejects.toBe(reason);
  });
});

describe("a connection that breaks", () => {
  it("fails channels, pings and `closed` with one error whose cause is the socket's", async () => {
    const [left, right] = memoryPair();
    const [client, server] = await Promise.all([connectSsh(left, clientDefaults), acceptSsh(right, serverDefaults)]);
    const [channel] = await channelPair(client, server);
    const reading = channel.read().catch((error: unknown) => error);
    const pinging = client.ping().catch((error: unknown) => error);
    await left.close(new Error("cable cut"));
    const reason = await client.closed;
    const error = reason.kind === "failed" ? reason.error : undefined;
    expect(error).toMatchObject({ code: "connection-ended", fault: "transport" });
    expect(error?.cause).toBeInstanceOf(Error);
    expect(await reading).toBe(error);
    expect(await pinging).toBe(error);
    await expect(channel.write(new Uint8Array(1))).rejects.toBe(error);
    expect((await server.closed).kind).toBe("failed");
  });

  it("is in good order when the peer ends it and no channel is open", async () => {
    const [left, right] = memoryPair();
    const [client, server] = await Promise.all([connectSsh(left, clientDefaults), acceptSsh(right, serverDefaults)]);
    await right.closeWrite();
    expect(await client.closed).toEqual({ kind: "disconnected", description: "" });
    expect((await server.closed).kind).toBe("disconnected");
  });
});
