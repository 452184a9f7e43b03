import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextPeriod } from "../src/call-home/next-period.ts";
import { type ReconnectOptions, ReconnectPolicy } from "../src/mod.ts";

const error = new Error("refused");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** At time 0 of the clock the calendar says this. */
const WALL = 1_000_000;

function policy(options: ReconnectOptions): ReconnectPolicy {
  return new ReconnectPolicy(["a", "b"], { jitter: 0, backoff: 1, ...options }, () => 0.5, 0, WALL);
}

describe("ReconnectPolicy with periods", () => {
  it("calls at whole periods from an anchor in the past or the future", () => {
    // 1 050 000 is the first of 30 000 + n · 60 000 that is not over.
    expect(policy({ period: MINUTE, anchorTime: 30_000 }).deadline).toBe(50_000);
    expect(policy({ period: MINUTE, anchorTime: WALL + 90_000 }).deadline).toBe(30_000);
    expect(policy({ period: MINUTE, anchorTime: WALL }).deadline).toBe(0);
  });

  it("leaves out the periods that a long connection has covered", () => {
    const p = policy({ period: MINUTE, anchorTime: 30_000 });
    p.advance(50_000);
    p.connected(50_000);
    p.disconnected(50_000 + 2.5 * MINUTE, undefined);
    expect(p.deadline).toBe(50_000 + 3 * MINUTE);
  });

  it("retries within the period, and waits for the next one when the rounds are used up", () => {
    const p = policy({ period: HOUR, maxAttempts: 2, maxRounds: 1, retryInterval: 1000 });
    const calls: string[] = [];
    for (let i = 0; i < 5; i++) {
      const now = p.deadline ?? -1;
      calls.push(`${p.advance(now)}@${now}`);
      p.failed(now, error);
    }
    expect(calls).toEqual(["0@0", "0@1000", "1@2000", "1@3000", `0@${HOUR}`]);
  });

  it("waits for the next period however soon a connection ended, also with an error", () => {
    const p = policy({ period: HOUR });
    p.advance(0);
    p.connected(0);
    p.disconnected(1, error);
    expect(p.deadline).toBe(HOUR);
  });

  it("callNow calls between two periods, and the next period stays where it was", () => {
    const p = policy({ period: HOUR });
    p.advance(0);
    p.connected(0);
    p.disconnected(1000, undefined);
    expect(p.callNow(2000)).toBe(true);
    expect(p.advance(2000)).toBe(0);
    p.connected(2000);
    p.disconnected(3000, undefined);
    expect(p.deadline).toBe(HOUR);
  });

  it("nextPeriod is less than one period away, on the grid of the anchor", () => {
    const time = fc.integer({ min: -1e12, max: 1e12 });
    fc.assert(
      fc.property(time, time, fc.integer({ min: 10, max: 1e9 }), (now, anchor, period) => {
        for (const which of ["from", "after"] as const) {
          const next = nextPeriod(now, { period, anchor, which });
          expect((next - anchor) % period).toBeCloseTo(0);
          // A period that began a millisecond ago counts as one that begins now.
          expect(next).toBeGreaterThanOrEqual(now - 1);
          expect(next).toBeLessThanOrEqual(now + period + 1);
        }
        expect(nextPeriod(now, { period, anchor, which: "after" })).toBeGreaterThan(now);
      }),
    );
  });
});

describe("ReconnectPolicy.setCalendar", () => {
  const waiting = () => policy({ period: MINUTE, anchorTime: 30_000 });

  it("moves a period with the calendar, be the step large or small", () => {
    const p = waiting();
    expect(p.setCalendar(10_000, WALL + 20_000)).toBe(20_000);
    expect(p.deadline).toBe(30_000);
    expect(p.setCalendar(10_000, WALL + 20_500)).toBeUndefined();
    expect(p.deadline).toBe(29_500);
  });

  it("calls at once when the period was slept through", () => {
    const p = waiting();
    expect(p.setCalendar(10_000, WALL + HOUR)).toBe(HOUR);
    expect(p.deadline).toBe(10_000);
  });

  it.each([
    ["by less than a period: the same moment, later", 15_000, 65_000],
    ["beyond the last period: that one comes again", 40_000, 30_000],
    ["by years: not years later", 1000 * 24 * HOUR, 50_000],
  ])("follows a calendar that is set back %s", (_name, back, deadline) => {
    const p = waiting();
    expect(p.setCalendar(10_000, WALL - back)).toBe(-back);
    expect(p.deadline).toBe(deadline);
  });

  it("ends the wait for a retry after a jump forward only: the network may be another one", () => {
    const p = policy({ retryInterval: 100_000 });
    p.advance(0);
    p.failed(0, error);
    expect(p.setCalendar(10, WALL + 9999)).toBeUndefined();
    expect(p.setCalendar(10, WALL - HOUR)).toBe(-HOUR - 9999);
    expect(p.deadline).toBe(100_000);
    expect(p.setCalendar(20, WALL)).toBe(HOUR);
    expect(p.deadline).toBe(20);
  });

  it("disturbs no connection, no attempt, and nobody who has given up", () => {
    const dialing = policy({});
    dialing.advance(0);
    expect(dialing.setCalendar(5, WALL + HOUR)).toBe(HOUR);
    expect(dialing.state).toBe("dialing");
    dialing.connected(10);
    dialing.setCalendar(20, WALL);
    expect(dialing.state).toBe("connected");
    const over = policy({ maxAttempts: 1, maxRounds: 1 });
    for (const now of [0, 5000]) {
      over.advance(now);
      over.failed(now, error);
    }
    over.setCalendar(6000, WALL + HOUR);
    expect(over.state).toBe("exhausted");
  });
});
