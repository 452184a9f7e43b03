import { byteAt, NAME_CLASS } from "./byte-classes.ts";
import { decodeBytes } from "./byte-text.ts";
import { AGAIN, END, MORE, PLAIN_TEXT, RAW_TEXT, START, TEXT, TEXT_LINES } from "./byte-token.ts";
import { quoted } from "./errors.ts";
import { declarationStart, documentStart, openingAt } from "./openings.ts";
import { resolveAttribute } from "./references.ts";
import { INCOMPLETE } from "./scan-codes.ts";
import {
  AT_BEGIN,
  CDATA_MARK,
  CLOSED_ITSELF,
  COMMENT_MARK,
  CONTENT,
  FAILED,
  IN_CDATA,
  IN_OPAQUE,
  INSTRUCTION_MARK,
  OUTSIDE,
} from "./scan-part.ts";
import type { ScanState } from "./scan-state.ts";
import { TagMemo } from "./tag-memo.ts";
import { endsInsideCharacter } from "./utf8-check.ts";
import { readDeclaration, UTF8_NAMES } from "./xml-declaration.ts";

/** What one step found: a token, nothing to report, or that the window ends first. */
export type Step = typeof MORE | typeof START | typeof END | typeof TEXT | typeof AGAIN;

/** The grammar of a document, one step at a time. Everything that can be in one is read here; the usual tags have a shorter way. */
export class MarkupScanner {
  readonly #state: ScanState;
  readonly #otherEncoding: "refuse" | "ignore";

  constructor(state: ScanState, otherEncoding: "refuse" | "ignore") {
    this.#state = state;
    this.#otherEncoding = otherEncoding;
  }

  step(): Step {
    const { bytes, at, end } = this.#state;
    switch (this.#state.part) {
      case CONTENT:
        if (at >= end) return MORE;
        return byteAt(bytes, at) === 0x3c ? this.#markup(bytes, at, end) : this.#run(bytes, at, end);
      case CLOSED_ITSELF:
        this.#state.part = CONTENT;
        this.#state.closed(this.#state.name, at, at);
        return END;
      case IN_CDATA:
        return this.#cdata(bytes, at, end);
      case IN_OPAQUE:
        return this.#skip(bytes, at, end);
      case OUTSIDE:
        return this.#outside(bytes, at, end);
      case AT_BEGIN:
      case FAILED:
        return this.#begin(bytes, at, end);
    }
  }

  /** Looks at what is left when all input is there. @throws XmlError when the document is not complete */
  finish(): void {
    const { bytes, at, end, part, rootSeen, depth } = this.#state;
    if (endsInsideCharacter(bytes, at, end))
      throw this.#state.error("encoding", "it ends inside a UTF-8 character", end);
    if (part === OUTSIDE && rootSeen && (at === end || byteAt(bytes, at) === 0x0d)) return;
    const open = depth > 0 ? this.#state.open[depth - 1] : undefined;
    const missing = open === undefined ? "" : `: ${quoted(open.text)} is open`;
    throw this.#state.error("not-well-formed", `it ends too early${missing}`, end);
  }

  /** What is held must not grow for ever, also where nothing of it can be given. */
  checkUnfinished(): void {
    const { bytes, at, end, base, tagEnd, limits } = this.#state;
    if (end - at <= SHORT || base + end - tagEnd <= limits.maxTextLength) return;
    // Tags have limits of their own.
    const next = byteAt(bytes, at + 1);
    const inTag = byteAt(bytes, at) === 0x3c && next !== 0x21 && next !== 0x3f;
    if (!inTag) throw this.#state.textLimit();
  }

