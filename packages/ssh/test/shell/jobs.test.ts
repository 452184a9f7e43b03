import { nodeCryptoProvider } from "@netconf-kit/node-adapter";
import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { webCryptoProvider } from "@netconf-kit/web-adapter";
import { describe, expect, it } from "vitest";
import { modern } from "../../src/algorithms/presets.ts";
import type { CryptoProvider } from "../../src/algorithms/provider.ts";
import { acceptSsh, connectSsh, nobleProvider, type SshChannel } from "../../src/mod.ts";
import { laterProvider } from "../session/later-provider.ts";
import { channelPair, clientDefaults, connect, serverDefaults } from "./shell-pair.ts";

const node = nodeCryptoProvider(nobleProvider);
const web = webCryptoProvider(crypto.subtle, nobleProvider, { leastBytes: 512 });
const webOverNode = webCryptoProvider(crypto.subtle, node);
const gcm = { cipher: modern.cipher.filter(({ name }) => name === "aes128-gcm@openssh.com") };
const pattern = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed) >> 2);

async function readAll(channel: SshChannel): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await channel.read(); chunk !== undefined; chunk = await channel.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Sends `sent` in pieces of all sizes, small ones between large ones, and ends. */
async function send(channel: SshChannel, sent: Uint8Array): Promise<void> {
  for (let at = 0, size = 1; at < sent.length; at += size, size = (size * 5) % 70_001)
    await channel.write(sent.subarray(at, at + size));
  await channel.closeWrite();
}

/** `provider` with jobs of this test's own. */
function withLater(
  provider: CryptoProvider,
  later: Partial<NonNullable<ReturnType<CryptoProvider["aesGcm"]>["later"]>>,
): CryptoProvider {
  const base = laterProvider(provider);
  return {
    ...base,
    aesGcm: (key) => {
      const made = base.aesGcm(key);
      return made.later === undefined ? made : { ...made, later: { ...made.later, ...later } };
    },
  };
}

describe("whole connections", () => {
  const pairs = [
    [web, nobleProvider],
    [nobleProvider, web],
    [web, node],
    [node, webOverNode],
    [web, webOverNode],
  ] as const;
  for (const [left, right] of pairs)
    it(`${left.name} as client, ${right.name} as server: bulk both ways through many changes of keys, small windows`, async () => {
      const common = {
        algorithms: gcm,
        rekey: { bytes: 200_000 },
        limits: { windowBytes: 100_000, maxDataBytes: 20_000 },
      };
      const [client, server] = await connect({ ...common, provider: left }, { ...common, provider: right }, 7001);
      expect(client.negotiated.clientToServer.cipher).toBe("aes128-gcm@openssh.com");
      const [near, far] = await channelPair(client, server);
      const [up, down] = [pattern(700_000, 1), pattern(600_000, 2)];
      const [gotDown, gotUp] = await Promise.all([readAll(near), readAll(far), send(near, up), send(far, down)]);
      expect(Buffer.compare(gotUp, up)).toBe(0);
      expect(Buffer.compare(gotDown, down)).toBe(0);
      await client.close();
      expect((await server.closed).kind).toBe("disconnected");
    });

  it("AES-GCM is the first choice of WebCrypto without being asked for", async () => {
    const algorithms = { keyExchange: clientDefaults.algorithms?.keyExchange ?? modern.keyExchange };
    const [client] = await connect({ algorithms, provider: web }, { provider: nobleProvider });
    expect(client.negotiated.clientToServer.cipher).toBe("aes128-gcm@openssh.com");
    await client.close();
  });
});

const never = (): Promise<never> => new Promise(() => {});

