import { byteAt } from "./byte-classes.ts";
import type { ByteName } from "./byte-names.ts";
import { decodeBytes } from "./byte-text.ts";
import { AGAIN, type ByteToken, DONE, MORE, PLAIN_TEXT, RAW_TEXT, type TextForm } from "./byte-token.ts";
import { XmlError } from "./errors.ts";
import { resolveLimits } from "./limits.ts";
import { MarkupScanner } from "./markup-scanner.ts";
import { quickEnd, quickStart, quickText } from "./quick-tokens.ts";
import { resolveAttribute, resolveLineEnds, resolveText } from "./references.ts";
import { CONTENT, FAILED } from "./scan-part.ts";
import { ScanState } from "./scan-state.ts";
import type { XmlOptions } from "./xml-sink.ts";

/**
 * Reads a document as tokens over its bytes, strictly: XML 1.0 with namespaces, UTF-8, never a document type declaration
 * (RFC 6241 §3). Nothing is made for a token: names are objects that exist once in a document, text and attributes are ranges
 * of bytes that have been checked and become strings when asked for. What the token is, is in the scanner's fields until the
 * next call.
 *
 * Give bytes with `push()`, then call `next()` until it says `MORE`; after the last bytes call `end()`, then `next()` until
 * it says `DONE`. Input may be split anywhere. After an error `next()` throws the same error again.
 *
 * @example
 * const scanner = new ByteScanner();
 * scanner.push(new TextEncoder().encode("<rpc><commit/></rpc>"));
 * scanner.end();
 * for (let token = scanner.next(); token !== DONE; token = scanner.next()) {
 *   if (token === START) console.log(scanner.name.local, scanner.offset); // rpc 0, commit 5
 * }
 */
export class ByteScanner {
  readonly #state: ScanState;
  readonly #markup: MarkupScanner;
  #received = 0;
  #tooMuch = false;
  #complete = false;
  #failure: { readonly error: unknown } | undefined;

  /** @throws XmlError `bad-limit` */
  constructor(options: XmlOptions = {}) {
    this.#state = new ScanState(resolveLimits(options));
    this.#markup = new MarkupScanner(this.#state, options.otherEncoding ?? "refuse");
  }

  /** The name of the element that starts or ends. */
  get name(): ByteName {
    return this.#state.name;
  }

  /** The namespace of the element that starts, empty for none. */
  get namespace(): string {
    return this.#state.name.prefix.namespace ?? "";
  }

  /** Elements that are open, with the one that starts and without the one that ends. */
  get depth(): number {
    return this.#state.depth;
  }

  /** Byte of the document that the token begins with. */
  get offset(): number {
    return this.#state.base + this.#state.start;
  }

  /** Byte of the document that follows the token. */
  get offsetAfter(): number {
    return this.#state.base + this.#state.at;
  }

  /** Where text and attributes are: what was pushed, or a copy of it. */
  get bytes(): Uint8Array {
    return this.#state.bytes;
  }

  /** Text is the bytes from here … */
  get textStart(): number {
    return this.#state.start;
  }

  /** … to here, */
  get textEnd(): number {
    return this.#state.stop;
  }

  /** to be read as it stands, with references and line ends resolved, or (in CDATA sections) with line ends resolved. */
  get textForm(): TextForm {
    return this.#state.form;
  }

  /** Attributes of the element that starts, namespace declarations included: those have `name.declares`. */
  get attributeCount(): number {
    return this.#state.attributes;
  }

  attributeName(index: number): ByteName {
    return this.#state.tag.names[index] ?? this.#state.name;
  }

  /** An attribute's value is the bytes from here … */
  attributeStart(index: number): number {
    return this.#state.tag.starts[index] ?? 0;
  }

  /** … to here. */
  attributeEnd(index: number): number {
    return this.#state.tag.ends[index] ?? 0;
  }

  /** Whether references or white space have to be resolved. */
  attributeIsRaw(index: number): boolean {
    return this.#state.tag.raw[index] === 1;
  }

  attributeValue(index: number): string {
    const { bytes, tag, memo } = this.#state;
    if (memo !== undefined) return memo.namespaces[index] ?? "";
    const value = decodeBytes(bytes, tag.starts[index] ?? 0, tag.ends[index] ?? 0);
    return tag.raw[index] === 1 ? resolveAttribute(value) : value;
  }

  /** The text as a string. */
  text(): string {
    const { bytes, start, stop, form, blanks } = this.#state;
    if (blanks >= 0 && blanks < LAYOUTS.length) return LAYOUTS[blanks] ?? "";
    const decoded = decodeBytes(bytes, start, stop);
    if (form === PLAIN_TEXT) return decoded;
    return form === RAW_TEXT ? resolveText(decoded) : resolveLineEnds(decoded);
  }

  /** Takes the next bytes. They may change again once `next()` has said `MORE`. */
  push(bytes: Uint8Array): void {
    this.#checkOpen();
    const room = this.#state.limits.maxBytes - this.#received;
    this.#tooMuch = bytes.length > room;
    const taken = this.#tooMuch ? bytes.subarray(0, room) : bytes;
    this.#received += taken.length;
    // A subclass, as Buffer of Node is one, would make every loop slower.
    const plain = Object.getPrototypeOf(taken) === Uint8Array.prototype;
    this.#state.window.push(plain ? taken : new Uint8Array(taken.buffer, taken.byteOffset, taken.length));
  }

  /** No more bytes will come. */
  end(): void {
    this.#checkOpen();
    this.#state.ended = true;
    this.#state.window.finish();
  }

  /** Makes the scanner throw this error from now on: what its user finds wrong is as bad as what it finds itself. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#state.part = FAILED;
  }

  /** @throws XmlError with fault `"peer"` */
  next(): ByteToken {
    const state = this.#state;
    if (state.part === CONTENT) {
      const { bytes, at, end } = state;
      if (at + 1 < end) {
        const quick =
          byteAt(bytes, at) !== 0x3c
            ? quickText(state, at, end)
            : byteAt(bytes, at + 1) === 0x2f
              ? quickEnd(state, at, end)
              : quickStart(state, at, end);
        if (quick !== undefined) return quick;
      }
    }
    return this.#next();
  }

  #next(): ByteToken {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      for (;;) {
        const found = this.#markup.step();
        if (found === AGAIN) continue;
        if (found !== MORE) return found;
        this.#markup.checkUnfinished();
        if (this.#state.ended) {
          this.#markup.finish();
          this.#done();
          return DONE;
        }
        this.#state.window.keepRest();
        if (this.#tooMuch) throw this.#state.limit("limit-bytes", "maxBytes", "bytes", this.#state.at);
        return MORE;
      }
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  #done(): void {
    if (!this.#complete) this.#state.tag.known.leave();
    this.#complete = true;
  }

  #checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#state.ended) throw new XmlError("reader-ended", "cannot read on: the document has ended");
  }
}

/** A line feed and so many spaces: most texts of a document that has been laid out. */
const LAYOUTS: readonly string[] = /* @__PURE__ */ Array.from({ length: 64 }, (_, blanks) => `\n${" ".repeat(blanks)}`);
