/**
 * Chunks that wait for a reader, oldest first. Small ones are gathered, so that a flood of one-byte chunks costs no more
 * memory than its bytes.
 */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #first = 0;
  /** How much of the last chunk is filled, when that is a gathering one. */
  #gathered: number | undefined;

  get isEmpty(): boolean {
    return this.#first === this.#chunks.length;
  }

  push(bytes: Uint8Array): void {
    if (this.isEmpty || bytes.length >= SMALL) {
      this.#seal();
      this.#chunks.push(bytes);
      return;
    }
    if (this.#gathered === undefined || this.#gathered + bytes.length > GATHER) {
      this.#seal();
      this.#chunks.push(new Uint8Array(GATHER));
      this.#gathered = 0;
    }
    this.#chunks[this.#chunks.length - 1]?.set(bytes, this.#gathered);
    this.#gathered += bytes.length;
  }

  shift(): Uint8Array | undefined {
    if (this.isEmpty) return undefined;
    if (this.#first === this.#chunks.length - 1) this.#seal();
    const chunk = this.#chunks[this.#first];
    this.#first++;
    if (this.isEmpty) this.clear();
    return chunk;
  }

  clear(): void {
    this.#chunks = [];
    this.#first = 0;
    this.#gathered = undefined;
  }

  /** The last chunk grows no more. */
  #seal(): void {
    const last = this.#chunks.length - 1;
    if (this.#gathered !== undefined) this.#chunks[last] = (this.#chunks[last] ?? NONE).subarray(0, this.#gathered);
    this.#gathered = undefined;
  }
}

const SMALL = 1024;
const GATHER = 16 * 1024;
const NONE: Uint8Array = new Uint8Array(0);
