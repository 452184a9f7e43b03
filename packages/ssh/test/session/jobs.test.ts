import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import type { CryptoProvider } from "../../src/algorithms/provider.ts";
import { type AlgorithmPreferences, defaultClientAlgorithms } from "../../src/algorithms/registry.ts";
import { laterProvider } from "./later-provider.ts";
import { errorOf, MachinePair, type PairOptions } from "./machine-pair.ts";
import { quickCrypto, quickSigner } from "./quick-crypto.ts";

const later = laterProvider(nobleProvider);
const algorithms: AlgorithmPreferences = {
  ...quickCrypto,
  cipher: defaultClientAlgorithms.cipher.filter(({ name }) => name === "aes128-gcm@openssh.com"),
};
const quick = (provider = later): PairOptions => ({
  client: { algorithms, provider },
  server: { algorithms, provider, hostKeys: [quickSigner] },
});

const pattern = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * 7 + seed);
const dataOf = (events: MachinePair["clientEvents"] | MachinePair["serverEvents"]): Buffer =>
  Buffer.concat(events.flatMap((event) => (event.type === "channelData" ? [event.bytes] : [])));

/** Bulk both ways, a change of keys in the middle of it, and what each side has put on the wire. */
async function converse(options: PairOptions, pick?: (due: number) => number) {
  const pair = new MachinePair(options);
  const wire = { toServer: [] as Uint8Array[], toClient: [] as Uint8Array[] };
  for (const direction of ["toServer", "toClient"] as const)
    pair[direction] = (bytes) => {
      wire[direction].push(bytes.slice());
      return [bytes];
    };
  const { client, server } = pair.openChannel();
  await pair.settle(pick);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) {
      pair.client.writeChannel(client, pattern(40_000 + i, i), 1 << 20);
      pair.server.writeChannel(server, pattern(30_000 + i, i + 5), 1 << 20);
      if (i === 2) pair[round % 2 === 0 ? "client" : "server"].rekey();
    }
    await pair.settle(pick);
    pair.client.consumedChannel(client, 90_000);
    pair.server.consumedChannel(server, 120_000);
    await pair.settle(pick);
  }
  pair.client.close();
  await pair.settle(pick);
  return { pair, wire: [Buffer.concat(wire.toServer), Buffer.concat(wire.toClient)] as const };
}

describe("a conversation whose packets are sealed and opened aside", () => {
  it("is on the wire what it is without, in whatever order the jobs end; so it replays byte for byte", async () => {
    const atOnce = await converse(quick(nobleProvider));
    expect(atOnce.pair.jobs).toHaveLength(0);
    expect(atOnce.pair.clientEvents.some(({ type }) => type === "jobNeeded")).toBe(false);
    let seed = 1;
    const orders = [
      () => 0,
      (due: number) => due - 1,
      (due: number) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return seed % due;
      },
    ];
    for (const pick of orders) {
      const { pair, wire } = await converse(quick(), pick);
      for (const end of [0, 1] as const) expect(Buffer.compare(wire[end], atOnce.wire[end])).toBe(0);
      expect(Buffer.compare(dataOf(pair.serverEvents), dataOf(atOnce.pair.serverEvents))).toBe(0);
      expect(Buffer.compare(dataOf(pair.clientEvents), dataOf(atOnce.pair.clientEvents))).toBe(0);
      expect(pair.clientEvents.filter(({ type }) => type === "rekeyed")).toHaveLength(3);
      expect(pair.serverEvents.some(({ type }) => type === "jobNeeded")).toBe(true);
      expect(pair.serverEvents.at(-1)).toMatchObject({ type: "disconnected" });
    }
  });

  it("a change of keys with bulk right behind NEWKEYS: what was begun with the old keys is void, and nothing is lost", async () => {
    const pair = new MachinePair(quick());
    const { client } = pair.openChannel();
    await pair.settle();
    pair.client.rekey();
    // Nothing may be written before the client's NEWKEYS; then bulk leaves right behind it.
    let wrote = 0;
    while (wrote === 0) {
      pair.handleEvents();
      wrote = pair.client.writeChannel(client, pattern(20_000, 1), 1 << 20);
      if (wrote > 0) break;
      pair.server.receive(pair.client.takeOutput() ?? new Uint8Array(0));
      pair.handleEvents();
      pair.client.receive(pair.server.takeOutput() ?? new Uint8Array(0));
    }
    const together = [pair.client.takeOutput() ?? new Uint8Array(0)];
    pair.handleEvents();
    for (const { machine, job } of pair.jobs.splice(0)) machine.finishJob(job, await job.run());
    together.push(pair.client.takeOutput() ?? new Uint8Array(0));
    pair.server.receive(Buffer.concat(together));
    pair.handleEvents();
    // The first job was begun with the keys from before NEWKEYS, the second one with the right ones.
    const results = await Promise.all(pair.jobs.map(({ job }) => job.run()));
    expect(results.map((result) => result?.length)).toEqual([undefined, expect.any(Number)]);
    for (const [at, { machine, job }] of pair.jobs.splice(0).entries()) machine.finishJob(job, results[at]);
    pair.run();
    expect(Buffer.compare(dataOf(pair.serverEvents), pattern(20_000, 1))).toBe(0);
    expect(pair.clientEvent("rekeyed")).toBeDefined();
  });
});

