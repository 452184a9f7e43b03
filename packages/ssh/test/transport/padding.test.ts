import { describe, expect, it } from "vitest";
import { Padding } from "../../src/transport/padding.ts";

/** A source whose bytes can be told apart: each call counts on. */
function countingSource(): { readonly random: (length: number) => Uint8Array; calls(): number } {
  let calls = 0;
  let next = 0;
  return {
    random: (length) => {
      calls++;
      return Uint8Array.from({ length }, () => next++ & 0xff);
    },
    calls: () => calls,
  };
}

describe("random padding (RFC 4253 §6)", () => {
  it("uses no byte twice, also between connections with one source, and asks it once for many packets", () => {
    const { random, calls } = countingSource();
    const connections = [Padding.from(random), Padding.from(random)];
    const seen: number[] = [];
    for (let i = 0; i < 32; i++) {
      const target = new Uint8Array(8);
      connections[i % 2]?.fill(target);
      seen.push(...target);
    }
    expect(seen).toEqual(Array.from({ length: 256 }, (_, i) => i));
    expect(calls()).toBe(1);
  });

  it("fills the largest padding of 255 bytes, whatever is left", () => {
    const { random } = countingSource();
    const padding = Padding.from(random);
    padding.fill(new Uint8Array(4));
    for (let i = 0; i < 5; i++) {
      const target = new Uint8Array(255);
      padding.fill(target);
      expect(target.filter((byte) => byte === 0).length).toBeLessThanOrEqual(1);
    }
  });

  it("keeps sources apart", () => {
    const [left, right] = [countingSource(), countingSource()];
    const targets = [new Uint8Array(4), new Uint8Array(4)] as const;
    Padding.from(left.random).fill(targets[0]);
    Padding.from(right.random).fill(targets[1]);
    expect(targets[0]).toEqual(targets[1]);
    expect([left.calls(), right.calls()]).toEqual([1, 1]);
  });
});
