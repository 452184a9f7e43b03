import type { Dial, DuplexSocket, Listener } from "@netconf-kit/socket";
import { afterReactions, assert, assertEqual, outcomeOf, pattern, readExactly } from "./checks.ts";

/** A listener, and a `Dial` that leads to it. */
export interface Way {
  readonly listener: Listener;
  readonly dial: Dial;
}

/** Makes a listener of its own each time. */
export type MakeWay = () => Promise<Way>;

/** A case that a `Dial` and a `Listener` have to pass together. */
export interface DialCase {
  readonly name: string;
  readonly run: (makeWay: MakeWay) => Promise<void>;
}

/** At how many different moments of connecting the caller changes its mind. */
const MOMENTS = 40;

/**
 * What every `Dial` and `Listener` have to pass, the abort of a connection at every step above all.
 *
 * @example
 * const makeWay = async () => {
 *   const listener = await listenTcp();
 *   return { listener, dial: dialTcp({ host: listener.host, port: listener.port }) };
 * };
 * for (const { name, run } of dialCases) it(name, () => run(makeWay));
 */
export const dialCases: readonly DialCase[] = [
  dialCase("connects whoever dials with whoever accepts", async ({ listener, dial }) => {
    const [dialled, accepted] = await meet(listener, dial);
    await exchange(dialled, accepted);
  }),
  dialCase("accepts callers in their turn, each once", async ({ listener, dial }) => {
    const callers = listener[Symbol.asyncIterator]();
    const accepting = Promise.all([callers.next(), callers.next()]);
    const dialled = await Promise.all([dial(), dial()]);
    const accepted = (await accepting).map(taken);
    await Promise.all(dialled.map((socket, i) => socket.write(new Uint8Array([i]))));
    const words = await Promise.all(accepted.map((socket) => readExactly(socket, 1)));
    assert(
      words
        .map(([byte]) => byte)
        .sort()
        .join() === "0,1",
      "each caller was accepted once",
    );
    await Promise.all([...dialled, ...accepted].map((socket) => socket.close()));
  }),
  dialCase("rejects with the reason when it was aborted before it began", async ({ dial }) => {
    const reason = new Error("changed my mind");
    const outcome = await outcomeOf(dial({ signal: abortedWith(reason) }));
    assert(outcome !== "resolves" && outcome.rejectsWith === reason, "the abort's own reason");
  }),
  dialCase(
    "either connects or rejects with the reason, at whatever moment it is aborted",
    async ({ listener, dial }) => {
      const accepted: Promise<void>[] = [];
      const accepting = (async () => {
        for await (const socket of listener) accepted.push(socket.close());
      })();
      for (let moment = 0; moment < MOMENTS; moment++) {
        const reason = new Error(`changed my mind at moment ${moment}`);
        const controller = new AbortController();
        const dialling = dial({ signal: controller.signal });
        const settled = dialling.then(
          (socket) => socket.close(),
          (error: unknown) => assert(error === reason, `the abort's own reason, not ${String(error)}`),
        );
        await afterReactions(moment);
        controller.abort(reason);
        await settled;
      }
      await listener.close();
      await accepting;
      await Promise.all(accepted);
    },
  ),
  dialCase("leaves a connection alone that stands when its signal is aborted", async ({ listener, dial }) => {
    const controller = new AbortController();
    const [dialled, accepted] = await meet(listener, () => dial({ signal: controller.signal }));
    controller.abort(new Error("too late"));
    await exchange(dialled, accepted);
  }),
  dialCase(
    "stops listening twice, ends the iteration, and leaves accepted sockets alone",
    async ({ listener, dial }) => {
      const [dialled, accepted] = await meet(listener, dial);
      const waiting = listener[Symbol.asyncIterator]().next();
      await listener.close();
      await listener.close();
      assert((await waiting).done === true, "a pending iteration ends");
      assert((await listener[Symbol.asyncIterator]().next()).done === true, "a later one ends at once");
      await exchange(dialled, accepted);
    },
  ),
  dialCase("is refused where nobody listens any more", async ({ listener, dial }) => {
    await listener.close();
    const outcome = await outcomeOf(dial());
    assert(outcome !== "resolves" && outcome.rejectsWith instanceof Error, "dialling rejects with an Error");
  }),
];

function dialCase(name: string, body: (way: Way) => Promise<void>): DialCase {
  const run = async (makeWay: MakeWay): Promise<void> => {
    const way = await makeWay();
    try {
      await body(way);
    } finally {
      await way.listener.close();
    }
  };
  return { name, run };
}

async function meet(listener: Listener, dial: Dial): Promise<readonly [DuplexSocket, DuplexSocket]> {
  const accepting = listener[Symbol.asyncIterator]().next();
  const dialled = await dial();
  return [dialled, taken(await accepting)];
}

function taken(result: IteratorResult<DuplexSocket, unknown>): DuplexSocket {
  assert(result.done !== true, "the listener gives a socket");
  return result.value;
}

async function exchange(left: DuplexSocket, right: DuplexSocket): Promise<void> {
  const sent = pattern(10_000, 10);
  const [there, back] = await Promise.all([
    readExactly(right, sent.length),
    readExactly(left, sent.length),
    left.write(sent),
    right.write(sent),
  ]);
  assertEqual(there, sent);
  assertEqual(back, sent);
  await Promise.all([left.close(), right.close()]);
}

function abortedWith(reason: Error): AbortSignal {
  const controller = new AbortController();
  controller.abort(reason);
  return controller.signal;
}