/** A server that has just got eight packets of 2000 bytes and opens them aside, and its jobs. */
async function eightInFlight(bend: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) {
  const pair = new MachinePair(quick(later));
  const { client, server } = pair.openChannel();
  await pair.settle();
  for (let i = 0; i < 8; i++) pair.client.writeChannel(client, pattern(2000, i), 1 << 20);
  pair.handleEvents();
  for (const { machine, job } of pair.jobs.splice(0)) machine.finishJob(job, await job.run());
  const wire = bend(pair.client.takeOutput() ?? new Uint8Array(0));
  return { pair, client, server, wire };
}

const PACKET = 2048 + 4 - 16;

async function finishAll(pair: MachinePair, order: "first" | "last"): Promise<void> {
  pair.handleEvents();
  while (pair.jobs.length > 0) {
    const next = order === "first" ? pair.jobs.shift() : pair.jobs.pop();
    const result = await next?.job.run();
    try {
      next?.machine.finishJob(next.job, result);
    } finally {
      pair.handleEvents();
    }
  }
}

describe("packets in flight", () => {
  it("that are tampered with end the connection in their turn; what came before them is delivered, nothing behind", async () => {
    for (let wrong = 0; wrong < 8; wrong++)
      for (const order of ["first", "last"] as const) {
        const { pair, wire } = await eightInFlight();
        const size = wire.length / 8;
        expect(size).toBe(PACKET);
        wire[wrong * size + 100] = (wire[wrong * size + 100] ?? 0) ^ 1;
        pair.server.receive(wire);
        await expect(finishAll(pair, order)).rejects.toMatchObject({ code: "mac-mismatch", fault: "peer" });
        expect(dataOf(pair.serverEvents)).toHaveLength(wrong * 2000);
        expect(errorOf(() => pair.server.receive(new Uint8Array(1))).code).toBe("mac-mismatch");
        // The peer is told.
        expect(pair.server.takeOutput()?.length).toBeGreaterThan(0);
        await finishAll(pair, order).catch(() => {});
        expect(dataOf(pair.serverEvents)).toHaveLength(wrong * 2000);
      }
  });

  it("cannot change places", async () => {
    const { pair, wire } = await eightInFlight((bytes) => {
      const second = bytes.slice(PACKET, 2 * PACKET);
      bytes.copyWithin(PACKET, 2 * PACKET, 3 * PACKET);
      bytes.set(second, 2 * PACKET);
      return bytes;
    });
    pair.server.receive(wire);
    await expect(finishAll(pair, "first")).rejects.toMatchObject({ code: "mac-mismatch" });
    expect(dataOf(pair.serverEvents)).toHaveLength(2000);
  });

  it("whatever happens to the bytes on the way, it ends as without jobs: the same data, the same error", async () => {
    const receive = async (
      provider: CryptoProvider,
      bend: (wire: Uint8Array) => Uint8Array,
      order: "first" | "last",
      cut: number,
    ) => {
      const pair = new MachinePair(quick(provider));
      const { client } = pair.openChannel();
      for (const size of [2000, 10, 3000, 2000, 700, 40_000, 5])
        pair.client.writeChannel(client, pattern(size, size), 1 << 20);
      pair.handleEvents();
      for (const { machine, job } of pair.jobs.splice(0)) machine.finishJob(job, await job.run());
      const wire = bend(pair.client.takeOutput() ?? new Uint8Array(0));
      let code: string | undefined;
      try {
        for (const part of [wire.subarray(0, cut), wire.subarray(cut)]) {
          pair.server.receive(part);
          await finishAll(pair, order);
        }
      } catch (error) {
        code = (error as { code?: string }).code;
      }
      pair.handleEvents();
      return { code, data: dataOf(pair.serverEvents).toString("base64") };
    };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(48_000),
        fc.integer({ min: 0, max: 255 }),
        fc.constantFrom("flip", "drop", "insert", "cut"),
        fc.constantFrom("first", "last"),
        fc.nat(48_000),
        async (at, byte, what, order, cut) => {
          const bend = (wire: Uint8Array): Uint8Array => {
            const changed = wire.slice();
            if (what === "flip") changed[at % wire.length] = (wire[at % wire.length] ?? 0) ^ byte;
            if (what === "drop") return Buffer.concat([wire.subarray(0, at), wire.subarray(at + 1)]);
            if (what === "insert") return Buffer.concat([wire.subarray(0, at), Uint8Array.of(byte), wire.subarray(at)]);
            return what === "cut" ? wire.subarray(0, at) : changed;
          };
          expect(await receive(later, bend, order, cut)).toEqual(await receive(nobleProvider, bend, order, cut));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("are delivered before the peer's end, and before its goodbye", async () => {
    const cut = await eightInFlight();
    cut.pair.server.receive(cut.wire);
    cut.pair.server.receiveEnd();
    await expect(finishAll(cut.pair, "last")).rejects.toMatchObject({ code: "connection-ended" });
    expect(dataOf(cut.pair.serverEvents)).toHaveLength(16_000);

    const polite = await eightInFlight();
    polite.pair.client.close();
    polite.pair.server.receive(Buffer.concat([polite.wire, polite.pair.client.takeOutput() ?? new Uint8Array(0)]));
    polite.pair.server.receiveEnd();
    await finishAll(polite.pair, "last");
    expect(dataOf(polite.pair.serverEvents)).toHaveLength(16_000);
    expect(polite.pair.serverEvents.at(-1)).toMatchObject({ type: "disconnected" });
  });

  it("count as signs of life when they are opened, and hold the machine's input back meanwhile", async () => {
    const { pair, wire } = await eightInFlight();
    expect(pair.server.waitingForJob).toBe(0);
    pair.server.receive(wire);
    expect(pair.server.waitingForJob).toBe(wire.length);
    await finishAll(pair, "first");
    expect(pair.server.waitingForJob).toBe(0);
  });

  it("change nothing when their answer comes after the end", async () => {
    const { pair, wire } = await eightInFlight();
    pair.server.receive(wire);
    pair.handleEvents();
    pair.server.close();
    pair.server.takeOutput();
    for (const { job } of pair.jobs) pair.server.finishJob(job, new Uint8Array(2016).fill(4));
    expect(dataOf(pair.serverEvents)).toHaveLength(0);
    expect(pair.server.takeOutput()).toBeUndefined();
    expect(pair.server.failure).toBeUndefined();
  });

  it("that are still unsealed at the end leave in order all the same, with the goodbye behind them", async () => {
    const pair = new MachinePair(quick());
    const { client } = pair.openChannel();
    await pair.settle();
    for (let i = 0; i < 12; i++) pair.client.writeChannel(client, pattern(2000, i), 1 << 20);
    expect(pair.client.takeOutput()).toBeUndefined();
    pair.client.close();
    await pair.settle();
    expect(dataOf(pair.serverEvents)).toHaveLength(24_000);
    expect(pair.serverEvents.at(-1)).toMatchObject({ type: "disconnected" });
  });

  it("that the provider seals wrongly end the connection with an error of our own", async () => {
    const pair = new MachinePair(quick());
    const { client } = pair.openChannel();
    await pair.settle();
    pair.client.writeChannel(client, pattern(2000, 1), 1 << 20);
    pair.handleEvents();
    const [next] = pair.jobs.splice(0);
    expect(errorOf(() => next?.machine.finishJob(next.job, new Uint8Array(7)))).toMatchObject({
      code: "provider-failed",
      fault: "local",
    });
    // What has been written is sealed at once, the reason behind it.
    await pair.settle();
    expect(dataOf(pair.serverEvents)).toHaveLength(2000);
    expect(pair.serverEvents.at(-1)).toEqual({ type: "disconnected", description: "provider-failed" });
  });
});
