import { byteAt } from "./byte-classes.ts";
import { ENCODER } from "./text-codec.ts";

/** Bytes to be recognised in a window, four at a time. */
export class BytePattern {
  readonly length: number;
  readonly #bytes: Uint8Array;
  /** Where the bytes are no multiple of four, the last word overlaps the one before. */
  readonly #words: Int32Array;
  readonly #whole: number;

  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    this.#bytes = bytes;
    this.#whole = bytes.length >> 2;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#words = Int32Array.from({ length: bytes.length < 4 ? 0 : (bytes.length + 3) >> 2 }, (_, i) =>
      view.getInt32(Math.min(4 * i, bytes.length - 4), true),
    );
  }

  /** Whether they stand at `at`. The window has to be long enough. */
  matches(view: DataView, at: number): boolean {
    const { length } = this;
    if (length < 4) {
      for (let i = 0; i < length; i++) if (view.getUint8(at + i) !== byteAt(this.#bytes, i)) return false;
      return true;
    }
    const words = this.#words;
    const whole = this.#whole;
    for (let i = 0; i < whole; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
    return words.length === whole || view.getInt32(at + length - 4, true) === words[whole];
  }
}

/** The bytes of a text. */
export function patternOf(text: string): BytePattern {
  return new BytePattern(ENCODER.encode(text));
}
