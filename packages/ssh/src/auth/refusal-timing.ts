import type { CryptoProvider } from "../algorithms/provider.ts";

/** How long refusals take. */
export interface RefusalTimingOptions {
  /** Milliseconds that a refusal takes at least. Default 10; more than what `authenticate` takes at most is best. */
  readonly minimum?: number;
  /** Milliseconds that are added to it, more or less of them depending on the user name. Default 10. */
  readonly jitter?: number;
}

const DEFAULT_MINIMUM = 10;
const DEFAULT_JITTER = 10;

/**
 * When a refused login is told about, so that the time tells nothing about who exists (RFC 4252 §4): after a pause that
 * depends on the user name and a secret. The same name waits as long each time, and so averaging brings out no more than
 * that. A decision that takes longer is told about after twice the pause, or four times, and so on, never at once.
 *
 * @example
 * const refusalTiming = new RefusalTiming(nobleProvider, crypto.getRandomValues(new Uint8Array(32)));
 */
export class RefusalTiming {
  readonly #provider: Pick<CryptoProvider, "hash">;
  readonly #secret: Uint8Array;
  readonly #minimum: number;
  readonly #jitter: number;

  /** `secret`: bytes nobody can guess. It should outlive the connection, or the jitter says less. */
  constructor(provider: Pick<CryptoProvider, "hash">, secret: Uint8Array, options: RefusalTimingOptions = {}) {
    this.#provider = provider;
    this.#secret = secret;
    this.#minimum = options.minimum ?? DEFAULT_MINIMUM;
    this.#jitter = options.jitter ?? DEFAULT_JITTER;
  }

  /** The time for a refusal that has been decided at `now`, of an attempt made at `askedAt`. */
  dueAt(username: string, askedAt: number, now: number): number {
    const pause = this.#minimum + this.#jitter * this.#shareOf(username);
    // No pause is wanted: doubling would not end.
    if (!(pause > 0)) return now;
    let due = pause;
    while (askedAt + due < now) due *= 2;
    return askedAt + due;
  }

  /** From 0 up to, but not including, 1. */
  #shareOf(username: string): number {
    const name = new TextEncoder().encode(username);
    const salted = new Uint8Array(this.#secret.length + name.length);
    salted.set(this.#secret);
    salted.set(name, this.#secret.length);
    const [a = 0, b = 0] = this.#provider.hash("sha256", salted);
    return (a * 256 + b) / 65_536;
  }
}
