import { byteAt, isWhite, OPAQUE_CLASS, TEXT_CLASS } from "./byte-classes.ts";
import { AMPERSAND, BRACKET, FORBIDDEN, HIGH, LESS, NEW_LINE, PLAIN, RETURN } from "./byte-kinds.ts";
import { referenceEnd } from "./references.ts";
import { BAD_REFERENCE, CUT_SHORT, NOT_A_CHARACTER, UNFINISHED } from "./scan-codes.ts";
import { COMMENT_MARK, INSTRUCTION_MARK } from "./scan-part.ts";
import type { ScanPlace } from "./scan-place.ts";
import { characterLength } from "./utf8-check.ts";

/** Reads what stands between tags, and checks each byte of it. */
export class ContentScanner {
  /** Whether the run read last has references or line ends to resolve. */
  raw = false;
  /** Whether the end of the opaque part has been found. */
  closed = false;
  readonly #place: ScanPlace;

  constructor(place: ScanPlace) {
    this.#place = place;
  }

  /** Where a run of text ends: before a `<`, or before something that the window does not hold completely. */
  text(bytes: Uint8Array, start: number, end: number): number {
    const classes = TEXT_CLASS; // looked up once
    let at = start;
    this.raw = false;
    for (;;) {
      let kind = PLAIN;
      while (at < end) {
        kind = byteAt(classes, byteAt(bytes, at));
        if (kind !== PLAIN) break;
        at++;
      }
      if (at >= end || kind === LESS) return at;
      switch (kind) {
        case NEW_LINE:
          at += 1;
          this.#place.newLine(at);
          break;
        case AMPERSAND: {
          const after = referenceEnd(bytes, at, end);
          if (after === UNFINISHED) return at;
          if (after === BAD_REFERENCE) throw this.#place.badReference(at);
          this.raw = true;
          at = after;
          break;
        }
        case BRACKET:
          if (at + 1 >= end) return at;
          if (byteAt(bytes, at + 1) === 0x5d) {
            if (at + 2 >= end) return at;
            // XML 1.0 §2.4: "]]>" MUST NOT appear in content unless used to mark the end of a CDATA section.
            if (byteAt(bytes, at + 2) === 0x3e) throw this.#place.malformed('"]]>" in text', at);
          }
          at += 1;
          break;
        default: {
          const after = this.#special(bytes, at, end, kind);
          if (after === at) return at;
          at = after;
        }
      }
    }
  }

  /** Where white space outside the root element ends. */
  white(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && isWhite(byteAt(bytes, at))) {
      const kind = byteAt(TEXT_CLASS, byteAt(bytes, at));
      const after = kind === PLAIN ? at + 1 : kind === NEW_LINE ? at + 1 : this.#special(bytes, at, end, kind);
      if (after === at) return at;
      at = after;
      if (kind === NEW_LINE) this.#place.newLine(at);
    }
    return at;
  }

  /** Where a comment, instruction or CDATA section ends: before its mark, or before something that is not complete. */
  opaque(bytes: Uint8Array, start: number, end: number, mark: number): number {
    const classes = OPAQUE_CLASS; // looked up once
    let at = start;
    this.raw = false;
    this.closed = false;
    for (;;) {
      let kind = PLAIN;
      while (at < end) {
        kind = byteAt(classes, byteAt(bytes, at));
        if (kind !== PLAIN) break;
        at++;
      }
      if (at >= end) return at;
      if (kind === BRACKET) {
        if (byteAt(bytes, at) === mark) {
          if (this.#isEnd(bytes, at, end, mark)) return at;
        }
        at += 1;
      } else if (kind === NEW_LINE) {
        at += 1;
        this.#place.newLine(at);
      } else {
        const after = this.#special(bytes, at, end, kind);
        if (after === at) return at;
        at = after;
      }
    }
  }

  /** Whether the opaque part ends here, or may: then `closed` stays false. */
  #isEnd(bytes: Uint8Array, at: number, end: number, mark: number): boolean {
    if (at + 1 >= end) return true;
    const second = byteAt(bytes, at + 1);
    if (mark === INSTRUCTION_MARK) {
      this.closed = second === 0x3e;
      return this.closed;
    }
    if (second !== mark) return false;
    if (at + 2 >= end) return true;
    this.closed = byteAt(bytes, at + 2) === 0x3e;
    // XML 1.0 §2.5: the string "--" MUST NOT occur within comments.
    if (!this.closed && mark === COMMENT_MARK) throw this.#place.malformed('"--" in a comment', at);
    return this.closed;
  }

  /** A carriage return, a character outside ASCII or one that is forbidden. The result is `at` when it is not complete. */
  #special(bytes: Uint8Array, at: number, end: number, kind: number): number {
    if (kind === RETURN) {
      if (at + 1 >= end) return at;
      this.raw = true;
      const after = byteAt(bytes, at + 1) === 0x0a ? at + 2 : at + 1;
      this.#place.newLine(after);
      return after;
    }
    if (kind === FORBIDDEN) throw this.#place.badCharacter(NOT_A_CHARACTER, at);
    let after = at;
    while (after < end && byteAt(TEXT_CLASS, byteAt(bytes, after)) === HIGH) {
      const length = characterLength(bytes, after, end);
      if (length === CUT_SHORT) return after;
      if (length < 0) throw this.#place.badCharacter(length, after);
      this.#place.surplus += length - 1;
      after += length;
    }
    return after;
  }
}
