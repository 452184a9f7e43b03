import { XmlError } from "./errors.ts";
import { ENCODER, NO_BYTES } from "./text-codec.ts";

/** Gathers text and bytes, and gives them on as pieces of UTF-8 that have at most so many bytes. */
export class PieceOutput {
  readonly #sink: (piece: Uint8Array) => void;
  readonly #pieceBytes: number;
  /** A UTF-16 unit takes at most three bytes. */
  readonly #most: number;
  #pending = "";
  #length = 0;
  /** The last bytes that were given on, as far as they may begin a delimiter. */
  #tail: Uint8Array = NO_BYTES;

  constructor(sink: (piece: Uint8Array) => void, pieceBytes: number) {
    this.#sink = sink;
    this.#pieceBytes = pieceBytes;
    this.#most = Math.floor(pieceBytes / 3);
  }

  /** Bytes that were given on. */
  get length(): number {
    return this.#length;
  }

  /** Well-formed Unicode. @throws XmlError `delimiter-in-content` */
  text(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= this.#most) this.#encode(false);
  }

  /** A copy of the bytes is given on. @throws XmlError `delimiter-in-content` */
  bytes(bytes: Uint8Array): void {
    this.flush();
    for (let at = 0; at < bytes.length; at += this.#pieceBytes) this.#give(bytes.slice(at, at + this.#pieceBytes));
  }

  /** Gives on what there is. @throws XmlError `delimiter-in-content` */
  flush(): void {
    this.#encode(true);
  }

  #encode(all: boolean): void {
    const text = this.#pending;
    let at = 0;
    while (text.length - at >= this.#most || (all && at < text.length)) {
      const end = wholeCharacters(text, Math.min(at + this.#most, text.length));
      this.#give(ENCODER.encode(text.slice(at, end)));
      at = end;
    }
    this.#pending = text.slice(at);
  }

  #give(piece: Uint8Array): void {
    const begin = Uint8Array.of(...this.#tail, ...piece.subarray(0, DELIMITER.length - 1));
    if (holdsDelimiter(begin) || holdsDelimiter(piece)) {
      throw new XmlError("delimiter-in-content", 'cannot write "]]>]]>": it would end the message');
    }
    this.#tail = (piece.length < DELIMITER.length ? begin : piece).slice(1 - DELIMITER.length);
    this.#length += piece.length;
    this.#sink(piece);
  }
}

/** A cut that does not go through a surrogate pair. */
function wholeCharacters(text: string, end: number): number {
  const before = text.charCodeAt(end - 1);
  return end < text.length && before >= 0xd800 && before <= 0xdbff ? end - 1 : end;
}

/** RFC 6242 §4.3. */
function holdsDelimiter(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(BRACKET); at >= 0; at = bytes.indexOf(BRACKET, at + 1)) {
    if (DELIMITER.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

const BRACKET = 0x5d;
const DELIMITER: readonly number[] = [0x5d, 0x5d, 0x3e, 0x5d, 0x5d, 0x3e];
