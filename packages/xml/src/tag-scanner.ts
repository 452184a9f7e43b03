import { byteAt, isWhite, NAME_CLASS, VALUE_CLASS } from "./byte-classes.ts";
import { AMPERSAND, FORBIDDEN, HIGH, LESS, NEW_LINE, PLAIN, QUOTE, RETURN } from "./byte-kinds.ts";
import { type ByteName, ByteNames, decodeName, sameBytes } from "./byte-names.ts";
import { quoted, type XmlError } from "./errors.ts";
import { isNameCharacter, isNameStart } from "./names.ts";
import { referenceEnd } from "./references.ts";
import { BAD_REFERENCE, CUT_SHORT, INCOMPLETE, NOT_A_CHARACTER, UNFINISHED } from "./scan-codes.ts";
import type { ScanPlace } from "./scan-place.ts";
import { characterLength, codePoint } from "./utf8-check.ts";

/** Reads start tags: names become objects, values stay bytes that have been checked. What it found is in its fields. */
export class TagScanner {
  name: ByteName;
  selfClosing = false;
  /** Attributes, declarations included. */
  count = 0;
  /** One place for each attribute: its name, where its value begins and ends, and 1 where that needs resolving. */
  readonly names: ByteName[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly raw: number[] = [];
  readonly known: ByteNames = ByteNames.take();
  readonly #place: ScanPlace;
  #hash = 0;
  /** Whether the value read last has references or white space to resolve. */
  #raw = 0;

  constructor(place: ScanPlace) {
    this.#place = place;
    this.name = this.known.nothing;
  }

  /** Reads the tag whose `<` is at `at`. The result is where it ends, or `INCOMPLETE`, and then nothing has happened. */
  scan(bytes: Uint8Array, at: number, end: number): number {
    this.#place.remember();
    const after = this.#scan(bytes, at, end);
    if (after === INCOMPLETE) this.#place.goBack();
    return after;
  }

  #scan(bytes: Uint8Array, at: number, end: number): number {
    this.count = 0;
    this.selfClosing = false;
    const after = this.nameEnd(bytes, at + 1, end);
    if (after === INCOMPLETE) return INCOMPLETE;
    this.name = this.#find(bytes, at + 1, after);
    const byte = byteAt(bytes, after);
    if (byte === 0x3e) return after + 1;
    if (byte !== 0x2f && !isWhite(byte)) return this.refuse(bytes, after, end, "what cannot be in a tag behind a name");
    return this.#attributes(bytes, after, end);
  }

