/**
 * Bytes received and not yet parsed, always in one piece.
 *
 * What arrives is copied once into a slab of our own, because packets are opened in place. Memory behind the reading
 * position is never written again, so views of it stay good for as long as somebody keeps them; only where `reusable` says
 * that nobody keeps any, one slab serves for good. The cost is linear for any chunk size: a slab that is too small for a
 * packet is replaced by one of at least twice the size. An idle connection holds none: a slab that may serve again is held
 * weakly while it is empty.
 */
export class InputBuffer {
  #slab: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  /** The last slab, if it may serve again. */
  #spare: WeakRef<Uint8Array> | undefined;
  /** No view of this slab has been kept by anybody: it was made while `reusable` was set. */
  #unshared = false;
  /** Set while views are not kept beyond the next call. */
  #reusable = false;

  set reusable(reusable: boolean) {
    this.#reusable = reusable;
    if (reusable) return;
    this.#unshared = false;
    this.#spare = undefined;
  }

  /** Bytes waiting. */
  get length(): number {
    return this.#end - this.#start;
  }

  append(chunk: Uint8Array): void {
    if (this.#slab === EMPTY) this.#slab = this.#spare?.deref() ?? EMPTY;
    if (this.#end + chunk.length > this.#slab.length) this.#renew(chunk.length);
    this.#slab.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** A view of `length` bytes behind the next `skipped` ones. All have to be there, and stay in the buffer. */
  peek(length: number, skipped = 0): Uint8Array {
    const start = this.#start + skipped;
    return this.#slab.subarray(start, start + length);
  }

  /** Where the first `byte` lies among the next `limit` bytes, or -1. */
  indexOf(byte: number, limit: number): number {
    return this.peek(Math.min(limit, this.length)).indexOf(byte);
  }

  /** Drops `length` bytes, which have to be there. */
  skip(length: number): void {
    this.#start += length;
    if (this.#start === this.#end) this.clear();
  }

  /** Drops everything and lets go of the memory, except weakly. */
  clear(): void {
    this.#slab = EMPTY;
    this.#start = 0;
    this.#end = 0;
  }

  #renew(extra: number): void {
    const rest = this.peek(this.length);
    // Half empty at least: a slab that is always nearly full would move its content again and again.
    if (this.#unshared && 2 * (rest.length + extra) <= this.#slab.length) {
      this.#slab.copyWithin(0, this.#start, this.#end);
      this.#start = 0;
      this.#end = rest.length;
      return;
    }
    this.#unshared = this.#reusable;
    const slab = new Uint8Array(Math.max(SLAB_BYTES, rest.length === 0 ? extra : 2 * (rest.length + extra)));
    this.#spare = this.#unshared ? new WeakRef(slab) : undefined;
    slab.set(rest);
    this.#slab = slab;
    this.#start = 0;
    this.#end = rest.length;
  }
}

const EMPTY: Uint8Array = new Uint8Array(0);
/** The least: several small packets fit. A busy connection grows beyond by what it gets at a time. */
const SLAB_BYTES = 2 * 1024;
