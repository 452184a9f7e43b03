import { byteAt } from "./byte-classes.ts";
import type { ScanPlace } from "./scan-place.ts";

/**
 * Shows a scanner the bytes to look at: those that were pushed, or, where a push ended inside a tag or a character, a copy of the
 * beginning with what followed. Every byte is copied at most a few times, however small the pushes: the unfinished part is
 * looked at again only when its end may have come, or when it has doubled.
 */
export class InputWindow {
  readonly #place: ScanPlace;
  /** The unfinished part, then the beginning of `#rest`. */
  #held: Uint8Array = NO_BYTES;
  #heldLength = 0;
  /** How much of what is held came before `#rest`, and how much of `#rest` has been copied. */
  #before = 0;
  #rest: Uint8Array = NO_BYTES;
  #copied = 0;
  #retryAt = 0;
  /** How far the end of what is held has been looked for, and in which quotes. */
  #searched = 0;
  #quote = 0;

  constructor(place: ScanPlace) {
    this.#place = place;
  }

  /** The next bytes; what was there before has to be used up: `advance()` was false. */
  push(bytes: Uint8Array): void {
    if (this.#heldLength === 0) {
      this.#show(bytes, 0, bytes.length);
      return;
    }
    this.#rest = bytes;
    this.#copied = 0;
    this.#before = this.#heldLength;
    // Nothing to look at yet: what is held alone has been looked at.
    this.#show(this.#held, 0, 0);
  }

  /** No more bytes will come: shows what is held. */
  finish(): void {
    this.#show(this.#held, 0, this.#heldLength);
  }

  /** The scanner can do nothing with what is from `at` on. Whether there is more, and worth another look. */
  advance(): boolean {
    if (this.#place.bytes !== this.#held) return this.#hold();
    for (;;) {
      if (this.#place.at >= this.#before && this.#rest.length > 0) {
        // What was held is used up: the rest is looked at where it is.
        this.#place.base += this.#before;
        const at = this.#place.at - this.#before;
        const rest = this.#rest;
        this.#rest = NO_BYTES;
        this.#heldLength = this.#before = 0;
        this.#show(rest, at, rest.length);
        return true;
      }
      this.#dropUsed();
      if (this.#copied >= this.#rest.length) {
        this.#rest = NO_BYTES;
        this.#show(NO_BYTES, 0, 0);
        return false;
      }
      this.#copyMore();
      if (this.#mayBeComplete()) return true;
    }
  }

  #show(bytes: Uint8Array, at: number, end: number): void {
    if (this.#place.bytes !== bytes) this.#place.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#place.bytes = bytes;
    this.#place.at = at;
    this.#place.end = end;
  }

  /** Keeps what is left: the caller may use its bytes for something else. */
  #hold(): boolean {
    const left = this.#place.end - this.#place.at;
    this.#place.base += this.#place.at;
    this.#ensure(left);
    this.#held.set(this.#place.bytes.subarray(this.#place.at, this.#place.end));
    this.#heldLength = left;
    this.#forgetSearch();
    this.#show(NO_BYTES, 0, 0);
    return false;
  }

  #dropUsed(): void {
    if (this.#place.at === 0) {
      if (this.#heldLength >= this.#retryAt) this.#retryAt = 2 * this.#heldLength;
      return;
    }
    this.#held.copyWithin(0, this.#place.at, this.#heldLength);
    this.#place.base += this.#place.at;
    this.#heldLength -= this.#place.at;
    this.#before -= this.#place.at;
    this.#place.at = 0;
    this.#forgetSearch();
  }

  #copyMore(): void {
    const piece = this.#rest.subarray(this.#copied, this.#copied + PIECE);
    this.#ensure(this.#heldLength + piece.length);
    this.#held.set(piece, this.#heldLength);
    this.#heldLength += piece.length;
    this.#copied += piece.length;
    this.#show(this.#held, 0, this.#heldLength);
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

const NO_BYTES = new Uint8Array(0);
/** So much is copied behind an unfinished part at once. */
const PIECE = 64 * 1024;
const SMALLEST = 256;
/** Up to here another look costs nothing. */
const ALWAYS = 16;
