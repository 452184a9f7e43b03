/**
 * Bytes due to the peer, gathered in one piece: everything that one turn produces leaves in one write. An idle connection
 * holds no memory for it.
 */
export class OutputBuffer {
  #bytes: Uint8Array = EMPTY;
  #length = 0;
  /** What the next buffer should hold: a busy connection asks for as much again. */
  #expected = LEAST_BYTES;

  get length(): number {
    return this.#length;
  }

  /** Makes room for `length` more bytes and gives them as a view, which the caller fills completely before the next call. */
  reserve(length: number): Uint8Array {
    const end = this.#length + length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length === 0 ? this.#expected : 2 * this.#length, end));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    const room = this.#bytes.subarray(this.#length, end);
    this.#length = end;
    return room;
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length).set(bytes);
  }

  /** Everything gathered. The receiver owns the bytes: they are never written again. */
  take(): Uint8Array | undefined {
    if (this.#length === 0) return undefined;
    const all = this.#bytes.subarray(0, this.#length);
    this.#expected = Math.max(LEAST_BYTES, this.#length);
    this.#bytes = EMPTY;
    this.#length = 0;
    return all;
  }
}

const EMPTY: Uint8Array = new Uint8Array(0);
const LEAST_BYTES = 128;
