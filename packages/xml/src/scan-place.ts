import { XmlError, type XmlErrorCode } from "./errors.ts";

/** Where a scanner is: the window of bytes it looks at, which byte of the document that begins with, and the line. */
export class ScanPlace {
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
}

const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);
