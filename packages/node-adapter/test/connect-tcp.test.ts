import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { connectTcp, listenTcp, tcpSocket } from "../src/mod.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function listenAt(host: string, port = 0) {
  const listener = await listenTcp({ host, port });
  stops.push(() => listener.close());
  return listener;
}

async function connected(connecting: Promise<Socket>): Promise<Socket> {
  const socket = await connecting;
  stops.push(() => socket.destroy());
  return socket;
}

/** A listener whose backlog is full, so that the kernel leaves attempts without an answer; and how to end it. */
async function silentPort(host: string): Promise<number> {
  const script = `
    const net = require("node:net");
    const server = net.createServer();
    server.listen({ host: "${host}", port: 0, backlog: 1 }, () => {
      require("node:fs").writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child: ChildProcess = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  stops.push(() => child.kill("SIGKILL"));
  const [line] = await once(child.stdout ?? expect.fail("no output"), "data");
  const port = Number(line);
  // The kernel takes a few connections beyond a backlog of 1.
  const fillers = Array.from({ length: 6 }, () => connectTcp({ host, port, timeout: 500 }));
  for (const filler of await Promise.allSettled(fillers))
    if (filler.status === "fulfilled") stops.push(() => filler.value.destroy());
  return port;
}

describe("connectTcp()", () => {
  it("tries every address of a name: the next one when one refuses", async () => {
    const { port } = await listenAt("127.0.0.2");
    const socket = await connected(
      connectTcp({ host: "two.example", port, resolve: async () => ["127.0.0.1", "127.0.0.2"] }),
    );
    expect(socket.remoteAddress).toBe("127.0.0.2");
  });

  it("RFC 8305 §5: tries the next address beside one that does not answer, and drops the slower one", async () => {
    const port = await silentPort("127.0.0.1");
    await listenAt("127.0.0.2", port);
    const began = process.hrtime.bigint();
    const socket = await connected(
      connectTcp({ host: "two.example", port, attemptDelay: 30, resolve: async () => ["127.0.0.1", "127.0.0.2"] }),
    );
    expect(socket.remoteAddress).toBe("127.0.0.2");
    // Far less than the ten seconds that the first address alone may take.
    expect(Number(process.hrtime.bigint() - began) / 1e6).toBeLessThan(5000);
  });

  it("RFC 8305 §4: takes the families in turn", async () => {
    const { port } = await listenAt("127.0.0.1");
    // Nobody listens at ::1; with the families in turn 127.0.0.1 is second, and 127.0.0.9 never asked.
    const addresses = ["::1", "::1", "127.0.0.1", "127.0.0.9"];
    const socket = await connected(connectTcp({ host: "mixed.example", port, resolve: async () => addresses }));
    expect(socket.remoteAddress).toBe("127.0.0.1");
  });

  it("resolves a name anew at each call", async () => {
    const first = await listenAt("127.0.0.1");
    const second = await listenAt("127.0.0.2", first.port);
    let moved = false;
    const options = {
      host: "moving.example",
      port: first.port,
      resolve: async () => [moved ? second.host : first.host],
    };
    expect((await connected(connectTcp(options))).remoteAddress).toBe("127.0.0.1");
    moved = true;
    expect((await connected(connectTcp(options))).remoteAddress).toBe("127.0.0.2");
  });

  it("connects from our own address and port, again and again", async () => {
    const listener = await listenAt("127.0.0.1");
    const free = await listenTcp({ host: "127.0.0.3" });
    await free.close();
    const calls = listener[Symbol.asyncIterator]();
    for (let i = 0; i < 2; i++) {
      const socket = await connectTcp({
        host: "127.0.0.1",
        port: listener.port,
        localAddress: "127.0.0.3",
        localPort: free.port,
      });
      const { value } = await calls.next();
      expect(value?.remote).toBe(`127.0.0.3:${free.port}`);
      socket.resetAndDestroy();
      await expect(value?.read()).rejects.toMatchObject({ code: "reset" });
    }
  });

  it("tries addresses one after the other from a port of our own, which two attempts cannot share", async () => {
    const { port } = await listenAt("127.0.0.2");
    const free = await listenTcp({ host: "127.0.0.1" });
    await free.close();
    const addresses = ["127.0.0.1", "127.0.0.2"];
    const socket = await connected(
      connectTcp({ host: "two.example", port, localPort: free.port, attemptDelay: 0, resolve: async () => addresses }),
    );
    expect([socket.remoteAddress, socket.localPort]).toEqual(["127.0.0.2", free.port]);
  });

  it.runIf(process.platform === "linux")("has the system probe a silent peer where keepalive asks for it", async () => {
    const { port } = await listenAt("127.0.0.1");
    // "sl local_address rem_address st tx:rx tr:when": timer 02 is the one of keep-alives, 00 is none.
    const timerOf = (socket: Socket): string | undefined => {
      const local = `:${socket.localPort?.toString(16).toUpperCase().padStart(4, "0")} `;
      const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
      return lines
        .find((line) => line.slice(0, 20).includes(local))
        ?.trim()
        .split(/\s+/)[5]
        ?.slice(0, 2);
    };
    const [probed, unprobed] = [
      await connected(connectTcp({ host: "127.0.0.1", port, keepalive: 20_000 })),
      await connected(connectTcp({ host: "127.0.0.1", port })),
    ];
    expect([timerOf(probed), timerOf(unprobed)]).toEqual(["02", "00"]);
  });

  it("tries only addresses of the family of our own address", async () => {
    const { port } = await listenAt("127.0.0.1");
    const options = { host: "mixed.example", port, localAddress: "127.0.0.1" };
    const socket = await connected(connectTcp({ ...options, resolve: async () => ["::1", "127.0.0.1"] }));
    expect(socket.remoteAddress).toBe("127.0.0.1");
    await expect(connectTcp({ ...options, resolve: async () => ["::1"] })).rejects.toMatchObject({
      name: "TransportError",
      code: "failed",
    });
  });

  it("reads nothing: every byte is there for whom the socket is handed to", async () => {
    const listener = await listenAt("127.0.0.1");
    const calls = listener[Symbol.asyncIterator]();
    const socket = await connected(connectTcp({ host: "127.0.0.1", port: listener.port }));
    const { value } = await calls.next();
    await value?.write(new TextEncoder().encode("SSH-2.0-manager\r\n"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(socket.bytesRead).toBe(0);
    expect(new TextDecoder().decode(await tcpSocket(socket).read())).toBe("SSH-2.0-manager\r\n");
  });

  it("says why when every address failed, when there is none, and when nothing answers in time", async () => {
    const { port } = await listenAt("127.0.0.9");
    const at = (resolve: () => Promise<readonly string[]>) =>
      connectTcp({ host: "some.example", port, resolve, timeout: 100 });
    await expect(at(async () => ["127.0.0.1", "127.0.0.2"])).rejects.toMatchObject({ code: "connection-refused" });
    await expect(at(async () => [])).rejects.toMatchObject({ name: "TransportError" });
    await expect(at(() => new Promise(() => {}))).rejects.toMatchObject({ code: "connect-timeout" });
    await expect(connectTcp({ host: "name.invalid", port })).rejects.toMatchObject({ code: "name-not-found" });
  });

  it("gives up when aborted, be it while it resolves or while it connects", async () => {
    const reason = new Error("changed my mind");
    const port = await silentPort("127.0.0.1");
    for (const resolve of [() => new Promise<string[]>(() => {}), async () => ["127.0.0.1"]]) {
      const abort = new AbortController();
      const connecting = connectTcp({ host: "some.example", port, resolve }, { signal: abort.signal });
      setTimeout(() => abort.abort(reason), 20);
      await expect(connecting).rejects.toBe(reason);
    }
  });
});
