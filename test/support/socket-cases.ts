import type { DuplexSocket } from "@netconf-kit/socket";

/** Makes two connected sockets. */
export type MakePair = () => Promise<readonly [DuplexSocket, DuplexSocket]>;

/** A case that any `DuplexSocket` has to pass. Plain data: every runtime's own test runner can register it. */
export interface SocketCase {
  readonly name: string;
  readonly run: (makePair: MakePair) => Promise<void>;
}

const MIB = 1 << 20;

/** More than kernels keep for two connected sockets. */
const MAX_HELD = 64 * MIB;

export const socketCases: readonly SocketCase[] = [
  {
    name: "carries bytes unchanged in both directions",
    run: async (makePair) => {
      const [left, right] = await makePair();
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
      await closeBoth(left, right);
    },
  },
  {
    name: "keeps the order of writes that are not awaited",
    run: async (makePair) => {
      const [left, right] = await makePair();
      const writes: Promise<void>[] = [];
      for (let i = 0; i < 200; i++) writes.push(left.write(new Uint8Array([i])));
      const received = await readExactly(right, 200);
      assertEqual(
        received,
        Uint8Array.from({ length: 200 }, (_, i) => i),
      );
      await Promise.all(writes);
      await closeBoth(left, right);
    },
  },
  {
    name: "ends one direction and keeps the other open",
    run: async (makePair) => {
      const [left, right] = await makePair();
      await left.write(new Uint8Array([1, 2, 3]));
      await left.closeWrite();
      assertEqual(await readExactly(right, 3), new Uint8Array([1, 2, 3]));
      assert((await right.read()) === undefined, "the end arrives after the last byte");
      assert((await right.read()) === undefined, "the end stays the end");
      const answer = pattern(50_000, 3);
      const writing = right.write(answer);
      assertEqual(await readExactly(left, answer.length), answer);
      await writing;
      await right.closeWrite();
      assert((await left.read()) === undefined, "the other direction ends as well");
      await Promise.all([left.closed, right.closed]);
    },
  },
  {
    name: "moves 4 MiB each way at once",
    run: async (makePair) => {
      const [left, right] = await makePair();
      const there = pattern(4 * MIB, 4);
      const back = pattern(4 * MIB, 5);
      const [atRight, atLeft] = await Promise.all([
        readExactly(right, there.length),
        readExactly(left, back.length),
        writeInPieces(left, there),
        writeInPieces(right, back),
      ]);
      assertEqual(atRight, there);
      assertEqual(atLeft, back);
      await closeBoth(left, right);
    },
  },
  {
    name: "holds back a writer whose peer does not read",
    run: async (makePair) => {
      const [left, right] = await makePair();
      let sent = 0;
      const piece = new Uint8Array(256 * 1024);
      let full = false;
      const filling = (async () => {
        while (!full && sent < 2 * MAX_HELD) {
          await left.write(piece);
          sent += piece.length;
        }
      })();
      // The kernel's buffers fill, and nothing more is taken; a socket without back-pressure goes on.
      for (let before = -1; before !== sent && sent < MAX_HELD; ) {
        before = sent;
        await pause(200);
      }
      full = true;
      assert(sent < MAX_HELD, `the writer was held back, yet ${sent} bytes were accepted`);
      let received = 0;
      const draining = (async () => {
        for (let chunk = await right.read(); chunk !== undefined; chunk = await right.read()) received += chunk.length;
      })();
      await filling;
      await left.closeWrite();
      await draining;
      assert(received === sent, `all ${sent} bytes arrived, not ${received}`);
      await closeBoth(left, right);
    },
  },
  {
    name: "may be closed twice, and a pending read then gives the end",
    run: async (makePair) => {
      const [left, right] = await makePair();
      const reading = left.read();
      await left.close();
      await left.close();
      assert((await reading) === undefined, "a clean close ends a pending read");
      await left.closed;
      await readToEnd(right);
      await right.close();
    },
  },
  {
    name: "rejects pending reads, later writes and closed with the reason of close()",
    run: async (makePair) => {
      const [left, right] = await makePair();
      const reason = new Error("the reason");
      const reading = left.read().then(
        () => undefined,
        (error: unknown) => error,
      );
      await left.close(reason);
      assert((await reading) === reason, "the pending read rejects with the reason");
      assert((await left.closed.catch((error: unknown) => error)) === reason, "closed rejects with the reason");
      assert(await rejects(left.write(new Uint8Array(1))), "a write after close rejects");
      await readToEnd(right).catch(() => {});
      await right.close();
    },
  },
  {
    name: "refuses a second read while one is under way",
    run: async (makePair) => {
      const [left, right] = await makePair();
      const first = left.read();
      assert(await rejects(left.read()), "the second read rejects");
      await right.write(new Uint8Array([7]));
      assertEqual((await first) ?? new Uint8Array(), new Uint8Array([7]));
      await closeBoth(left, right);
    },
  },
];

/** Reads until `length` bytes have come, and fails when the end comes first. */
export async function readExactly(socket: DuplexSocket, length: number): Promise<Uint8Array> {
  const result = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const chunk = await socket.read();
    if (chunk === undefined) throw new Error(`the peer ended after ${at} of ${length} bytes`);
    if (at + chunk.length > length) throw new Error(`the peer sent more than ${length} bytes`);
    result.set(chunk, at);
    at += chunk.length;
  }
  return result;
}

async function readToEnd(socket: DuplexSocket): Promise<void> {
  for (let chunk = await socket.read(); chunk !== undefined; ) chunk = await socket.read();
}

async function writeInPieces(socket: DuplexSocket, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += 48_000) await socket.write(bytes.subarray(at, at + 48_000));
}

async function closeBoth(left: DuplexSocket, right: DuplexSocket): Promise<void> {
  await Promise.all([left.close(), right.close()]);
}

function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

async function rejects(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => false,
    () => true,
  );
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function assert(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected: ${what}`);
}

function assertEqual(actual: Uint8Array, expected: Uint8Array): void {
  assert(actual.length === expected.length, `${expected.length} bytes, not ${actual.length}`);
  for (let i = 0; i < expected.length; i++) if (actual[i] !== expected[i]) throw new Error(`byte ${i} differs`);
}
