import { type DuplexSocket, memoryPair } from "@netconf-kit/socket";
import { describe, expect, it } from "vitest";
import { type CaseResult, type MakePair, runSocketCases, socketCases } from "../src/mod.ts";

/** How a pair fares with one case. A case that hangs has failed as well. */
async function resultOf(name: string, makePair: MakePair): Promise<CaseResult["outcome"]> {
  const failure = new Promise<"failed">((resolve) => setTimeout(() => resolve("failed"), 2000));
  const run = socketCases.find((each) => each.name === name)?.run(makePair);
  return Promise.race([
    failure,
    run?.then(
      () => "passed" as const,
      () => "failed" as const,
    ) ?? ("left-out" as const),
  ]);
}

/** A pair of which the left end does something wrong. */
function withLeft(change: (socket: DuplexSocket) => Partial<DuplexSocket>): MakePair {
  return async (wish) => {
    const [left, right] = memoryPair(wish);
    const sound: DuplexSocket = {
      read: () => left.read(),
      write: (bytes) => left.write(bytes),
      closeWrite: () => left.closeWrite(),
      close: (reason) => left.close(reason),
      closed: left.closed,
      [Symbol.asyncDispose]: () => left.close(),
    };
    return [{ ...sound, ...change(left) }, right];
  };
}

const mistakes: readonly (readonly [what: string, makePair: MakePair, failed: string])[] = [
  [
    "changes a byte",
    withLeft((socket) => ({ write: (bytes) => socket.write(bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte))) })),
    "carries bytes unchanged in both directions",
  ],
  [
    "overtakes",
    withLeft((socket) => ({
      write: async (bytes) => {
        if (bytes[0] === 7 && bytes.length === 1) for (let i = 0; i < 100; i++) await undefined;
        await socket.write(bytes);
      },
    })),
    "keeps the order of writes that are not awaited",
  ],
  [
    "takes everything",
    withLeft((socket) => ({
      write: async (bytes) => {
        socket.write(bytes).catch(() => {});
      },
    })),
    "holds back a writer whose peer does not read",
  ],
  [
    "closes both directions where one was to end",
    withLeft((socket) => ({ closeWrite: () => socket.close() })),
    "ends one direction and keeps the other open",
  ],
  [
    "writes after its end",
    withLeft((socket) => ({ write: (bytes) => socket.write(bytes).catch(() => {}) })),
    "may end its direction twice, and takes no write after that",
  ],
  [
    "forgets the reason",
    withLeft((socket) => ({ close: () => socket.close() })),
    "rejects pending reads, later writes and closed with the reason of close()",
  ],
  [
    "lets two read at once",
    withLeft((socket) => {
      let reading = Promise.resolve<Uint8Array | undefined>(undefined);
      return {
        read: () => {
          reading = reading.then(() => socket.read());
          return reading;
        },
      };
    }),
    "refuses a second read while one is under way",
  ],
  [
    "drops what it has not sent yet",
    withLeft((socket) => {
      let sending: Uint8Array | undefined;
      return {
        write: async (bytes) => {
          if (sending !== undefined) await socket.write(sending);
          sending = bytes;
        },
      };
    }),
    "delivers what was written before a clean close",
  ],
  [
    "says that it is closed too soon",
    withLeft((socket) => {
      let settle = (): void => {};
      const closed = new Promise<void>((resolve) => {
        settle = resolve;
      });
      return { closed, closeWrite: () => socket.closeWrite().then(settle) };
    }),
    "is not closed while one direction is open",
  ],
  [
    "waits for ever where it is closed in the middle",
    withLeft((socket) => ({
      write: (bytes) => socket.write(bytes).catch(() => new Promise<void>(() => {})),
    })),
    "leaves nothing waiting when it is closed at any moment of an exchange",
  ],
];

describe("runSocketCases()", () => {
  it("gives a result for each case, and the pair in memory passes", async () => {
    const results: CaseResult[] = [];
    for await (const result of runSocketCases(async (wish) => memoryPair(wish))) results.push(result);
    expect(results).toEqual(socketCases.map(({ name }) => ({ name, outcome: "passed" })));
  });

  it("leaves out what a socket lacks by its nature", async () => {
    const left: string[] = [];
    const makePair = async () => memoryPair();
    for await (const result of runSocketCases(makePair, { without: ["back-pressure", "half-close"] }))
      if (result.outcome === "left-out") left.push(result.name);
    expect(left).toEqual(socketCases.filter(({ needs }) => needs.length > 0).map(({ name }) => name));
  });

  it("has names that are told apart", () => {
    expect(new Set(socketCases.map(({ name }) => name)).size).toBe(socketCases.length);
  });

  for (const [what, makePair, failed] of mistakes) {
    it(`finds a socket that ${what}`, async () => {
      expect(await resultOf(failed, makePair)).toBe("failed");
    });
  }
});
