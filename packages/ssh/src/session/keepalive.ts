/** Asks a silent peer for a sign of life. */
export interface KeepaliveOptions {
  /** Milliseconds of silence before a question goes out. */
  readonly interval: number;
  /** Questions without any sign of life before the connection counts as lost. Default 3. */
  readonly max?: number;
}

const DEFAULT_MAX = 3;

/** Knows when to ask, and when asking is of no more use. Any packet is a sign of life. */
export class Keepalive {
  readonly #interval: number;
  readonly #max: number;
  #heardAt: number;
  #asked = 0;

  constructor({ interval, max = DEFAULT_MAX }: KeepaliveOptions, now: number) {
    this.#interval = interval;
    this.#max = max;
    this.#heardAt = now;
  }

  get deadline(): number {
    return this.#heardAt + this.#interval * (this.#asked + 1);
  }

  heard(now: number): void {
    this.#heardAt = now;
    this.#asked = 0;
  }

  /** What time it is for. */
  advance(now: number): "wait" | "ask" | "lost" {
    if (now < this.deadline) return "wait";
    if (this.#asked >= this.#max) return "lost";
    // After a long sleep of the machine's owner the next question still gets its full interval.
    this.#heardAt = now - this.#interval * (this.#asked + 1);
    this.#asked++;
    return "ask";
  }
}
