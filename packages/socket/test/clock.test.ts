import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../src/mod.ts";

/** The runtime's own timers fire at once beyond this. */
const LONGEST_TIMER = 2 ** 31 - 1;

describe("systemClock", () => {
  it("is never early, whatever the runtime's own timers are", async () => {
    // Ticks of another timer wake the event loop in the last part of each millisecond.
    const ticks = setInterval(() => {}, 1);
    const early = await Promise.all(
      Array.from({ length: 300 }, async () => {
        await setTimeout(Math.random() * 100);
        const due = systemClock.now() + 5;
        return new Promise<boolean>((resolve) => {
          systemClock.schedule(due, () => resolve(systemClock.now() < due));
        });
      }),
    );
    clearInterval(ticks);
    expect(early.filter(Boolean)).toEqual([]);
  });
});

describe("systemClock, beyond the longest timer", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits longer than any timer of the runtime", () => {
    let calls = 0;
    systemClock.schedule(systemClock.now() + 2 * LONGEST_TIMER + 10, () => calls++);
    vi.advanceTimersByTime(2 * LONGEST_TIMER + 9);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(1);
    expect(calls).toBe(1);
  });

  it("cancels such a wait at any time", () => {
    let calls = 0;
    for (const after of [0, LONGEST_TIMER, LONGEST_TIMER + 5]) {
      const cancel = systemClock.schedule(systemClock.now() + LONGEST_TIMER + 10, () => calls++);
      vi.advanceTimersByTime(after);
      cancel();
    }
    vi.advanceTimersByTime(4 * LONGEST_TIMER);
    expect(calls).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
