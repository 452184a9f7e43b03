import type { DuplexSocket } from "@netconf-kit/socket";
import { assert, assertEqual, MIB, pattern, readExactly, writeInPieces } from "./checks.ts";
import { type SocketCase, socketCase } from "./socket-case.ts";

/** Bytes arrive unchanged and in order, however they are cut. */
export const transferCases: readonly SocketCase[] = [
  socketCase("carries bytes unchanged in both directions", async (left, right) => {
    const sent = pattern(100_000, 1);
    const back = pattern(70_000, 2);
    const [atRight, atLeft] = await Promise.all([
      readExactly(right, sent.length),
      readExactly(left, back.length),
      left.write(sent),
      right.write(back),
    ]);
    assertEqual(atRight, sent);
    assertEqual(atLeft, back);
  }),
  socketCase("keeps the order of writes that are not awaited", async (left, right) => {
    const writes: Promise<void>[] = [];
    for (let i = 0; i < 200; i++) writes.push(left.write(new Uint8Array([i])));
    assertEqual(
      await readExactly(right, 200),
      Uint8Array.from({ length: 200 }, (_, i) => i),
    );
    await Promise.all(writes);
  }),
  socketCase("takes an empty write and sends nothing for it", async (left, right) => {
    await left.write(new Uint8Array());
    await left.write(new Uint8Array([1]));
    assertEqual((await right.read()) ?? new Uint8Array(), new Uint8Array([1]));
  }),
  socketCase("leaves a chunk alone once it has given it out", async (left, right) => {
    const first = pattern(1000, 3);
    const [given] = await Promise.all([readChunks(right, first.length), left.write(first)]);
    const second = pattern(100_000, 4);
    await Promise.all([left.write(second), readExactly(right, second.length)]);
    assertEqual(joined(given), first);
  }),
  socketCase(
    "looks at bytes no more once their write has settled: the next ones may take their place",
    async (left, right) => {
      const block = new Uint8Array(16);
      const blocks = Array.from({ length: 8 }, (_, i) => pattern(block.length, i));
      for (const bytes of blocks) {
        block.set(bytes);
        await left.write(block);
      }
      block.fill(0);
      assertEqual(await readExactly(right, blocks.length * block.length), joined(blocks));
    },
  ),
  socketCase(
    "carries bytes that come one at a time",
    async (left, right) => {
      const sent = pattern(2000, 5);
      const [received] = await Promise.all([readExactly(right, sent.length), writeInPieces(left, sent, 1)]);
      assertEqual(received, sent);
    },
    { wish: { maxReadBytes: 1, highWaterBytes: 1 } },
  ),
  socketCase("moves 4 MiB each way at once", moveBothWays),
  socketCase("moves 4 MiB each way at once through small pipes", moveBothWays, {
    wish: { maxReadBytes: 4096, highWaterBytes: 512 },
  }),
  socketCase("refuses a second read while one is under way", async (left, right) => {
    const first = left.read();
    const second = await left.read().then(
      () => "resolves",
      () => "rejects",
    );
    assert(second === "rejects", "the second read rejects");
    await right.write(new Uint8Array([7]));
    assertEqual((await first) ?? new Uint8Array(), new Uint8Array([7]));
  }),
];

async function moveBothWays(left: DuplexSocket, right: DuplexSocket): Promise<void> {
  const there = pattern(4 * MIB, 6);
  const back = pattern(4 * MIB, 7);
  const [atRight, atLeft] = await Promise.all([
    readExactly(right, there.length),
    readExactly(left, back.length),
    writeInPieces(left, there),
    writeInPieces(right, back),
  ]);
  assertEqual(atRight, there);
  assertEqual(atLeft, back);
}

/** The chunks themselves, as they were given out. */
async function readChunks(socket: DuplexSocket, length: number): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < length; ) {
    const chunk = await socket.read();
    assert(chunk !== undefined, `${length} bytes before the end, not ${at}`);
    chunks.push(chunk);
    at += chunk.length;
  }
  return chunks;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
