/**
 * Bytes due to the peer, gathered in one piece: everything that one turn produces leaves in one write. An idle connection
 * holds no memory for it: what may serve again is held weakly. Room for bytes that are not known yet keeps back itself and
 * what comes after it.
 */
export class OutputBuffer {
  #bytes: Uint8Array = EMPTY;
  #length = 0;
  /** How many bytes have been taken in all. */
  #taken = 0;
  #heldFrom: number | undefined;
  /** What the next buffer should hold: a busy connection asks for as much again. */
  #expected = LEAST_BYTES;
  /** A buffer that was taken as a whole: `recycle()` brings it back. */
  #lent: Uint8Array | undefined;
  /** Buffers that have come back: one may be filled while another is being written. */
  #spares: readonly WeakRef<Uint8Array>[] = NONE;

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
    if (end > this.#bytes.length) this.#renew(end);
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

  /** Everything that is not held. The receiver owns the bytes: they are not written again unless `recycle()` brings them back. */
  take(): Uint8Array | undefined {
    const length = this.#heldFrom === undefined ? this.#length : this.#heldFrom - this.#taken;
    if (length === 0) return undefined;
    const bytes = this.#bytes;
    const all = bytes.subarray(0, length);
    this.#expected = Math.max(LEAST_BYTES, length);
    const whole = length === this.#length;
    // What was given out in part never serves again: an earlier receiver may have another part.
    this.#lent = whole && bytes.byteOffset === 0 ? bytes : undefined;
    this.#bytes = whole ? EMPTY : bytes.subarray(length);
    this.#length -= length;
    this.#taken += length;
    return all;
  }

  /** Nobody looks at these bytes, which `take()` gave last, any more. */
  recycle(bytes: Uint8Array): void {
    if (this.#lent === undefined || bytes.buffer !== this.#lent.buffer) return;
    if (this.#lent.length >= LEAST_REUSED) this.#spares = [new WeakRef(this.#lent), ...this.#spares.slice(0, 1)];
    this.#lent = undefined;
  }

  #renew(end: number): void {
    const larger =
      this.#takeSpare(end) ?? new Uint8Array(Math.max(this.#length === 0 ? this.#expected : 2 * this.#length, end));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  #takeSpare(least: number): Uint8Array | undefined {
    const [first, second] = this.#spares;
    if (first === undefined) return undefined;
    this.#spares = second === undefined ? NONE : [second];
    const spare = first.deref();
    return spare !== undefined && spare.length >= least ? spare : this.#takeSpare(least);
  }
}

const EMPTY: Uint8Array = new Uint8Array(0);
const NONE: readonly never[] = [];
const LEAST_BYTES = 128;
/** Smaller buffers cost less to make than to keep. */
const LEAST_REUSED = 4096;
