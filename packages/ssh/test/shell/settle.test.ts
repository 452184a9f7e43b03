import { describe, expect, it } from "vitest";
import { Outcome } from "../../src/shell/settle.ts";

describe("Outcome", () => {
  it("gives the same promise whether it is asked for before or after the end, and the first end counts", async () => {
    const early = new Outcome<number>();
    const { promise } = early;
    early.resolve(1);
    early.resolve(2);
    early.reject(new Error("too late"));
    expect(early.promise).toBe(promise);
    expect(await promise).toBe(1);

    const late = new Outcome<number>();
    late.resolve(3);
    late.reject(new Error("too late"));
    expect(late.promise).toBe(late.promise);
    expect(await late.promise).toBe(3);
  });

  it("rejects whoever asks, before and after, and nobody has to", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const early = new Outcome<number>();
      const { promise } = early;
      early.reject(new Error("broken"));
      await expect(promise).rejects.toThrow("broken");
      const late = new Outcome<number>();
      late.reject(new Error("broken"));
      await new Promise((resolve) => setImmediate(resolve));
      await expect(late.promise).rejects.toThrow("broken");
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });
});