  #markup(bytes: Uint8Array, at: number, end: number): Step {
    const state = this.#state;
    if (at + 1 >= end) return MORE;
    const next = byteAt(bytes, at + 1);
    if (next === 0x2f) return this.#endTag(bytes, at, end);
    if (byteAt(NAME_CLASS, next) === 1 || next >= 0x80) return this.#startTag(bytes, at, end);
    if (next === 0x21) return this.#exclamation(bytes, at, end);
    if (next === 0x3f) return this.#instruction(bytes, at, end);
    throw state.malformed('"<" that begins nothing', at);
  }

  #startTag(bytes: Uint8Array, at: number, end: number): Step {
    const state = this.#state;
    const { tag, limits } = state;
    if (state.depth === 0 && state.rootSeen) throw state.malformed("a second root", at);
    if (state.depth >= limits.maxDepth) throw state.limit("limit-depth", "maxDepth", "elements inside each other", at);
    if (state.elements >= limits.maxElements) throw state.limit("limit-elements", "maxElements", "elements", at);
    tag.known.tidy();
    const after = tag.scan(bytes, at, end);
    if (after === INCOMPLETE) return MORE;
    const name = tag.name;
    state.expect(name);
    let declared = 0;
    if (tag.count > 0 || name.prefix !== tag.known.none) {
      state.start = at;
      declared = state.bindings.open(tag, name, this.#valueOf, this.#refuse);
    }
    if (declared > 0) name.memo = TagMemo.of(tag, tag.known, declared, bytes, at, after);
    state.opened(name, declared, at, after);
    state.attributes = tag.count;
    state.memo = undefined;
    state.rootSeen = true;
    state.part = tag.selfClosing ? CLOSED_ITSELF : CONTENT;
    return START;
  }

  #endTag(bytes: Uint8Array, at: number, end: number): Step {
    const state = this.#state;
    const name = state.open[state.depth - 1];
    if (name === undefined || state.depth === 0) {
      throw state.malformed("an end tag without a start tag", at);
    }
    const expected = name.bytes;
    const length = expected.length;
    const from = at + 2;
    let i = 0;
    while (i < length && from + i < end && byteAt(expected, i) === byteAt(bytes, from + i)) i++;
    let after = from + i;
    if (i < length || after >= end || byteAt(bytes, after) !== 0x3e || name.closing === undefined) {
      after = state.tag.endTagEnd(bytes, from, end, name);
      if (after === INCOMPLETE) return MORE;
    }
    state.closed(name, at, after + 1);
    return END;
  }

  #run(bytes: Uint8Array, at: number, end: number): Step {
    const state = this.#state;
    const stop = state.content.text(bytes, at, end);
    if (stop === at) return MORE;
    state.textFound(at, stop, stop, state.content.raw ? RAW_TEXT : PLAIN_TEXT);
    return TEXT;
  }

  #cdata(bytes: Uint8Array, at: number, end: number): Step {
    const state = this.#state;
    const stop = state.content.opaque(bytes, at, end, CDATA_MARK);
    const closed = state.content.closed;
    if (closed) state.part = CONTENT;
    else if (stop === at) return MORE;
    state.textFound(at, stop, closed ? stop + 3 : stop, state.content.raw ? TEXT_LINES : PLAIN_TEXT);
    return TEXT;
  }

  #skip(bytes: Uint8Array, at: number, end: number): typeof AGAIN | typeof MORE {
    const state = this.#state;
    const stop = state.content.opaque(bytes, at, end, state.mark);
    if (!state.content.closed) {
      state.moveTo(stop);
      return MORE;
    }
    state.moveTo(stop + (state.mark === INSTRUCTION_MARK ? 2 : 3));
    state.part = state.depth === 0 ? OUTSIDE : CONTENT;
    return AGAIN;
  }

  #outside(bytes: Uint8Array, from: number, end: number): Step {
    const state = this.#state;
    const at = state.content.white(bytes, from, end);
    state.moveTo(at);
    if (at >= end || byteAt(bytes, at) === 0x0d) return MORE;
    if (byteAt(bytes, at) === 0x3c) return this.#markup(bytes, at, end);
    state.tag.refuse(bytes, at, end, "text outside the root element");
    return MORE;
  }

  #begin(bytes: Uint8Array, at: number, end: number): typeof AGAIN | typeof MORE {
    const state = this.#state;
    const from = documentStart(bytes, at, end);
    if (from === INCOMPLETE) return MORE;
    const declared = declarationStart(bytes, from, end);
    if (declared === INCOMPLETE) return MORE;
    if (declared === from) state.at = from;
    else {
      const stop = state.tag.declarationEnd(bytes, declared, end);
      if (stop === INCOMPLETE) return MORE;
      this.#checkDeclaration(bytes, declared, stop);
      state.moveTo(stop + 2);
    }
    state.part = OUTSIDE;
    return AGAIN;
  }

  #checkDeclaration(bytes: Uint8Array, start: number, stop: number): void {
    const state = this.#state;
    const declaration = readDeclaration(decodeBytes(bytes, start, stop));
    if (declaration === undefined) throw state.malformed("a bad XML declaration", stop);
    const { version, encoding } = declaration;
    if (version !== "1.0") throw state.error("xml-version", `it declares version ${quoted(version)}`, stop);
    if (encoding === undefined || this.#otherEncoding === "ignore" || UTF8_NAMES.includes(encoding.toLowerCase()))
      return;
    // RFC 6241 §3: all NETCONF messages MUST be encoded in UTF-8.
    throw state.error("encoding", `it declares the encoding ${quoted(encoding)}`, stop);
  }

  #exclamation(bytes: Uint8Array, at: number, end: number): typeof AGAIN | typeof MORE {
    const state = this.#state;
    const opening = openingAt(bytes, at, end);
    switch (opening) {
      case "unfinished":
        return MORE;
      case "comment":
        return this.#enter(IN_OPAQUE, COMMENT_MARK, at + 4);
      case "cdata":
        if (state.depth > 0) return this.#enter(IN_CDATA, CDATA_MARK, at + 9);
        throw state.malformed("text outside the root element", at);
      case "doctype":
        // RFC 6241 §3: document type declarations MUST NOT appear.
        if (!state.rootSeen) throw state.error("doctype", "it has a document type declaration", at);
    }
    throw state.malformed('"<!" that begins nothing', at);
  }

  #instruction(bytes: Uint8Array, at: number, end: number): typeof AGAIN | typeof MORE {
    const state = this.#state;
    const after = state.tag.instructionTargetEnd(bytes, at + 2, end);
    return after === INCOMPLETE ? MORE : this.#enter(IN_OPAQUE, INSTRUCTION_MARK, after);
  }

  #enter(part: typeof IN_OPAQUE | typeof IN_CDATA, mark: number, at: number): typeof AGAIN {
    this.#state.part = part;
    this.#state.mark = mark;
    this.#state.moveTo(at);
    return AGAIN;
  }

  readonly #valueOf = (index: number): string => {
    const { tag, bytes } = this.#state;
    const value = decodeBytes(bytes, tag.starts[index] ?? 0, tag.ends[index] ?? 0);
    return tag.raw[index] === 1 ? resolveAttribute(value) : value;
  };

  readonly #refuse = (problem: string): never => {
    throw this.#state.malformed(problem, this.#state.start);
  };
}

/** An unfinished character or mark. */
const SHORT = 16;
