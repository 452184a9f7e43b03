import type { ByteName } from "./byte-names.ts";
import { ByteScanner } from "./byte-scanner.ts";
import { DONE, END, MORE, RAW_TEXT, START, TEXT_LINES } from "./byte-token.ts";
import { ATTRIBUTE, DECLARATION, ELEMENT, KIND_BITS, LINES_NODE, RAW, TEXT_NODE, WIDTH } from "./compact-kinds.ts";
import type { XmlOptions } from "./xml-sink.ts";

/** A name of a document with its namespace. */
export interface CompactName {
  readonly local: string;
  readonly namespace: string;
  readonly prefix: string;
}

/** The numbers of a document and what they refer to. */
export interface CompactNodes {
  readonly bytes: Uint8Array;
  readonly nodes: Uint32Array;
  readonly names: readonly CompactName[];
}

/** Reads a document into numbers. @throws XmlError with fault `"peer"` */
export function readCompactNodes(bytes: Uint8Array, options: XmlOptions): CompactNodes {
  return new Builder(bytes, options).read();
}

class Builder {
  readonly #bytes: Uint8Array;
  readonly #scanner: ByteScanner;
  readonly #names: CompactName[] = [];
  readonly #numbers = new Map<string, number>();
  /** Where the nodes of the open elements are. */
  readonly #open: number[] = [];
  #nodes: Uint32Array;
  #used = 0;
  /** Stands for this tree in names, which outlive it. */
  readonly #mark = {};

  constructor(bytes: Uint8Array, options: XmlOptions) {
    this.#bytes = bytes;
    this.#scanner = new ByteScanner(options);
    this.#nodes = new Uint32Array(WIDTH * (16 + (bytes.length >> 5)));
  }

  read(): CompactNodes {
    const scanner = this.#scanner;
    scanner.push(this.#bytes);
    for (;;) {
      const token = scanner.next();
      if (token === START) this.#start(scanner);
      else if (token === END) this.#end(scanner.depth);
      else if (token === MORE) scanner.end();
      else if (token === DONE) break;
      else {
        const form = scanner.textForm;
        const kind = form === RAW_TEXT ? TEXT_NODE + RAW : form === TEXT_LINES ? LINES_NODE + RAW : TEXT_NODE;
        this.#add(kind, scanner.textStart, scanner.textEnd);
      }
    }
    // Kept as long as the tree is: what was reserved too much is given back when it matters.
    const exact = this.#nodes.length - this.#used > this.#used >> 4 ? this.#nodes.slice(0, this.#used) : this.#nodes;
    return { bytes: this.#bytes, nodes: exact, names: this.#names };
  }

  #start(scanner: ByteScanner): void {
    const { name, namespace } = scanner;
    this.#open[scanner.depth - 1] = this.#used;
    this.#add(ELEMENT + (this.#number(name, namespace) << KIND_BITS), scanner.offset, 0);
    const count = scanner.attributeCount;
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      const attribute = scanner.attributeName(i);
      if (attribute.declares !== undefined) this.#addAttribute(DECLARATION, this.#number(attribute, ""), i);
    }
    for (let i = 0; i < count; i++) {
      const attribute = scanner.attributeName(i);
      if (attribute.declares !== undefined) continue;
      const bound = attribute.prefix.text === "" ? "" : (attribute.prefix.namespace ?? "");
      this.#addAttribute(ATTRIBUTE, this.#number(attribute, bound), i);
    }
  }

  #end(depth: number): void {
    this.#nodes[(this.#open[depth] ?? 0) + 2] = this.#used;
  }

  #addAttribute(kind: number, name: number, index: number): void {
    const scanner = this.#scanner;
    const raw = scanner.attributeIsRaw(index) ? RAW : 0;
    this.#add(kind + raw + (name << KIND_BITS), scanner.attributeStart(index), scanner.attributeEnd(index));
  }

  #add(what: number, start: number, end: number): void {
    const at = this.#used;
    if (at + WIDTH > this.#nodes.length) this.#grow(start);
    this.#nodes[at] = what;
    this.#nodes[at + 1] = start;
    this.#nodes[at + 2] = end;
    this.#used = at + WIDTH;
  }

  /** As large as the rest of the document will need if it goes on as it did. */
  #grow(offset: number): void {
    const needed = Math.ceil((this.#used * 1.02 * this.#bytes.length) / Math.max(offset, 1));
    const length = Math.min(Math.max(needed, Math.ceil(this.#used * 1.25)), this.#used * 4) + 64 * WIDTH;
    const larger = new Uint32Array(length - (length % WIDTH));
    larger.set(this.#nodes);
    this.#nodes = larger;
  }

  #number(name: ByteName, namespace: string): number {
    if (name.numberedIn === this.#mark && name.numberedFor === namespace) return name.number;
    const key = `${name.text} ${namespace}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#names.length;
      this.#names.push({ local: name.local, namespace, prefix: name.prefix.text });
      this.#numbers.set(key, number);
    }
    name.numberedIn = this.#mark;
    name.numberedFor = namespace;
    name.number = number;
    return number;
  }
}
