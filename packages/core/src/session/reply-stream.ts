import { TreeBuilder, type XmlElement, type XmlSink, type XmlStart } from "@netconf-kit/xml";
import { NetconfError } from "../errors.ts";
import { namespaces } from "../names.ts";

/** The name of one level on the way from `<data>` to the entries. */
export interface EntryName {
  readonly name: string;
  /** Any namespace when left out. */
  readonly namespace?: string;
}

/** Which elements of a reply are entries. */
export interface EntrySelection {
  /** The names from below `<data>` down to the entries. Default: everything two levels below `<data>`. */
  readonly path?: readonly EntryName[];
  /** Estimated bytes of one entry's tree, and of everything outside `<data>`. */
  readonly maxEntryBytes: number;
  readonly onEntry: (entry: XmlElement, size: number) => void;
}

/** What a node costs beside its text, as a rough guess: enough to bound memory. */
const NODE_BYTES = 160;
/** Strings are held with two bytes a character at worst. */
const CHARACTER_BYTES = 2;

/**
 * Takes the events of one `<rpc-reply>`: hands out each entry as soon as it is complete and keeps none. What stands outside
 * `<data>` (errors, warnings, `<ok/>`) is kept and makes up the reply.
 */
export class ReplyStream implements XmlSink {
  readonly #selection: EntrySelection;
  readonly #outside: XmlElement[] = [];
  #outsideSize = 0;
  #root: XmlStart | undefined;
  #depth = 0;
  /** How many levels of the path the open elements match. */
  #matched = 0;
  #builder: TreeBuilder | undefined;
  #builderDepth = 0;
  #size = 0;

  constructor(selection: EntrySelection) {
    this.#selection = selection;
  }

  /** The reply without its `<data>`, once it has ended. */
  get reply(): XmlElement | undefined {
    return this.#root && this.#depth === 0 ? { ...this.#root, children: this.#outside } : undefined;
  }

  startElement(start: XmlStart): void {
    this.#depth++;
    if (this.#builder !== undefined) this.#build(start);
    else if (this.#depth === 1) this.#root = start;
    else if (this.#depth === 2) {
      if (start.name !== "data" || start.namespace !== namespaces.base) this.#begin(start);
    } else if (this.#reaches(start)) this.#begin(start);
  }

  endElement(): void {
    const builder = this.#builder;
    if (builder !== undefined) {
      builder.endElement();
      if (this.#depth === this.#builderDepth) this.#finish(builder.root);
    } else if (this.#matched === this.#depth - 2) this.#matched = Math.max(0, this.#matched - 1);
    this.#depth--;
  }

  text(text: string): void {
    if (this.#builder === undefined) return;
    this.#builder.text(text);
    this.#grow(text.length * CHARACTER_BYTES);
  }

  /** Whether this element, with those around it, is an entry. */
  #reaches(start: XmlStart): boolean {
    const level = this.#depth - 3;
    const { path } = this.#selection;
    if (path === undefined) return level === 1;
    const wanted = path[level];
    if (this.#matched !== level || wanted === undefined || wanted.name !== start.name) return false;
    if (wanted.namespace !== undefined && wanted.namespace !== start.namespace) return false;
    this.#matched++;
    return this.#matched === path.length;
  }

  #begin(start: XmlStart): void {
    this.#builder = new TreeBuilder();
    this.#builderDepth = this.#depth;
    this.#size = 0;
    this.#build(start);
  }

  #build(start: XmlStart): void {
    this.#builder?.startElement(start);
    let size = NODE_BYTES;
    for (const { value } of start.attributes) size += NODE_BYTES + value.length * CHARACTER_BYTES;
    this.#grow(size);
  }

  #grow(bytes: number): void {
    this.#size += bytes;
    // What stands outside <data> is kept to the end, so it counts together.
    const outside = this.#builderDepth === 2;
    if ((outside ? this.#outsideSize : 0) + this.#size <= this.#selection.maxEntryBytes) return;
    const what = outside ? "what stands outside <data> is too large" : "one entry is too large";
    const limit = `the limit is ${this.#selection.maxEntryBytes} bytes`;
    throw new NetconfError("limit-entry", `cannot take a reply entry by entry: ${what}, ${limit}`);
  }

  #finish(element: XmlElement | undefined): void {
    const outside = this.#builderDepth === 2;
    this.#builder = undefined;
    if (!outside && this.#matched > 0) this.#matched--;
    // The builder's root is complete when its last element has ended.
    if (element === undefined) return;
    if (outside) {
      this.#outside.push(element);
      this.#outsideSize += this.#size;
    } else this.#selection.onEntry(element, this.#size);
  }
}
