import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../../test/support/virtual-clock.ts";
import { askInTime, Outcome } from "../../src/shell/settle.ts";

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

describe("askInTime()", () => {
  const late = (): Error => new Error("too late");

  it("needs no timer for an answer that is there at once, nor for an exception", async () => {
    const clock = virtualClock();
    const refuse = (): number => {
      throw new Error("refused");
    };
    const answers = [
      askInTime(clock, 100, () => 5, late),
      askInTime<number | undefined>(clock, 100, () => undefined, late),
    ];
    const refusal = askInTime(clock, 100, refuse, late);
    expect(clock.pending).toBe(0);
    expect(await Promise.all(answers)).toEqual([5, undefined]);
    await expect(refusal).rejects.toThrow("refused");
    const later = askInTime(clock, 100, () => Promise.resolve(6), late);
    expect(clock.pending).toBe(1);
    expect(await later).toBe(6);
    expect(clock.pending).toBe(0);
  });

  it("does not wait longer than it should", async () => {
    const clock = virtualClock();
    const answer = askInTime(clock, 100, () => new Promise<number>(() => {}), late);
    const outcome = expect(answer).rejects.toThrow("too late");
    clock.advance(100);
    await outcome;
  });
});
