import { XmlError, type XmlErrorCode } from "./errors.ts";
import type { XmlLimits } from "./limits.ts";
import { NOT_UTF8 } from "./scan-codes.ts";
import { NO_BYTES } from "./text-codec.ts";

/**
 * Where a scanner is: the window of bytes it looks at, which byte of the document that begins with, and the line. Makes the
 * errors, which say the place.
 */
export class ScanPlace {
  readonly limits: Required<XmlLimits>;
  /** The window goes from `at`, the next byte to look at, to `end`. */
  bytes: Uint8Array = NO_BYTES;
  /** The same bytes, for reading four at a time. */
  view: DataView = NO_VIEW;
  at = 0;
  end = 0;
  /** Bytes of the document before the window. */
  base = 0;
  line = 1;
  /** Byte of the document that the line begins with. */
  lineStart = 0;
  /** Bytes of the line beyond one for each character. */
  surplus = 0;

  /** What `goBack()` goes back to. */
  #line = 1;
  #lineStart = 0;
  #surplus = 0;

  constructor(limits: Required<XmlLimits>) {
    this.limits = limits;
  }

  /** Before something that may not be complete in the window. */
  remember(): void {
    this.#line = this.line;
    this.#lineStart = this.lineStart;
    this.#surplus = this.surplus;
  }

  /** It was not complete: nothing of it counts yet. */
  goBack(): void {
    this.line = this.#line;
    this.lineStart = this.#lineStart;
    this.surplus = this.#surplus;
  }

  /** A line has ended before this byte of the window. */
  newLine(at: number): void {
    this.line += 1;
    this.lineStart = this.base + at;
    this.surplus = 0;
  }

  /** The error of a document, found at this byte of the window. */
  error(code: XmlErrorCode, problem: string, at: number): XmlError {
    const offset = this.base + at;
    const column = Math.max(0, offset - this.lineStart - this.surplus);
    return new XmlError(code, `cannot read a document: ${problem}`, { line: this.line, column, offset });
  }

  malformed(problem: string, at: number): XmlError {
    return this.error("not-well-formed", `there is ${problem}`, at);
  }

  /** The error for a byte that begins no character, or for a character that may be nowhere: see `characterLength()`. */
  badCharacter(reason: number, at: number): XmlError {
    return reason === NOT_UTF8
      ? this.error("encoding", "it has bytes that are not UTF-8", at)
      : this.malformed("a character that XML forbids", at);
  }

  badReference(at: number): XmlError {
    return this.malformed("a reference to nothing that NETCONF knows", at);
  }

  limit(code: XmlErrorCode, name: keyof XmlLimits, what: string, at: number): XmlError {
    return this.error(code, `it has more than ${this.limits[name]} ${what}`, at);
  }
}

const NO_VIEW = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(0));
