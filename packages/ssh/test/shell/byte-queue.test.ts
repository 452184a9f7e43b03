import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteQueue } from "../../src/shell/byte-queue.ts";

describe("ByteQueue", () => {
  it("gives back all bytes in order, whatever is pushed and taken when", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 1500, minLength: 1 }), fc.boolean())), (steps) => {
        const queue = new ByteQueue();
        const got: number[] = [];
        for (const [bytes, take] of steps) {
          queue.push(bytes);
          if (take) got.push(...(queue.shift() ?? []));
        }
        for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) got.push(...chunk);
        expect(got).toEqual(steps.flatMap(([bytes]) => [...bytes]));
        expect(queue.isEmpty).toBe(true);
      }),
    );
  });

  it("gathers a flood of single bytes into a few chunks", () => {
    const queue = new ByteQueue();
    for (let i = 0; i < 100_000; i++) queue.push(new Uint8Array(1));
    let chunks = 0;
    while (queue.shift() !== undefined) chunks++;
    expect(chunks).toBeLessThan(10);
  });

  it("hands out large chunks as they came, without a copy", () => {
    const queue = new ByteQueue();
    const large = new Uint8Array(5000);
    queue.push(new Uint8Array(1));
    queue.push(new Uint8Array(1));
    queue.push(large);
    queue.shift();
    queue.shift();
    expect(queue.shift()).toBe(large);
  });

  it("never changes a chunk it has handed out", () => {
    const queue = new ByteQueue();
    queue.push(new Uint8Array([1]));
    queue.push(new Uint8Array([2]));
    queue.shift();
    const second = queue.shift();
    queue.push(new Uint8Array([3]));
    queue.push(new Uint8Array([4]));
    expect(second).toEqual(new Uint8Array([2]));
  });
});
