import { describe, expect, it, vi } from "vitest";
import { timeLimit } from "../src/time-limit.ts";

describe("timeLimit", () => {
  it("fires after its time, with what it was for", () => {
    vi.useFakeTimers();
    try {
      const { signal } = timeLimit(new AbortController().signal, 1000, "too slow");
      vi.advanceTimersByTime(999);
      expect(signal.aborted).toBe(false);
      vi.advanceTimersByTime(1);
      expect(signal.reason).toMatchObject({ name: "TimeoutError", message: "too slow" });
    } finally {
      vi.useRealTimers();
    }
  });

  it("fires with the signal it was made of", () => {
    const outer = new AbortController();
    using limit = timeLimit(outer.signal, 60_000, "too slow");
    const reason = new Error("interrupted");
    outer.abort(reason);
    expect(limit.signal.reason).toBe(reason);
  });

  it("keeps no timer when it is disposed of", () => {
    vi.useFakeTimers();
    try {
      timeLimit(new AbortController().signal, 1000, "too slow")[Symbol.dispose]();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
