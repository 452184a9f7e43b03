/** Time as a value that can be passed in, so that tests own it. Milliseconds from any fixed point, never going back. */
export interface Clock {
  now(): number;
  /** Calls `callback` once, at or after `at`. The result cancels it. */
  schedule(at: number, callback: () => void): () => void;
}

/** The timer functions of the runtime. Declared here, because portable packages see no global of the kind. */
interface RuntimeTimers {
  readonly performance: { now(): number };
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Timers longer than this fire at once in every runtime. */
const MAX_DELAY = 0x7fffffff;

/** The runtime's monotonic clock and timers. */
export const systemClock: Clock = {
  now: () => (globalThis as unknown as RuntimeTimers).performance.now(),
  schedule: (at, callback) => {
    const runtime = globalThis as unknown as RuntimeTimers;
    let handle: unknown;
    const wait = (): void => {
      const left = Math.max(0, Math.ceil(at - runtime.performance.now()));
      handle = runtime.setTimeout(look, Math.min(left, MAX_DELAY));
    };
    // A timer of Node may fire almost a millisecond early by the clock that it has itself.
    const look = (): void => {
      if (runtime.performance.now() < at) wait();
      else callback();
    };
    wait();
    return () => runtime.clearTimeout(handle);
  },
};

/**
 * Resolves after `milliseconds`; rejects with `signal.reason` when aborted first.
 *
 * @example
 * await sleep(systemClock, 500, signal);
 */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.schedule(clock.now() + milliseconds, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