describe("jobs that never end", () => {
  it("do not keep a connection from closing: what was written goes out first", async () => {
    const stuck = withLater(nobleProvider, { seal: never, open: never });
    const [client, server] = await connect({ algorithms: gcm, provider: stuck }, { algorithms: gcm });
    const [near, far] = await channelPair(client, server);
    const got = readAll(far);
    await near.write(pattern(100_000, 1));
    await near.closeWrite();
    await client.close();
    expect(await got).toHaveLength(100_000);
  });

  it("do not keep a connection from being aborted, on the side that seals nor on the one that opens", async () => {
    const stuck = withLater(nobleProvider, { seal: never, open: never });
    const [client, server] = await connect({ algorithms: gcm }, { algorithms: gcm, provider: stuck });
    const [near, far] = await channelPair(client, server);
    await near.write(pattern(100_000, 1));
    await far.write(pattern(100_000, 2));
    const reading = far.read();
    server.abort(new Error("enough"));
    await expect(reading).rejects.toMatchObject({ code: "aborted" });
    expect((await server.closed).kind).toBe("failed");
    expect((await client.closed).kind).toBe("disconnected");
  });

  it("stop the reading of the socket at 1 MiB", async () => {
    let waiting: (() => void)[] = [];
    const gate = (): Promise<void> => new Promise((open) => void waiting.push(open));
    const slow = laterProvider(nobleProvider);
    const provider: CryptoProvider = {
      ...slow,
      aesGcm: (key) => {
        const made = slow.aesGcm(key);
        const { later } = made;
        if (later === undefined) return made;
        return { ...made, later: { ...later, open: async (...what) => gate().then(() => later.open(...what)) } };
      },
    };
    const [left, right] = memoryPair();
    let bytesRead = 0;
    const counted: DuplexSocket = {
      closed: right.closed,
      read: async () => {
        const chunk = await right.read();
        bytesRead += chunk?.length ?? 0;
        return chunk;
      },
      write: (bytes) => right.write(bytes),
      closeWrite: () => right.closeWrite(),
      close: (reason) => right.close(reason),
      [Symbol.asyncDispose]: () => right.close(),
    };
    const limits = { windowBytes: 8 << 20 };
    const [client, server] = await Promise.all([
      connectSsh(left, { ...clientDefaults, algorithms: gcm, provider: node }),
      acceptSsh(counted, { ...serverDefaults, algorithms: gcm, provider, limits }),
    ]);
    const [near, far] = await channelPair(client, server);
    const before = bytesRead;
    const got = readAll(far);
    const sending = send(near, pattern(4_000_000, 3));
    let settledAt = -1;
    while (settledAt !== bytesRead) {
      settledAt = bytesRead;
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    const stopped = bytesRead - before;
    expect(stopped).toBeGreaterThan(1 << 20);
    // One more read of what one write of the other side was: its output limit and a packet.
    expect(stopped).toBeLessThanOrEqual((1 << 20) + (256 + 130) * 1024);
    const opener = setInterval(() => {
      for (const open of waiting.splice(0)) open();
    }, 0);
    await sending;
    expect(Buffer.compare(await got, pattern(4_000_000, 3))).toBe(0);
    clearInterval(opener);
    waiting = [];
    await client.close();
  });
});

describe("a job that goes wrong", () => {
  it("as the runtime refuses it: an error of our own, and the peer is told no more than that", async () => {
    const failures = [
      () => Promise.reject(new Error("out of order: key 7")),
      () => {
        throw new Error("out of order: key 7");
      },
    ];
    for (const [which, failure] of (["seal", "open"] as const).flatMap((name) =>
      failures.map((each) => [name, each] as const),
    )) {
      const broken = withLater(nobleProvider, { [which]: failure });
      const [client, server] = await connect({ algorithms: gcm, provider: broken }, { algorithms: gcm });
      const [near, far] = await channelPair(client, server);
      await (which === "seal" ? near : far).write(pattern(50_000, 1));
      const ended = await client.closed;
      expect(ended).toMatchObject({ kind: "failed", error: { code: "provider-failed", fault: "local" } });
      expect(await server.closed).toEqual({ kind: "disconnected", description: "provider-failed" });
    }
  });

  it("as a packet was tampered with: what came before reaches the reader, then the error does", async () => {
    const [left, right] = memoryPair();
    let bend = false;
    const bent: DuplexSocket = {
      closed: left.closed,
      read: () => left.read(),
      write: (bytes) => {
        const copy = bytes.slice();
        // The last byte before the tag of the last packet: all before it is right.
        if (bend) copy[copy.length - 17] = (copy[copy.length - 17] ?? 0) ^ 1;
        return left.write(copy);
      },
      closeWrite: () => left.closeWrite(),
      close: (reason) => left.close(reason),
      [Symbol.asyncDispose]: () => left.close(),
    };
    const [client, server] = await Promise.all([
      connectSsh(bent, { ...clientDefaults, algorithms: gcm, provider: node }),
      acceptSsh(right, { ...serverDefaults, algorithms: gcm, provider: web }),
    ]);
    const [near, far] = await channelPair(client, server);
    const got: Uint8Array[] = [];
    const reading = (async () => {
      for (let chunk = await far.read(); chunk !== undefined; chunk = await far.read()) got.push(chunk);
    })();
    bend = true;
    // One turn, so one write.
    void near.write(pattern(5000, 1)).catch(() => {});
    void near.write(pattern(5000, 2)).catch(() => {});
    void near.write(pattern(5000, 3)).catch(() => {});
    await expect(reading).rejects.toMatchObject({ code: "mac-mismatch" });
    expect(Buffer.compare(Buffer.concat(got), Buffer.concat([pattern(5000, 1), pattern(5000, 2)]))).toBe(0);
    expect(await server.closed).toMatchObject({ kind: "failed", error: { code: "mac-mismatch" } });
    await client.closed;
  });
});