  /**
   * Where the name that begins at `start` ends; there is a byte there, or the result is `INCOMPLETE`. The first byte has to
   * be looked at by the caller when it is in ASCII.
   */
  nameEnd(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let hash = 0;
    let byte = 0;
    for (; at < end; at++) {
      byte = byteAt(bytes, at);
      if (byteAt(NAME_CLASS, byte) === 0) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    this.#hash = hash;
    if (at < end && byte >= 0x80) at = this.#wideNameEnd(bytes, start, at, end);
    const length = at === INCOMPLETE ? end - start : at - start;
    if (length > this.#place.limits.maxNameLength) {
      throw this.#place.limit("limit-name-length", "maxNameLength", "bytes in a name", start);
    }
    return at === end ? INCOMPLETE : at;
  }

  #wideNameEnd(bytes: Uint8Array, start: number, from: number, end: number): number {
    let at = from;
    let hash = this.#hash;
    while (at < end) {
      const byte = byteAt(bytes, at);
      let length = 1;
      if (byte < 0x80) {
        if (byteAt(NAME_CLASS, byte) === 0) break;
      } else {
        // Before the character is judged: the limit comes first, however the input is split.
        if (at - start > this.#place.limits.maxNameLength) break;
        length = characterLength(bytes, at, end);
        if (length === CUT_SHORT) return INCOMPLETE;
        if (length < 0) throw this.#place.badCharacter(length, at);
        const code = codePoint(bytes, at, length);
        if (at === start ? !isNameStart(code) : !isNameCharacter(code)) {
          throw this.#place.malformed("a name has a character that names cannot have", at);
        }
        this.#place.surplus += length - 1;
      }
      for (const next = at + length; at < next; at++) hash = (Math.imul(hash, 31) + byteAt(bytes, at)) | 0;
    }
    this.#hash = hash;
    return at;
  }

  #find(bytes: Uint8Array, start: number, end: number): ByteName {
    const name = this.known.find(bytes, start, end, this.#hash);
    if (name === undefined)
      throw this.#place.malformed("a name with a misplaced colon, or a part that cannot begin a name", start);
    return name;
  }

  #attributes(bytes: Uint8Array, from: number, end: number): number {
    const longest = this.#place.limits.maxAttributeLength + this.#place.limits.maxNameLength + TAG_SLACK;
    const tag = ++this.known.tags;
    let at = from;
    for (;;) {
      const previous = at;
      at = this.#skipWhite(bytes, at, end);
      // White space has a limit as well: whatever stands between two attributes is held in memory.
      if (at - previous > longest) throw this.#tooLong(at);
      if (at >= end) return INCOMPLETE;
      const byte = byteAt(bytes, at);
      if (byte === 0x3e) return at + 1;
      if (byte === 0x2f) {
        if (at + 1 >= end) return INCOMPLETE;
        if (byteAt(bytes, at + 1) !== 0x3e) return this.refuse(bytes, at + 1, end, 'no ">" behind the "/" of a tag');
        this.selfClosing = true;
        return at + 2;
      }
      if (byte < 0x80 && byteAt(NAME_CLASS, byte) !== 1)
        return this.refuse(bytes, at, end, "no attribute where one has to be");
      if (at === previous) return this.refuse(bytes, at, end, "no white space before an attribute");
      const nameStart = at;
      at = this.nameEnd(bytes, at, end);
      if (at === INCOMPLETE) return INCOMPLETE;
      const nameEnd = at;
      const hash = this.#hash;
      at = this.#skipWhite(bytes, at, end);
      if (at - previous > longest) throw this.#tooLong(at);
      if (at >= end) return INCOMPLETE;
      if (byteAt(bytes, at) !== 0x3d) return this.refuse(bytes, at, end, "an attribute without a value");
      at = this.#skipWhite(bytes, at + 1, end);
      if (at - previous > longest) throw this.#tooLong(at);
      if (at >= end) return INCOMPLETE;
      const quote = byteAt(bytes, at);
      if (quote !== 0x22 && quote !== 0x27) return this.refuse(bytes, at, end, "an attribute's value without quotes");
      const valueStart = at + 1;
      at = this.#valueEnd(bytes, valueStart, end, quote);
      if (at === INCOMPLETE) {
        if (end - valueStart > this.#place.limits.maxAttributeLength) throw this.#tooLong(end);
        return INCOMPLETE;
      }
      if (at - valueStart > this.#place.limits.maxAttributeLength) throw this.#tooLong(at);
      this.#hash = hash;
      const name = this.#find(bytes, nameStart, nameEnd);
      // XML 1.0 §3.1: an attribute name MUST NOT appear more than once in the same start-tag.
      if (name.lastTag === tag)
        throw this.#place.malformed(`two attributes have the name ${quoted(name.text)}`, nameStart);
      name.lastTag = tag;
      const index = this.count++;
      if (index >= this.#place.limits.maxAttributes) {
        throw this.#place.limit("limit-attributes", "maxAttributes", "attributes in an element", at);
      }
      this.names[index] = name;
      this.starts[index] = valueStart;
      this.ends[index] = at;
      this.raw[index] = this.#raw;
      at += 1;
    }
  }

  /** Where the value ends that is closed by `quote`. */
  #valueEnd(bytes: Uint8Array, start: number, end: number, quote: number): number {
    let at = start;
    this.#raw = 0;
    for (;;) {
      let kind = PLAIN;
      while (at < end) {
        kind = byteAt(VALUE_CLASS, byteAt(bytes, at));
        if (kind !== PLAIN) break;
        at++;
      }
      if (at >= end) return INCOMPLETE;
      switch (kind) {
        case QUOTE:
          if (byteAt(bytes, at) === quote) return at;
          at += 1;
          break;
        case LESS:
          throw this.#place.malformed('"<" in an attribute', at);
        case FORBIDDEN:
          throw this.#place.badCharacter(NOT_A_CHARACTER, at);
        case HIGH: {
          const length = characterLength(bytes, at, end);
          if (length === CUT_SHORT) return INCOMPLETE;
          if (length < 0) throw this.#place.badCharacter(length, at);
          this.#place.surplus += length - 1;
          at += length;
          break;
        }
        case AMPERSAND: {
          const after = referenceEnd(bytes, at, end);
          if (after === UNFINISHED) return INCOMPLETE;
          if (after === BAD_REFERENCE) throw this.#place.badReference(at);
          this.#raw = 1;
          at = after;
          break;
        }
        default:
          this.#raw = 1;
          at += 1;
          if (kind === NEW_LINE || (kind === RETURN && at < end && byteAt(bytes, at) !== 0x0a)) this.#place.newLine(at);
      }
    }
  }

  #skipWhite(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    while (at < end) {
      const byte = byteAt(bytes, at);
      if (byte === 0x20 || byte === 0x09) at += 1;
      else if (byte === 0x0a || byte === 0x0d) {
        at += 1;
        if (byte === 0x0a || (at < end && byteAt(bytes, at) !== 0x0a)) this.#place.newLine(at);
      } else break;
    }
    return at;
  }

  /** Where the `>` of an end tag is whose name begins at `from`; or `INCOMPLETE`, and then nothing has happened. */
  endTagEnd(bytes: Uint8Array, from: number, end: number, name: ByteName): number {
    this.#place.remember();
    const stop = this.#endTagEnd(bytes, from, end, name);
    if (stop === INCOMPLETE) this.#place.goBack();
    return stop;
  }

  #endTagEnd(bytes: Uint8Array, from: number, end: number, name: ByteName): number {
    const nameEnd = this.#firstNameEnd(bytes, from, end, "no name in an end tag");
    if (nameEnd === INCOMPLETE) return INCOMPLETE;
    if (!sameBytes(name.bytes, bytes, from, nameEnd)) {
      throw this.#place.malformed(`another end tag than that of ${quoted(name.text)}`, from);
    }
    const stop = this.#skipWhite(bytes, nameEnd, end);
    if (stop - nameEnd > TAG_SLACK)
      throw this.#place.limit("limit-name-length", "maxNameLength", "bytes in an end tag", stop);
    if (stop >= end) return INCOMPLETE;
    return byteAt(bytes, stop) === 0x3e ? stop : this.refuse(bytes, stop, end, "more than a name in an end tag");
  }

  /** Where the target of a processing instruction ends that begins at `from`. */
  instructionTargetEnd(bytes: Uint8Array, from: number, end: number): number {
    this.#place.remember();
    const after = this.#firstNameEnd(bytes, from, end, "a processing instruction without a target");
    if (after === INCOMPLETE) {
      this.#place.goBack();
      return INCOMPLETE;
    }
    const target = decodeName(bytes, from, after);
    // XML 1.0 §2.6, §2.8: "xml" in any case is reserved, and an XML declaration stands at the very beginning.
    if (target.toLowerCase() === "xml")
      throw this.#place.malformed("an XML declaration that is not at the beginning", from);
    if (target.includes(":")) throw this.#place.malformed("a processing instruction with a colon in its target", from);
    const byte = byteAt(bytes, after);
    return byte === 0x3f || isWhite(byte)
      ? this.#closeTarget(bytes, after, end)
      : this.refuse(bytes, after, end, STRAY);
  }

  /** A target is followed by white space or by the end: nothing else separates it (XML 1.0 §2.6). */
  #closeTarget(bytes: Uint8Array, after: number, end: number): number {
    if (byteAt(bytes, after) !== 0x3f) return after;
    if (after + 1 >= end) return INCOMPLETE;
    return byteAt(bytes, after + 1) === 0x3e ? after : this.refuse(bytes, after + 1, end, STRAY);
  }

  /** Where the `?>` of an XML declaration is whose inside begins at `from`. */
  declarationEnd(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    for (; at < end && byteAt(bytes, at) !== 0x3f; at++) {
      const byte = byteAt(bytes, at);
      if (byte >= 0x80 || (byte < 0x20 && !isWhite(byte))) return this.refuse(bytes, at, end, "a bad XML declaration");
    }
    if (at - from > TAG_SLACK)
      throw this.#place.limit("limit-text-length", "maxTextLength", "bytes in a declaration", at);
    if (at + 1 >= end) return INCOMPLETE;
    if (byteAt(bytes, at + 1) !== 0x3e) return this.refuse(bytes, at + 1, end, "a bad XML declaration");
    for (let i = from; i < at; i++) if (isWhite(byteAt(bytes, i))) i = this.#skipWhite(bytes, i, at) - 1;
    return at;
  }

  #firstNameEnd(bytes: Uint8Array, from: number, end: number, problem: string): number {
    if (from >= end) return INCOMPLETE;
    const first = byteAt(bytes, from);
    if (first < 0x80 && byteAt(NAME_CLASS, first) !== 1) return this.refuse(bytes, from, end, problem);
    return this.nameEnd(bytes, from, end);
  }

  /** Throws for the byte at `at`, which may be no UTF-8 either; `INCOMPLETE` while that cannot be said. */
  refuse(bytes: Uint8Array, at: number, end: number, problem: string): typeof INCOMPLETE {
    if (byteAt(bytes, at) >= 0x80) {
      const length = characterLength(bytes, at, end);
      if (length === CUT_SHORT) return INCOMPLETE;
      if (length < 0) throw this.#place.badCharacter(length, at);
    }
    throw this.#place.malformed(problem, at);
  }

  #tooLong(at: number): XmlError {
    return this.#place.limit("limit-attribute-length", "maxAttributeLength", "bytes in an attribute", at);
  }
}

/** White space and punctuation inside a tag. */
const TAG_SLACK = 64 * 1024;
const STRAY = "a processing instruction whose target is followed by no white space";
