import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeldTraffic } from "../../src/transport/held-traffic.ts";
import { InputBuffer } from "../../src/transport/input-buffer.ts";
import { OutputBuffer } from "../../src/transport/output-buffer.ts";
import { errorOf } from "../session/machine-pair.ts";

describe("InputBuffer", () => {
  it("serves from one slab for good where nobody keeps views, and never writes again what somebody may have kept", () => {
    const input = new InputBuffer();
    input.append(new Uint8Array(3000).fill(1));
    const kept = input.peek(3000);
    input.reusable = true;
    input.skip(3000);
    const slabs = new Set<ArrayBufferLike>();
    for (let i = 0; i < 1000; i++) {
      // Neither the length of what comes nor that of what goes fits the slab.
      input.append(new Uint8Array(700).fill(i));
      if (input.length < 1100) continue;
      slabs.add(input.peek(1).buffer);
      input.skip(1100);
    }
    expect(slabs.size).toBeLessThan(4);
    expect(kept.every((byte) => byte === 1)).toBe(true);
    // From here on views are kept again.
    input.reusable = false;
    input.skip(input.length);
    input.append(new Uint8Array(100).fill(2));
    const view = input.peek(100);
    input.skip(100);
    for (let i = 0; i < 100; i++) {
      input.append(new Uint8Array(900).fill(3));
      input.skip(900);
    }
    expect(view.every((byte) => byte === 2)).toBe(true);
  });

  it("gives back what was put in, for any sizes of chunks and reads", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 5000 })), fc.array(fc.nat(3000)), (chunks, reads) => {
        const input = new InputBuffer();
        const all = chunks.flatMap((chunk) => [...chunk]);
        const got: number[] = [];
        let next = 0;
        for (const chunk of chunks) {
          input.append(chunk);
          const length = Math.min(reads[next++ % (reads.length || 1)] ?? 0, input.length);
          got.push(...input.peek(length));
          input.skip(length);
        }
        got.push(...input.peek(input.length));
        expect(got).toEqual(all);
      }),
    );
  });

  it("lets go of what a large packet took once that has been read", () => {
    const input = new InputBuffer();
    input.append(new Uint8Array(1 << 20));
    input.skip(1 << 20);
    input.append(new Uint8Array(1));
    expect(input.peek(1).buffer.byteLength).toBeLessThan(4096);
  });

  it("never writes again to memory it has handed out", () => {
    const input = new InputBuffer();
    const views: Uint8Array[] = [];
    for (let i = 0; i < 2000; i++) {
      input.append(new Uint8Array(50).fill(i));
      views.push(input.peek(50));
      input.skip(50);
    }
    for (let i = 0; i < 2000; i++) expect(views[i]?.every((byte) => byte === (i & 255))).toBe(true);
  });

  it("copies each byte of a large packet a few times at most when it comes in single bytes", () => {
    const input = new InputBuffer();
    const one = new Uint8Array(1);
    let slabs = 0;
    let slab = input.peek(0).buffer;
    for (let i = 0; i < 262_144; i++) {
      input.append(one);
      const now = input.peek(1).buffer;
      if (now !== slab) slabs++;
      slab = now;
    }
    // Doubling: the number of moves is logarithmic, from the first slab of 2 KiB on.
    expect(slabs).toBeLessThanOrEqual(1 + Math.log2(262_144 / 2048));
  });

  it("does not touch the chunk it was given", () => {
    const input = new InputBuffer();
    const chunk = new Uint8Array([1, 2, 3]);
    input.append(chunk);
    input.peek(3).fill(9);
    expect(chunk).toEqual(new Uint8Array([1, 2, 3]));
  });
});

describe("OutputBuffer", () => {
  it("gives everything in one piece, and keeps what it gave away unchanged", () => {
    const output = new OutputBuffer();
    const taken: Uint8Array[] = [];
    for (let i = 0; i < 100; i++) {
      for (let j = 0; j < i; j++) output.append(new Uint8Array(j * 3).fill(i));
      const all = output.take();
      if (all !== undefined) taken.push(all);
      expect(output.length).toBe(0);
    }
    expect(taken.every((bytes) => bytes.every((byte) => byte === bytes[0]))).toBe(true);
    expect(output.take()).toBe(undefined);
  });

  it("writes again to memory that has come back, and to no other", () => {
    const output = new OutputBuffer();
    const fill = (byte: number): Uint8Array => {
      output.append(new Uint8Array(10_000).fill(byte));
      const bytes = output.take();
      if (bytes === undefined) throw new Error("there is no output");
      return bytes;
    };
    const first = fill(1);
    const second = fill(2);
    expect(second.buffer).not.toBe(first.buffer);
    // Only what was given last can come back; the first one may be with somebody else by now.
    output.recycle(first);
    output.recycle(new Uint8Array(10_000));
    expect(fill(3).buffer).not.toBe(first.buffer);
    expect(first.every((byte) => byte === 1)).toBe(true);
    const fourth = fill(4);
    output.recycle(fourth);
    output.recycle(fourth);
    const fifth = fill(5);
    expect(fifth.buffer).toBe(fourth.buffer);
    expect(fifth.every((byte) => byte === 5)).toBe(true);
    // It came back once: it serves once.
    expect(fill(6).buffer).not.toBe(fourth.buffer);
    expect(fifth.every((byte) => byte === 5)).toBe(true);
  });

  it("makes do with two buffers, whether or not the next one is begun before the last one is back", () => {
    const output = new OutputBuffer();
    const memories = new Set<ArrayBufferLike>();
    const chunk = new Uint8Array(10_000);
    const back = (bytes: Uint8Array | undefined): void => {
      if (bytes === undefined) throw new Error("there is no output");
      memories.add(bytes.buffer);
      output.recycle(bytes);
    };
    for (let i = 0; i < 30; i++) {
      output.append(chunk);
      const first = output.take();
      if (i % 3 !== 0) output.append(chunk);
      back(first);
      if (i % 3 === 0) output.append(chunk);
      back(output.take());
    }
    expect(memories.size).toBe(2);
  });

  it("never writes again to memory that was given out in part", () => {
    const output = new OutputBuffer();
    output.append(new Uint8Array(8000).fill(1));
    output.heldFrom = output.position;
    output.append(new Uint8Array(8000).fill(2));
    const first = output.take();
    output.recycle(first ?? new Uint8Array(0));
    output.heldFrom = undefined;
    const second = output.take();
    output.recycle(second ?? new Uint8Array(0));
    output.append(new Uint8Array(6000).fill(3));
    expect([first?.length, second?.length]).toEqual([8000, 8000]);
    expect(first?.every((byte) => byte === 1)).toBe(true);
    expect(second?.every((byte) => byte === 2)).toBe(true);
  });
});

describe("HeldTraffic", () => {
  it("keeps messages in order up to its limit, and refuses the one beyond", () => {
    const held = new HeldTraffic(1000);
    held.push(new Uint8Array(436).fill(1));
    held.push(new Uint8Array(436).fill(2));
    expect(errorOf(() => held.push(new Uint8Array(0)))).toMatchObject({ code: "limit-exceeded", fault: "peer" });
    expect(held.takeAll().map((payload) => payload[0])).toEqual([1, 2]);
    expect(held.takeAll()).toEqual([]);
  });
});
