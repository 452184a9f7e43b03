import { socketCases } from "@netconf-kit/conformance";
import { describe, expect, it } from "vitest";
import { memoryPair } from "../src/mod.ts";

describe("memoryPair()", () => {
  for (const { name, run } of socketCases) {
    it(name, () => run(async (wish) => memoryPair(wish)));
    it(`${name}, through small buffers`, () =>
      run(async (wish) => memoryPair({ maxReadBytes: 4096, highWaterBytes: 512, ...wish })));
  }

  it("gives one byte a read when asked to", async () => {
    const [left, right] = memoryPair({ maxReadBytes: 1 });
    await left.write(new Uint8Array([1, 2]));
    expect(await right.read()).toEqual(new Uint8Array([1]));
    expect(await right.read()).toEqual(new Uint8Array([2]));
  });

  it("waits in write() from one byte over its high-water mark until the reader has taken it", async () => {
    const [left, right] = memoryPair({ highWaterBytes: 4 });
    await left.write(new Uint8Array(4));
    let written = false;
    const over = left.write(new Uint8Array(1)).then(() => {
      written = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(written).toBe(false);
    await right.read();
    await over;
  });
});
