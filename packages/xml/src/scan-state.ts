import type { ByteName, RememberedTag } from "./byte-names.ts";
import { patternOf } from "./byte-pattern.ts";
import { PLAIN_TEXT, type TextForm } from "./byte-token.ts";
import { ContentScanner } from "./content-scanner.ts";
import type { XmlError } from "./errors.ts";
import { InputWindow } from "./input-window.ts";
import type { XmlLimits } from "./limits.ts";
import { NamespaceBindings } from "./namespace-bindings.ts";
import { AT_BEGIN, OUTSIDE, type ScanPart } from "./scan-part.ts";
import { ScanPlace } from "./scan-place.ts";
import { TagScanner } from "./tag-scanner.ts";

/** How far a document has been read, and the token that was found last. One object for the two halves of the scanner. */
export class ScanState extends ScanPlace {
  readonly window: InputWindow = new InputWindow(this);
  readonly content: ContentScanner = new ContentScanner(this);
  readonly bindings: NamespaceBindings = new NamespaceBindings();
  readonly tag: TagScanner;
  part: ScanPart = AT_BEGIN;
  /** The mark that ends the opaque part that is being read. */
  mark = 0;
  rootSeen = false;
  ended = false;
  elements = 0;
  depth = 0;
  /** The open elements, and how many declarations each has. Longer than `depth` says. */
  readonly open: ByteName[] = [];
  readonly declared: number[] = [];
  /** Byte of the document behind the last tag. */
  tagEnd = 0;
  name: ByteName;
  /** Whether `name` is that of a start tag. */
  inside = false;
  /** Attributes of the element that starts. */
  attributes = 0;
  /** The tag as it was remembered; `undefined` when it has been read anew. */
  memo: RememberedTag | undefined;
  start = 0;
  stop = 0;
  /** Spaces of a text that is one line feed and spaces; -1 for another one. */
  blanks = -1;
  form: TextForm = PLAIN_TEXT;

  constructor(limits: Required<XmlLimits>) {
    super(limits);
    this.tag = new TagScanner(this);
    this.name = this.tag.name;
  }

  opened(name: ByteName, declared: number, at: number, after: number): void {
    this.open[this.depth] = name;
    this.declared[this.depth] = declared;
    this.depth += 1;
    this.elements += 1;
    this.inside = true;
    this.#tagDone(name, at, after);
  }

  closed(name: ByteName, at: number, after: number): void {
    this.depth -= 1;
    this.inside = false;
    const declared = this.declared[this.depth];
    if (declared !== 0 && declared !== undefined) this.bindings.close(declared);
    if (this.depth === 0) this.part = OUTSIDE;
    this.#tagDone(name, at, after);
  }

  /** The element that starts next, if the document goes on as it did. */
  get expected(): ByteName | undefined {
    return this.inside ? this.name.firstInside : this.name.nextBehind;
  }

  /** Remembers what started here. Only the long way counts the columns of wide characters. */
  expect(name: ByteName): void {
    if (name.bytes.length !== name.text.length) return;
    name.opening ??= patternOf(`<${name.text}>`);
    name.closing ??= patternOf(`</${name.text}>`);
    if (this.inside) this.name.firstInside = name;
    else this.name.nextBehind = name;
  }

  textFound(start: number, stop: number, after: number, form: TextForm): void {
    this.start = start;
    this.stop = stop;
    this.form = form;
    this.blanks = -1;
    this.moveTo(after);
  }

  /** Moves behind something that counts as text. */
  moveTo(at: number): void {
    this.at = at;
    if (this.base + at - this.tagEnd > this.limits.maxTextLength) throw this.textLimit();
  }

  #tagDone(name: ByteName, at: number, after: number): void {
    this.name = name;
    this.start = at;
    this.at = after;
    this.tagEnd = this.base + after;
  }

  textLimit(): XmlError {
    return this.limit("limit-text-length", "maxTextLength", "bytes between two tags", this.at);
  }
}
