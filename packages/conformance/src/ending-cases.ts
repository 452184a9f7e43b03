import { type DuplexSocket, sleep, systemClock } from "@netconf-kit/socket";
import {
  afterReactions,
  assert,
  assertEqual,
  assertRejects,
  outcomeOf,
  pattern,
  readExactly,
  readToEnd,
} from "./checks.ts";
import { type MakePair, type SocketCase, socketCase } from "./socket-case.ts";

/** At how many different moments an exchange is cut off. */
const MOMENTS = 24;

/** Ends and errors come once, to whom they concern, and nothing is left waiting. */
export const endingCases: readonly SocketCase[] = [
  socketCase(
    "ends one direction and keeps the other open",
    async (left, right) => {
      await left.write(new Uint8Array([1, 2, 3]));
      await left.closeWrite();
      assertEqual(await readExactly(right, 3), new Uint8Array([1, 2, 3]));
      assert((await right.read()) === undefined, "the end arrives after the last byte");
      assert((await right.read()) === undefined, "the end stays the end");
      const answer = pattern(50_000, 8);
      const [received] = await Promise.all([readExactly(left, answer.length), right.write(answer)]);
      assertEqual(received, answer);
      await right.closeWrite();
      assert((await left.read()) === undefined, "the other direction ends as well");
      await Promise.all([left.closed, right.closed]);
    },
    { needs: ["half-close"] },
  ),
  socketCase(
    "may end its direction twice, and takes no write after that",
    async (left, right) => {
      await left.closeWrite();
      await left.closeWrite();
      await assertRejects(left.write(new Uint8Array(1)), "a write after closeWrite()");
      assert((await right.read()) === undefined, "the peer sees the end");
    },
    { needs: ["half-close"] },
  ),
  socketCase(
    "is not closed while one direction is open",
    async (left, right) => {
      let closed = false;
      const note = (): void => {
        closed = true;
      };
      left.closed.then(note, note);
      await left.closeWrite();
      assert((await right.read()) === undefined, "the end arrives");
      await right.write(new Uint8Array([1]));
      assert((await left.read())?.[0] === 1, "the other direction is open");
      assert(!closed, "closed does not settle before both directions are over");
    },
    { needs: ["half-close"] },
  ),
  socketCase("may be closed twice, and a pending read then gives the end", async (left, right) => {
    const reading = left.read();
    await left.close();
    await left.close();
    assert((await reading) === undefined, "a clean close ends a pending read");
    assert((await left.read()) === undefined, "a read after a clean close gives the end");
    await left.closed;
    await readToEnd(right);
  }),
  socketCase("delivers what was written before a clean close", async (left, right) => {
    const last = pattern(30_000, 9);
    const writing = left.write(last).then(() => left.close());
    const [received] = await Promise.all([readExactly(right, last.length), writing]);
    assertEqual(received, last);
    assert((await right.read()) === undefined, "the end comes after the last byte");
  }),
  socketCase("rejects pending reads, later writes and closed with the reason of close()", async (left, right) => {
    const reason = new Error("the reason");
    const reading = left.read().then(
      () => undefined,
      (error: unknown) => error,
    );
    await left.close(reason);
    await left.close(new Error("another reason, too late"));
    assert((await reading) === reason, "the pending read rejects with the reason");
    assert((await left.closed.catch((error: unknown) => error)) === reason, "closed rejects with the first reason");
    await assertRejects(left.write(new Uint8Array(1)), "a write after close()");
    await outcomeOf(readToEnd(right));
  }),
  socketCase("refuses writes after a clean close", async (left) => {
    await left.close();
    await assertRejects(left.write(new Uint8Array(1)), "a write after close()");
  }),
  socketCase("tells a reader that the peer broke off, by the end or an error", async (left, right) => {
    const reading = outcomeOf(readToEnd(right));
    await left.close(new Error("broken off"));
    const outcome = await reading;
    assert(outcome === "resolves" || outcome.rejectsWith instanceof Error, "an error is an Error");
  }),
  socketCase("fails a writer whose peer broke off", async (left, right) => {
    await left.close(new Error("broken off"));
    // The news takes a moment to come, and only a write brings it where the system has no other way to tell.
    for (let attempts = 0; ; attempts++) {
      const outcome = await outcomeOf(right.write(new Uint8Array(1000)));
      if (outcome !== "resolves") {
        assert(outcome.rejectsWith instanceof Error, "a write rejects with an Error");
        break;
      }
      assert(attempts < 200, "writes to a peer that is gone fail within two seconds");
      await sleep(systemClock, 10);
    }
    await outcomeOf(right.close());
    await outcomeOf(right.closed);
  }),
  { name: "leaves nothing waiting when it is closed at any moment of an exchange", needs: [], run: closeAtEveryMoment },
];

/** All moments at once, because a close may take the time that a peer is given to read what was written before. */
async function closeAtEveryMoment(makePair: MakePair): Promise<void> {
  const moments: Promise<void>[] = [];
  for (let moment = 0; moment < MOMENTS; moment++) {
    const over = closeAfter(moment, await makePair());
    // The next pair is made before anybody looks at this one.
    over.catch(() => {});
    moments.push(over);
  }
  await Promise.all(moments);
}

async function closeAfter(moment: number, [left, right]: readonly [DuplexSocket, DuplexSocket]): Promise<void> {
  const everything = [exchange(left), exchange(right), outcomeOf(left.closed), outcomeOf(right.closed)];
  await afterReactions(moment);
  await left.close(moment % 2 === 0 ? undefined : new Error("cut off"));
  await right.close();
  await Promise.all(everything);
}

/** Both directions at once, until both are over in whatever way. */
async function exchange(socket: DuplexSocket): Promise<void> {
  const writing = (async () => {
    for (let i = 0; i < 50; i++) await socket.write(new Uint8Array(10_000));
  })();
  await Promise.all([outcomeOf(readToEnd(socket)), outcomeOf(writing)]);
}
