/** A place that is taken. It may be left late and often; the first time counts. */
export interface Place {
  leave(): void;
}

/** Counts places, in all and for each key. Pure. */
export class Places {
  readonly #max: number;
  readonly #maxPerKey: number;
  readonly #taken: Map<string, number> = new Map();
  #total = 0;

  constructor(max: number, maxPerKey: number) {
    this.#max = max;
    this.#maxPerKey = maxPerKey;
  }

  get taken(): number {
    return this.#total;
  }

  /** A place, or what there are too many of. */
  take(key: string): Place | "in-all" | "for-key" {
    const count = this.#taken.get(key) ?? 0;
    if (this.#total >= this.#max) return "in-all";
    if (count >= this.#maxPerKey) return "for-key";
    this.#total++;
    this.#taken.set(key, count + 1);
    let left = false;
    return {
      leave: () => {
        if (left) return;
        left = true;
        this.#leave(key);
      },
    };
  }

  #leave(key: string): void {
    this.#total--;
    const count = this.#taken.get(key) ?? 0;
    if (count > 1) this.#taken.set(key, count - 1);
    else this.#taken.delete(key);
  }
}
