import { describe, expect, it } from "vitest";
import { ReceiveQueue, TransportError } from "../src/mod.ts";

const bytes = (length: number, value = 0): Uint8Array => new Uint8Array(length).fill(value);

/** A source that writes down what it is told. */
function source(): { readonly told: string[]; pause(): void; resume(): void } {
  const told: string[] = [];
  return { told, pause: () => void told.push("pause"), resume: () => void told.push("resume") };
}

describe("ReceiveQueue", () => {
  it("hands a chunk to the read that waits, without keeping it", async () => {
    const queue = new ReceiveQueue({ maxBytes: 1 });
    const reading = queue.read();
    expect(queue.push(bytes(100))).toBe(true);
    expect(await reading).toHaveLength(100);
  });

  it("gives what it has kept in order, then waits", async () => {
    const queue = new ReceiveQueue();
    queue.push(bytes(5000, 1));
    queue.push(bytes(5000, 2));
    expect(await queue.read()).toEqual(bytes(5000, 1));
    expect(await queue.read()).toEqual(bytes(5000, 2));
    const reading = queue.read();
    queue.push(bytes(1, 3));
    expect(await reading).toEqual(bytes(1, 3));
  });

  it("rejects a second read while one is under way", async () => {
    const queue = new ReceiveQueue();
    const reading = queue.read();
    await expect(queue.read()).rejects.toMatchObject({ name: "TransportError", code: "failed" });
    queue.push(bytes(1));
    expect(await reading).toHaveLength(1);
  });

  it("refuses one byte over its limit where there is nobody to pause, and takes bytes again once some were read", async () => {
    const queue = new ReceiveQueue({ maxBytes: 10_000 });
    expect(queue.push(bytes(9999))).toBe(true);
    expect(queue.push(bytes(2))).toBe(false);
    expect(queue.push(bytes(1))).toBe(true);
    expect(queue.push(bytes(1))).toBe(false);
    await queue.read();
    expect(queue.push(bytes(9999))).toBe(true);
  });

  it("keeps 256 KiB unless told otherwise", () => {
    const queue = new ReceiveQueue();
    expect(queue.push(bytes(256 * 1024))).toBe(true);
    expect(queue.push(bytes(1))).toBe(false);
  });

  it("pauses its source at the limit, once, keeps what was under way, and resumes it below", async () => {
    const { told, ...hooks } = source();
    const queue = new ReceiveQueue({ maxBytes: 10_000, source: hooks });
    queue.push(bytes(9999));
    expect(told).toEqual([]);
    queue.push(bytes(5000));
    expect(queue.push(bytes(5000))).toBe(true);
    expect(told).toEqual(["pause"]);
    expect(await queue.read()).toHaveLength(9999);
    expect(told).toEqual(["pause"]);
    expect(await queue.read()).toHaveLength(5000);
    expect(told).toEqual(["pause", "resume"]);
  });

  it("resumes a source that stood still at first when somebody reads", async () => {
    const { told, ...hooks } = source();
    const queue = new ReceiveQueue({ source: hooks, paused: true });
    const reading = queue.read();
    expect(told).toEqual(["resume"]);
    queue.end();
    expect(await reading).toBeUndefined();
  });

  it.each([undefined, new TransportError("reset", "broken")])(
    "ends after what was kept, on every read, however it is told again: %s",
    async (reason) => {
      const queue = new ReceiveQueue();
      queue.push(bytes(1));
      queue.end(reason);
      queue.end(new Error("later"));
      queue.push(bytes(1));
      expect(await queue.read()).toHaveLength(1);
      for (let again = 0; again < 2; again++) {
        if (reason === undefined) expect(await queue.read()).toBeUndefined();
        else await expect(queue.read()).rejects.toBe(reason);
      }
    },
  );

  it("settles the read that waits with the end or its reason", async () => {
    const ended = new ReceiveQueue();
    const reading = ended.read();
    ended.end();
    expect(await reading).toBeUndefined();
    const broken = new ReceiveQueue();
    const failing = broken.read();
    const reason = new Error("broken");
    broken.end(reason);
    await expect(failing).rejects.toBe(reason);
  });

  it("drops everything when it is discarded, what comes later too, and lets its source go on", async () => {
    const { told, ...hooks } = source();
    const queue = new ReceiveQueue({ maxBytes: 1, source: hooks });
    queue.push(bytes(1));
    queue.discard();
    expect(told).toEqual(["pause", "resume"]);
    for (let count = 0; count < 3; count++) queue.push(bytes(1));
    expect(told).toEqual(["pause", "resume"]);
    expect(await queue.read()).toBeUndefined();
  });

  it("rejects with the reason it was discarded for, unless an earlier one ended it", async () => {
    const [first, second] = [new Error("first"), new Error("second")];
    const queue = new ReceiveQueue();
    const reading = queue.read();
    queue.discard(first);
    await expect(reading).rejects.toBe(first);
    const broken = new ReceiveQueue();
    broken.push(bytes(1));
    broken.end(first);
    broken.discard(second);
    await expect(broken.read()).rejects.toBe(first);
  });

  it("joins small chunks, so that they take little more than their bytes, and never touches what was read", async () => {
    const queue = new ReceiveQueue({ maxBytes: 100_000 });
    for (let at = 0; at < 100_000; at++) expect(queue.push(bytes(1, at % 251))).toBe(true);
    expect(queue.push(bytes(1))).toBe(false);
    queue.end();
    const chunks: Uint8Array[] = [];
    for (let chunk = await queue.read(); chunk !== undefined; chunk = await queue.read()) chunks.push(chunk);
    expect(chunks).toHaveLength(Math.ceil(100_000 / 4096));
    const all = chunks.flatMap((chunk) => [...chunk]);
    expect(all.every((value, at) => value === at % 251)).toBe(true);
    expect(all).toHaveLength(100_000);
  });

  it("does not write behind a chunk that was given away", async () => {
    const queue = new ReceiveQueue();
    queue.push(bytes(1, 1));
    queue.push(bytes(1, 2));
    const given = await queue.read();
    queue.push(bytes(1, 3));
    queue.push(bytes(1, 4));
    expect(given).toEqual(new Uint8Array([1, 2]));
    expect(await queue.read()).toEqual(new Uint8Array([3, 4]));
  });
});
