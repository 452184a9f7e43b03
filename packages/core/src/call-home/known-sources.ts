/** Where devices have come from: for fairness under a flood, never as an identity. The least recently seen is forgotten first. */
export class KnownSources {
  readonly #limit: number;
  readonly #sources = new Set<string>();

  constructor(limit: number = DEFAULT_LIMIT) {
    this.#limit = limit;
  }

  has(source: string): boolean {
    return this.#sources.has(source);
  }

  remember(source: string): void {
    this.#sources.delete(source);
    this.#sources.add(source);
    if (this.#sources.size <= this.#limit) return;
    for (const oldest of this.#sources) {
      this.#sources.delete(oldest);
      return;
    }
  }
}

const DEFAULT_LIMIT = 16_384;
