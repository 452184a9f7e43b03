/**
 * Bytes due to the peer, gathered in one piece: everything that one turn produces leaves in one write. An idle connection
 * holds no memory for it. Room for bytes that are not known yet keeps back itself and what comes after it.
 */
export class OutputBuffer {
  #bytes: Uint8Array = EMPTY;
  #length = 0;
  /** How many bytes have been taken in all. */
  #taken = 0;
  #heldFrom: number | undefined;
  /** What the next buffer should hold: a busy connection asks for as much again. */
  #expected = LEAST_BYTES;

  get length(): number {
    return this.#length;
  }

  /** Where the next byte will stand, counted from the first one ever. */
  get position(): number {
    return this.#taken + this.#length;
  }

  /** Nothing from this position on is given out; `undefined`: everything is. */
  set heldFrom(position: number | undefined) {
    this.#heldFrom = position;
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

  /** The room that was made at a position and is still held. */
  roomAt(position: number, length: number): Uint8Array {
    const start = position - this.#taken;
    return this.#bytes.subarray(start, start + length);
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length).set(bytes);
  }

  /** Everything that is not held. The receiver owns the bytes: they are never written again. */
  take(): Uint8Array | undefined {
    const length = this.#heldFrom === undefined ? this.#length : this.#heldFrom - this.#taken;
    if (length === 0) return undefined;
    const all = this.#bytes.subarray(0, length);
    this.#expected = Math.max(LEAST_BYTES, length);
    this.#bytes = length === this.#length ? EMPTY : this.#bytes.subarray(length);
    this.#length -= length;
    this.#taken += length;
    return all;
  }
}

const EMPTY: Uint8Array = new Uint8Array(0);
const LEAST_BYTES = 128;
