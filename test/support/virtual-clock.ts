import type { Clock } from "@netconf-kit/socket";

export interface VirtualClock extends Clock {
  /** Moves time forward; timers that fall due run in their order, each at its own time. */
  advance(milliseconds: number): void;
  /** Timers that have been set and have neither fired nor been cancelled. */
  readonly pending: number;
}

/** Time that stands still until a test moves it. */
export function virtualClock(start = 0): VirtualClock {
  let now = start;
  let timers: { readonly at: number; readonly callback: () => void }[] = [];
  return {
    now: () => now,
    get pending() {
      return timers.length;
    },
    schedule: (at, callback) => {
      const timer = { at, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (milliseconds) => {
      const end = now + milliseconds;
      for (;;) {
        const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
  };
}
