import { describe, expect, it } from "vitest";
import { Fifo } from "../src/session/fifo.ts";
import { BoundedQueue } from "../src/shell/bounded-queue.ts";

describe("BoundedQueue", () => {
  it("takes what fits its limit, and asks the producer to wait for one byte over", async () => {
    const queue = new BoundedQueue<string>(10);
    expect(queue.push("a", 10)).toBeUndefined();
    const waiting = queue.push("b", 1);
    expect(waiting).toBeInstanceOf(Promise);
    const items = queue[Symbol.asyncIterator]();
    expect((await items.next()).value).toBe("a");
    await waiting;
    expect(queue.size).toBe(1);
  });

  it("hands an item straight to a consumer that waits", async () => {
    const queue = new BoundedQueue<string>(1);
    const next = queue[Symbol.asyncIterator]().next();
    expect(queue.push("big", 1_000_000)).toBeUndefined();
    expect(await next).toEqual({ done: false, value: "big" });
    expect(queue.size).toBe(0);
  });

  it("lets the producer go when it ends or discards, and drops only what is over the limit", async () => {
    const ended = new BoundedQueue<string>(1);
    const first = ended.push("a", 2);
    ended.end();
    await first;
    expect(ended.push("b", 1)).toBeUndefined();
    const seen: string[] = [];
    for await (const item of ended) seen.push(item);
    expect(seen).toEqual(["a"]);
    const discarding = new BoundedQueue<string>(1);
    const second = discarding.push("a", 2);
    discarding.discardOverflow();
    await second;
    expect(discarding.push("b", 1)).toBeUndefined();
    expect(discarding.size).toBe(2);
  });

  it("ends with its error after the items, each time it is asked", async () => {
    const queue = new BoundedQueue<string>(10);
    const error = new Error("over");
    queue.push("a", 1);
    queue.end(error);
    queue.end();
    const items = queue[Symbol.asyncIterator]();
    expect((await items.next()).value).toBe("a");
    await expect(items.next()).rejects.toBe(error);
    await expect(items.next()).rejects.toBe(error);
  });
});

describe("Fifo", () => {
  it("gives back in order what was put in, over many rounds", () => {
    const fifo = new Fifo<number>();
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 7; i++) fifo.push(next++);
      for (let i = 0; i < (round % 3) + 5; i++) {
        const item = fifo.shift();
        if (item !== undefined) expect(item).toBe(expected++);
      }
      expect(fifo.length).toBe(next - expected);
      expect(fifo.peek()).toBe(fifo.length === 0 ? undefined : expected);
    }
  });
});
