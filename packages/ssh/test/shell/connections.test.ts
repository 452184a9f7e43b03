import { memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import type { SshClientConnection } from "../../src/mod.ts";
import { acceptSsh, connectSsh } from "../../src/mod.ts";
import { hostKey, userKey } from "../session/machine-pair.ts";

import { channelPair, clientDefaults, connect, serverDefaults } from "./shell-pair.ts";

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
