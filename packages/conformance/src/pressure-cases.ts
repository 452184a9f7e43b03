import { type DuplexSocket, sleep, systemClock } from "@netconf-kit/socket";
import { assert, assertEqual, MIB, outcomeOf, pattern, readExactly } from "./checks.ts";
import { type SocketCase, socketCase } from "./socket-case.ts";

/** More than kernels keep for two connected sockets. */
const MAX_HELD = 64 * MIB;

/** When nothing has been taken for so long, in milliseconds, the pipe is full. */
const STILL = 200;

const needs = ["back-pressure"] as const;

/** A peer that does not read holds back the writer, and nothing is lost meanwhile. */
export const pressureCases: readonly SocketCase[] = [
  socketCase(
    "holds back a writer whose peer does not read",
    async (left, right) => {
      const filled = await fill(left);
      await drain(filled, right);
    },
    { needs },
  ),
  socketCase(
    "holds back both writers at once, and neither waits for the other",
    async (left, right) => {
      const [byLeft, byRight] = [await fill(left), await fill(right)];
      await Promise.all([drain(byLeft, right), drain(byRight, left)]);
    },
    { needs },
  ),
  socketCase(
    "goes on reading while its own writes are held back",
    async (left, right) => {
      const filled = await fill(left);
      const back = pattern(100_000, 11);
      const [received] = await Promise.all([readExactly(left, back.length), right.write(back)]);
      assertEqual(received, back);
      await drain(filled, right);
    },
    { needs },
  ),
  socketCase(
    "rejects a write that is held back when it is closed with a reason",
    async (left) => {
      const filled = await fill(left);
      await left.close(new Error("the reason"));
      assert((await outcomeOf(filled.written)) !== "resolves", "the write that was held back rejects");
    },
    { needs },
  ),
];

/** A socket that has taken no more, and how much it will have taken when the last write is done. */
interface Filled {
  readonly socket: DuplexSocket;
  readonly written: Promise<number>;
}

/** Writes until nothing more is taken. */
async function fill(socket: DuplexSocket): Promise<Filled> {
  let sent = 0;
  let full = false;
  const piece = new Uint8Array(256 * 1024);
  const written = (async () => {
    while (!full && sent < 2 * MAX_HELD) {
      await socket.write(piece);
      sent += piece.length;
    }
    return sent;
  })();
  written.catch(() => {});
  for (let before = -1; before !== sent && sent < MAX_HELD; ) {
    before = sent;
    await sleep(systemClock, STILL);
  }
  full = true;
  assert(sent < MAX_HELD, `the writer is held back, yet ${sent} bytes were taken`);
  return { socket, written };
}

/** Reads at the other end all that was written, and one byte more, which is written last. */
async function drain({ socket, written }: Filled, other: DuplexSocket): Promise<void> {
  let total = Number.POSITIVE_INFINITY;
  const last = written.then((sent) => {
    total = sent + 1;
    return socket.write(new Uint8Array(1));
  });
  last.catch(() => {});
  let received = 0;
  while (received < total) {
    const chunk = await other.read();
    assert(chunk !== undefined, `all bytes arrive, and not ${received} only`);
    received += chunk.length;
  }
  await last;
  assert(received === total, `${total} bytes arrive, not ${received}`);
}
