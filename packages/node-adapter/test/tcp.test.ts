import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { dialCases, socketCases } from "@netconf-kit/conformance";
import type { DuplexSocket } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { dialTcp, listenTcp, tcpSocket } from "../src/mod.ts";

async function tcpPair(): Promise<readonly [DuplexSocket, DuplexSocket]> {
  const listener = await listenTcp();
  const accepted = listener[Symbol.asyncIterator]().next();
  const dialled = await dialTcp({ host: listener.host, port: listener.port })();
  const result = await accepted;
  await listener.close();
  if (result.done) throw new Error("the listener ended");
  return [dialled, result.value];
}

const NEVER_ACCEPTS = `
  const server = require("node:net").createServer();
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => {
    require("node:fs").writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

describe("a TCP socket", () => {
  for (const { name, run } of socketCases) it(name, () => run(tcpPair));

  it("tells where the peer is", async () => {
    const [dialled, accepted] = await tcpPair();
    expect(dialled.remote).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(accepted.remote).toMatch(/^127\.0\.0\.1:\d+$/);
    await Promise.all([dialled.close(), accepted.close()]);
  });

  it("frees a chunk that comes back, and what follows it is whole", async () => {
    const [ours, theirs] = await tcpPair();
    const pattern = Uint8Array.from({ length: 1 << 20 }, (_, at) => at * 7 + (at >> 10));
    const written = ours.write(pattern);
    let freed = 0;
    for (let at = 0; at < pattern.length; ) {
      const chunk = await theirs.read();
      if (chunk === undefined) throw new Error("the end came early");
      const length = chunk.length;
      expect(Buffer.compare(chunk, pattern.subarray(at, at + length))).toBe(0);
      theirs.recycle?.(chunk);
      if (chunk.length === 0) freed++;
      at += length;
    }
    await written;
    expect(freed).toBeGreaterThan(0);
    await Promise.all([ours.close(), theirs.close()]);
  });

  it("leaves a chunk alone that is a part of something, or that a stream of somebody else's has made", async () => {
    const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
    const socket = tcpSocket(Object.assign(stream, { setNoDelay: () => stream }) as unknown as Socket);
    const [whole, part] = [Buffer.alloc(64 * 1024, 1), Buffer.alloc(64 * 1024, 2).subarray(1)];
    for (const bytes of [whole, part]) {
      stream.push(bytes);
      const chunk = await socket.read();
      socket.recycle?.(chunk ?? new Uint8Array(0));
    }
    expect([whole.length, part.length]).toEqual([64 * 1024, 64 * 1024 - 1]);
    await socket.close(new Error("over"));
  });

  it("delivers the last bytes before a close although the peer has sent bytes that nobody read", async () => {
    const [ours, theirs] = await tcpPair();
    await theirs.write(new Uint8Array(100_000));
    await ours.write(new Uint8Array([1, 2, 3]));
    await ours.close();
    expect(await theirs.read()).toEqual(Buffer.from([1, 2, 3]));
    expect(await theirs.read()).toBeUndefined();
    await theirs.close();
  });
});

describe("dialTcp() and listenTcp()", () => {
  for (const { name, run } of dialCases) {
    it(name, () =>
      run(async () => {
        const listener = await listenTcp();
        return { listener, dial: dialTcp({ host: listener.host, port: listener.port }) };
      }),
    );
  }
});

describe("dialTcp()", () => {
  it("says connection-refused when nothing listens", async () => {
    const listener = await listenTcp();
    await listener.close();
    await expect(dialTcp({ host: "127.0.0.1", port: listener.port })()).rejects.toMatchObject({
      name: "TransportError",
      layer: "transport",
      fault: "transport",
      code: "connection-refused",
    });
  });

  it("says connect-timeout when no answer comes", async () => {
    // A listener that never accepts: once its backlog is full the kernel leaves further attempts without an answer.
    const silent = spawn(process.execPath, ["-e", NEVER_ACCEPTS], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = await once(silent.stdout, "data");
      const dial = dialTcp({ host: "127.0.0.1", port: Number(line), timeout: 200 });
      const results = await Promise.allSettled([dial(), dial(), dial(), dial(), dial()]);
      const refusals = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      expect(refusals.length).toBeGreaterThan(0);
      for (const reason of refusals) expect(reason).toMatchObject({ code: "connect-timeout", fault: "transport" });
    } finally {
      silent.kill("SIGKILL");
    }
  });

  it("rejects with the reason of an abort", async () => {
    const reason = new Error("changed my mind");
    await expect(dialTcp({ host: "127.0.0.1", port: 9 })({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("listenTcp()", () => {
  it("says address-in-use when another listener is there", async () => {
    const first = await listenTcp();
    await expect(listenTcp({ port: first.port })).rejects.toMatchObject({ code: "address-in-use" });
    await first.close();
  });

  it("closes connections beyond maxWaiting that nobody takes", async () => {
    const listener = await listenTcp({ maxWaiting: 2 });
    const dial = dialTcp({ host: listener.host, port: listener.port });
    const sockets = [await dial(), await dial()];
    await new Promise((resolve) => setTimeout(resolve, 20));
    const third = await dial();
    expect(await third.read().catch(() => undefined)).toBeUndefined();
    await listener.close();
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  it("ends its iteration when closed and leaves accepted sockets alone", async () => {
    const listener = await listenTcp();
    const iterator = listener[Symbol.asyncIterator]();
    const dialled = await dialTcp({ host: listener.host, port: listener.port })();
    const accepted = await iterator.next();
    const waiting = iterator.next();
    await listener.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    if (accepted.done) throw new Error("no socket");
    await accepted.value.write(new Uint8Array([9]));
    expect(await dialled.read()).toEqual(Buffer.from([9]));
    await Promise.all([dialled.close(), accepted.value.close()]);
  });
});
