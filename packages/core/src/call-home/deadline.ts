import type { Clock } from "@netconf-kit/socket";

/** Time limits and other reasons to give up, as one AbortSignal. The first reason counts. */
export class Deadline {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #timers = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get fired(): boolean {
    return this.signal.aborted;
  }

  /** Gives up after `milliseconds`, unless `decide` then finds no reason to. */
  set(milliseconds: number, decide: () => Error | undefined): void {
    if (!Number.isFinite(milliseconds)) return;
    const cancel = this.#clock.schedule(this.#clock.now() + milliseconds, () => {
      this.#timers.delete(cancel);
      const reason = decide();
      if (reason !== undefined) this.fire(reason);
    });
    this.#timers.add(cancel);
  }

  fire(reason: Error): void {
    this.clear();
    if (!this.fired) this.#controller.abort(reason);
  }

  /** Takes the time limits away; `fire` still works. */
  clear(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  /** What `work` gives, or the reason to give up when that comes first. */
  race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      const dismiss = (): void => signal.removeEventListener("abort", onAbort);
      work.then(resolve, reject).finally(dismiss);
    });
  }
}
