import { byteAt } from "./byte-classes.ts";
import type { ScanPlace } from "./scan-place.ts";
import { NO_BYTES } from "./text-codec.ts";

/**
 * Shows a scanner the bytes to look at: those that were pushed, or, where a push ended inside a tag or a character, a copy of the
 * beginning with what followed. Every byte is copied at most a few times, however small the pushes: the unfinished part is
 * looked at again only when its end may have come, or when it has doubled.
 */
export class InputWindow {
  readonly #place: ScanPlace;
  /** The unfinished part. */
  #held: Uint8Array = NO_BYTES;
  #heldLength = 0;
  #retryAt = 0;
  /** How far the end of what is held has been looked for, and in which quotes. */
  #searched = 0;
  #quote = 0;

  constructor(place: ScanPlace) {
    this.#place = place;
  }

  /** The next bytes; of those before only what `keepRest()` has kept is there. */
  push(bytes: Uint8Array): void {
    if (this.#heldLength === 0) {
      this.#show(bytes, bytes.length);
      return;
    }
    this.#ensure(this.#heldLength + bytes.length);
    this.#held.set(bytes, this.#heldLength);
    this.#heldLength += bytes.length;
    this.#show(this.#held, this.#mayBeComplete() ? this.#heldLength : 0);
  }

  /** No more bytes will come: shows what is held. */
  finish(): void {
    this.#show(this.#held, this.#heldLength);
  }

  /** The scanner can do nothing with what is from `at` on; and the caller may use the bytes it has pushed for something else. */
  keepRest(): void {
    const { bytes, at, end } = this.#place;
    const held = bytes === this.#held;
    if (!held) {
      this.#ensure(end - at);
      this.#held.set(bytes.subarray(at, end));
      this.#heldLength = end - at;
    } else if (at > 0) {
      this.#held.copyWithin(0, at, this.#heldLength);
      this.#heldLength -= at;
    }
    this.#place.base += at;
    if (at > 0 || !held) this.#forgetSearch();
    else if (this.#heldLength >= this.#retryAt) this.#retryAt = 2 * this.#heldLength;
    // Nothing to look at yet: what is held alone has been looked at.
    this.#show(this.#held, 0);
  }

  #show(bytes: Uint8Array, end: number): void {
    if (this.#place.bytes !== bytes) this.#place.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#place.bytes = bytes;
    this.#place.at = 0;
    this.#place.end = end;
  }

  #ensure(length: number): void {
    if (length <= this.#held.length) return;
    const larger = new Uint8Array(Math.max(length, SMALLEST, 2 * this.#held.length));
    larger.set(this.#held.subarray(0, this.#heldLength));
    this.#held = larger;
  }

  #forgetSearch(): void {
    this.#retryAt = Math.max(SMALLEST, 2 * this.#heldLength);
    this.#searched = 0;
    this.#quote = 0;
  }

  #mayBeComplete(): boolean {
    if (this.#heldLength <= ALWAYS || this.#heldLength >= this.#retryAt) return true;
    const first = byteAt(this.#held, 0);
    if (first === 0x26) return this.#find(0x3b);
    if (first !== 0x3c) return true;
    const second = byteAt(this.#held, 1);
    return second === 0x2f || second === 0x21 || second === 0x3f ? this.#find(0x3e) : this.#findTagEnd();
  }

  #find(sought: number): boolean {
    const found = this.#held.subarray(this.#searched, this.#heldLength).includes(sought);
    this.#searched = this.#heldLength;
    return found;
  }

  /** A `>` outside quotes. A `<` is an error there, so it ends the search as well. */
  #findTagEnd(): boolean {
    let quote = this.#quote;
    let at = Math.max(1, this.#searched);
    let found = false;
    for (; at < this.#heldLength && !found; at++) {
      const byte = byteAt(this.#held, at);
      if (byte === 0x3c) found = true;
      else if (quote !== 0) {
        if (byte === quote) quote = 0;
      } else if (byte === 0x22 || byte === 0x27) quote = byte;
      else found = byte === 0x3e;
    }
    this.#quote = quote;
    this.#searched = at;
    return found;
  }
}

const SMALLEST = 256;
/** Up to here another look costs nothing. */
const ALWAYS = 16;
