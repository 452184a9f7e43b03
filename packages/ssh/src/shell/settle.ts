import type { Clock } from "@netconf-kit/socket";

/** A promise and its two ends. Nobody has to look at it: a rejection without an observer is not reported. */
export interface Settled<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function settled<T>(): Settled<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((ok, no) => {
    resolve = ok;
    reject = no;
  });
  promise.catch(ignore);
  return { promise, resolve, reject };
}

/** The same, but its promise is made when somebody asks for it: of what most open channels promise, nobody ever looks. */
export class Outcome<T> {
  #promise: Promise<T> | undefined;
  #settled: Settled<T> | undefined;
  #over = false;

  get promise(): Promise<T> {
    if (this.#promise === undefined) {
      this.#settled = settled<T>();
      this.#promise = this.#settled.promise;
    }
    return this.#promise;
  }

  resolve(value: T): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#settled === undefined) this.#promise = Promise.resolve(value);
    else this.#settled.resolve(value);
  }

  reject(reason: unknown): void {
    if (this.#over) return;
    this.#over = true;
    // The way over `promise` sees to it that nobody has to look.
    void this.promise;
    this.#settled?.reject(reason);
  }
}

const ignore = (): void => {};

/** Asks foreign code, which may answer at once, later, never, or throw. Rejects with `late()` after `milliseconds`. */
export function askInTime<T>(
  clock: Clock,
  milliseconds: number,
  ask: () => T | Promise<T>,
  late: () => Error,
): Promise<T> {
  let answer: T | PromiseLike<T>;
  try {
    answer = ask();
    // Most answers are there at once: they need no timer.
    if (!isPromise(answer)) return Promise.resolve(answer);
  } catch (error) {
    return Promise.reject(error);
  }
  const asked = Promise.resolve(answer);
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.schedule(clock.now() + milliseconds, () => reject(late()));
    asked.finally(cancel).then(resolve, reject);
  });
}

/** Also one of another making. */
function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === "function"; // foreign code may give nothing at all
}
