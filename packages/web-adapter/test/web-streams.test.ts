import { socketCases } from "@netconf-kit/conformance";
import { describe, expect, it, vi } from "vitest";
import { streamSocket, type WebStreams } from "../src/mod.ts";

/** A pipe that gives copies, as every real transport does, and holds so many bytes. */
function pipe(highWaterBytes = 64 * 1024): TransformStream<Uint8Array, Uint8Array> {
  const size = (chunk: Uint8Array): number => chunk.length;
  return new TransformStream(
    { transform: (chunk, controller) => controller.enqueue(chunk.slice()) },
    { highWaterMark: highWaterBytes, size },
    { highWaterMark: 0, size },
  );
}

function streamPair(highWaterBytes?: number): readonly [WebStreams, WebStreams] {
  const [there, back] = [pipe(highWaterBytes), pipe(highWaterBytes)];
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ];
}

function failing(error: unknown): WebStreams {
  const readable = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(error) });
  return { readable, writable: new WritableStream<Uint8Array>({ write: () => Promise.reject(error) }) };
}

describe("streamSocket()", () => {
  for (const { name, run } of socketCases) {
    it(name, () =>
      run(async (wish) => {
        const [left, right] = streamPair(wish?.highWaterBytes);
        return [streamSocket(left), streamSocket(right)];
      }),
    );
  }

  it("says reset where a stream fails, with the stream's error as the cause, for whatever comes later too", async () => {
    const cause = new Error("the network is gone");
    const socket = streamSocket(failing(cause), { remote: "192.0.2.1:830" });
    await expect(socket.read()).rejects.toMatchObject({
      name: "TransportError",
      code: "reset",
      fault: "transport",
      cause,
    });
    await expect(socket.write(new Uint8Array(1))).rejects.toMatchObject({ code: "reset" });
    await expect(socket.closed).rejects.toMatchObject({ message: expect.stringContaining("192.0.2.1:830") });
  });

  it("fails where a stream gives something else than bytes", async () => {
    const readable = new ReadableStream<Uint8Array>({
      // A stream of text, behind a declaration that hides it.
      pull: (controller) => controller.enqueue("text" as unknown as Uint8Array),
    });
    const socket = streamSocket({ readable, writable: new WritableStream<Uint8Array>() });
    await expect(socket.read()).rejects.toMatchObject({ code: "failed" });
  });

  it("skips empty chunks, which are no end", async () => {
    const readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const length of [0, 0, 3]) controller.enqueue(new Uint8Array(length));
      },
    });
    const socket = streamSocket({ readable, writable: new WritableStream<Uint8Array>() });
    expect((await socket.read())?.length).toBe(3);
  });

  it("fails with the error of its connection", async () => {
    const cause = new Error("session closed");
    const [streams] = streamPair();
    const socket = streamSocket(streams, { closed: Promise.reject(cause) });
    await expect(socket.closed).rejects.toMatchObject({ code: "reset", cause });
    await expect(socket.read()).rejects.toMatchObject({ code: "reset", cause });
  });

  it("takes no more writes when its connection is over, and gives what has come before", async () => {
    const readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new Uint8Array([1]));
        controller.close();
      },
    });
    const connection = Promise.resolve();
    const socket = streamSocket({ readable, writable: new WritableStream<Uint8Array>() }, { closed: connection });
    await connection;
    await expect(socket.write(new Uint8Array(1))).rejects.toMatchObject({ code: "closed" });
    expect(await socket.read()).toEqual(new Uint8Array([1]));
    expect(await socket.read()).toBeUndefined();
    await socket.closed;
  });

  it("waits a second for an end that does not read, then gives up what it has not taken", async () => {
    vi.useFakeTimers();
    try {
      const writable = new WritableStream<Uint8Array>({ write: () => new Promise(() => {}) });
      const socket = streamSocket({ readable: new ReadableStream<Uint8Array>(), writable });
      socket.write(new Uint8Array(1)).catch(() => {});
      await socket.close();
      let closed = false;
      void socket.closed.then(() => {
        closed = true;
      });
      await vi.advanceTimersByTimeAsync(999);
      expect(closed).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(closed).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it("takes what it no longer gives out while it closes, so that two that are full of each other's bytes both end", async () => {
    vi.useFakeTimers();
    try {
      const [near, far] = streamPair(1000);
      const [left, right] = [streamSocket(near), streamSocket(far)];
      for (const socket of [left, right]) socket.write(new Uint8Array(100_000)).catch(() => {});
      await Promise.all([left.close(), right.close()]);
      // No time has passed: nobody was given up.
      await Promise.all([left.closed, right.closed]);
    } finally {
      vi.useRealTimers();
    }
  });

  describe("over streams of a connection that do as those of cloudflare:sockets", () => {
    it("holds back writes beyond 256 KiB, though the stream wants more of everything", async () => {
      const { streams, passOn } = greedyConnection();
      const socket = streamSocket(streams);
      await socket.write(new Uint8Array(256 * 1024));
      let taken = false;
      const write = socket.write(new Uint8Array(1)).then(() => {
        taken = true;
      });
      await new Promise(setImmediate);
      expect(taken).toBe(false);
      passOn();
      await write;
    });

    it("closes the connection itself when it breaks off, and fails what was held back", async () => {
      const { streams, events } = greedyConnection();
      const socket = streamSocket(streams);
      const write = socket.write(new Uint8Array(256 * 1024 + 1));
      const reason = new Error("broken off");
      await socket.close(reason);
      await expect(write).rejects.toBe(reason);
      await expect(socket.closed).rejects.toBe(reason);
      expect(events).toEqual(["connection closed"]);
    });

    it("closes the connection after what was written before a clean close", async () => {
      const { streams, events, passOn } = greedyConnection();
      const socket = streamSocket(streams);
      await socket.write(new Uint8Array(1));
      await socket.close();
      passOn();
      await socket.closed;
      expect(events.slice(0, 2)).toEqual(["writing ended", "connection closed"]);
    });
  });
});

/** No limit of its own, and only `close()` ends it. */
function greedyConnection() {
  const events: string[] = [];
  let passOn = (): void => {};
  const passedOn = new Promise<void>((resolve) => {
    passOn = resolve;
  });
  const writable = new WritableStream<Uint8Array>(
    {
      write: () => passedOn,
      close: () => void events.push("writing ended"),
      abort: () => void events.push("writing given up"),
    },
    { highWaterMark: Number.POSITIVE_INFINITY },
  );
  const readable = new ReadableStream<Uint8Array>({ cancel: () => void events.push("reading given up") });
  const close = async (): Promise<void> => void events.push("connection closed");
  return { streams: { readable, writable, close }, events, passOn };
}
