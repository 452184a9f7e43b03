/** What is left of a time limit, for the screen. */
export interface Countdown {
  /** Whole seconds, rounded up: 0 only when it is over. */
  readonly secondsLeft: number;
  /** `1:05`. */
  readonly text: string;
  /** 1 at the start, 0 at the end. */
  readonly share: number;
  /** Less than 10 s, or less than a fifth: time to decide. */
  readonly urgent: boolean;
  readonly over: boolean;
}

const URGENT_MS = 10_000;

/**
 * How far a time limit has run.
 *
 * @param deadline when it is over, in the milliseconds of `now`
 * @param total its whole length in milliseconds
 * @example
 * countdown(65_000, 0, 120_000).text; // "1:05"
 */
export function countdown(deadline: number, now: number, total: number): Countdown {
  const left = Math.max(deadline - now, 0);
  const secondsLeft = Math.ceil(left / 1000);
  const minutes = Math.floor(secondsLeft / 60);
  return {
    secondsLeft,
    text: `${minutes}:${String(secondsLeft % 60).padStart(2, "0")}`,
    share: total > 0 ? Math.min(left / total, 1) : 0,
    urgent: left < Math.max(URGENT_MS, total / 5),
    over: left === 0,
  };
}
