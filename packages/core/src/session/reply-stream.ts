import {
  ByteScanner,
  DONE,
  END,
  MORE,
  START,
  TokenTree,
  type XmlElement,
  type XmlOptions,
  type XmlStart,
} from "@netconf-kit/xml";
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

/**
 * Reads one `<rpc-reply>` from a scanner that has found its start tag: hands out each entry as soon as it is complete and
 * keeps none. What stands outside `<data>` (errors, warnings, `<ok/>`) is kept and makes up the reply.
 */
export class ReplyStream {
  readonly #scanner: ByteScanner;
  readonly #selection: EntrySelection;
  readonly #tree: TokenTree;
  readonly #root: XmlStart;
  readonly #outside: XmlElement[] = [];
  #outsideSize = 0;
  /** How many levels of the path the open elements match. */
  #matched = 0;
  /** Whether the open tree stands outside `<data>`. */
  #isOutside = false;

  /** `tree` has passed the start tag of the reply, which is `root`. */
  constructor(scanner: ByteScanner, tree: TokenTree, root: XmlStart, selection: EntrySelection) {
    this.#scanner = scanner;
    this.#tree = tree;
    this.#root = root;
    this.#selection = selection;
  }

  /**
   * Reads on, as far as the scanner has bytes. Gives the reply without its `<data>` when it has ended.
   *
   * @throws XmlError; NetconfError `limit-entry`
   */
  read(): XmlElement | undefined {
    const scanner = this.#scanner;
    for (;;) {
      const token = scanner.next();
      if (token === MORE) return undefined;
      if (token === DONE) return { ...this.#root, children: this.#outside };
      if (token === END) this.#end(scanner.depth);
      else if (token === START) this.#start(scanner.depth);
      else if (this.#tree.isOpen) {
        this.#tree.text();
        this.#checkSize();
      }
    }
  }

  #start(depth: number): void {
    const tree = this.#tree;
    if (!tree.isOpen) {
      if (!this.#begins(depth)) {
        tree.pass();
        return;
      }
      this.#isOutside = depth === 2;
    }
    tree.start();
    this.#checkSize();
  }

  /** Whether the element that starts, with those around it, is an entry, or stands outside `<data>`. */
  #begins(depth: number): boolean {
    const { name, namespace } = this.#scanner;
    if (depth === 2) return name.local !== "data" || namespace !== namespaces.base;
    const level = depth - 3;
    const { path } = this.#selection;
    if (path === undefined) return level === 1;
    const wanted = path[level];
    if (this.#matched !== level || wanted === undefined || wanted.name !== name.local) return false;
    if (wanted.namespace !== undefined && wanted.namespace !== namespace) return false;
    this.#matched++;
    return this.#matched === path.length;
  }

  /** `depth` is that of the element around the one that ends. */
  #end(depth: number): void {
    const tree = this.#tree;
    if (tree.isOpen) {
      const complete = tree.end();
      if (complete === undefined) return;
      this.#take(complete, tree.size);
    }
    if (this.#matched > 0 && this.#matched === depth - 1) this.#matched--;
  }

  #take(complete: XmlElement, size: number): void {
    if (!this.#isOutside) {
      this.#selection.onEntry(complete, size);
      return;
    }
    this.#outside.push(complete);
    this.#outsideSize += size;
  }

  #checkSize(): void {
    // What stands outside <data> is kept to the end, so it counts together.
    const outside = this.#isOutside;
    if ((outside ? this.#outsideSize : 0) + this.#tree.size <= this.#selection.maxEntryBytes) return;
    const what = outside ? "what stands outside <data> is too large" : "one entry is too large";
    const limit = `the limit is ${this.#selection.maxEntryBytes} bytes`;
    throw new NetconfError("limit-entry", `cannot take a reply entry by entry: ${what}, ${limit}`);
  }
}

/** The same for a reply that is there as a whole. @throws XmlError; NetconfError `limit-entry` */
export function readEntries(reply: Uint8Array, xml: XmlOptions, selection: EntrySelection): void {
  const scanner = new ByteScanner(xml);
  const tree = new TokenTree(scanner);
  scanner.push(reply);
  scanner.next(); // the start tag of the root: that this is a reply has been found out
  const stream = new ReplyStream(scanner, tree, tree.pass(), selection);
  stream.read();
  scanner.end();
  stream.read();
}
