import { byteAt } from "./byte-classes.ts";
import type { BytePattern } from "./byte-pattern.ts";
import { isNcName } from "./names.ts";
import { XML_NAMESPACE } from "./scope.ts";
import { DECODER } from "./text-codec.ts";

/**
 * A prefix of one document; the empty one stands for names without.
 *
 * @example
 * const scanner = new ByteScanner();
 * scanner.push(new TextEncoder().encode(`<x:mtu xmlns:x="urn:x"/>`));
 * if (scanner.next() === START) console.log(scanner.name.prefix.text); // x
 */
export class BytePrefix {
  readonly text: string;
  /** What it stands for at the place that has been read; `undefined` where it is not declared. */
  namespace: string | undefined;

  constructor(text: string, namespace: string | undefined) {
    this.text = text;
    this.namespace = namespace;
  }
}

/** What a start tag is made of: see `TagScanner`. */
export interface TagParts {
  name: ByteName;
  selfClosing: boolean;
  count: number;
  readonly names: ByteName[];
  readonly starts: number[];
  readonly ends: number[];
  readonly raw: number[];
}

/** A start tag that will be recognised when it comes again: see `TagMemo`. */
export interface RememberedTag {
  readonly name: ByteName;
  /** From `<` to `>`. */
  readonly pattern: BytePattern;
  readonly selfClosing: boolean;
  readonly prefixes: readonly BytePrefix[];
  readonly namespaces: readonly string[];
  /** Whether the same bytes stand at `at`. */
  matches(view: DataView, at: number, end: number): boolean;
  /** Puts into `tag` what reading the tag again would. */
  recall(tag: TagParts, at: number): void;
}

/**
 * A name as written, one object for all its places in a document: names are compared by identity.
 *
 * @example
 * const scanner = new ByteScanner();
 * scanner.push(new TextEncoder().encode(`<x:mtu xmlns:x="urn:x"/>`));
 * if (scanner.next() === START) console.log(scanner.name.local); // mtu
 */
export class ByteName {
  /** With its prefix. */
  readonly text: string;
  /** Without. */
  readonly local: string;
  readonly prefix: BytePrefix;
  /** The prefix that an attribute of this name declares: `xmlns` and `xmlns:…`. */
  readonly declares: BytePrefix | undefined;
  readonly bytes: Uint8Array;
  readonly hash: number;
  /** The start tag that had an attribute of this name last. */
  lastTag = 0;
  /** Its tags without white space and attributes; made when there has been one. */
  opening: BytePattern | undefined = undefined;
  closing: BytePattern | undefined = undefined;
  /** The elements that came last as the first one inside an element of this name, and as the next one behind its end. */
  firstInside: ByteName | undefined = undefined;
  nextBehind: ByteName | undefined = undefined;
  /** The last start tag of this name, where it can be remembered. */
  memo: RememberedTag | undefined = undefined;
  /** For whoever numbers names: the number, and the namespace and the owner it is for. */
  number = -1;
  numberedIn: unknown = undefined;
  numberedFor: string | undefined = undefined;

  constructor(text: string, prefix: BytePrefix, declares: BytePrefix | undefined, bytes: Uint8Array, hash: number) {
    this.text = text;
    this.local = prefix.text === "" ? text : text.slice(prefix.text.length + 1);
    this.prefix = prefix;
    this.declares = declares;
    this.bytes = bytes;
    this.hash = hash;
  }
}

/**
 * The names and prefixes of a document. A peer chooses both names and their number: a full table is emptied, and names that
 * crowd one place of it, as chosen ones can, are looked up by their text.
 */
export class ByteNames {
  /** Open addressing: a name is at most `PROBES` places behind that of its hash. */
  #slots: (ByteName | undefined)[] = emptySlots(SMALLEST);
  #count = 0;
  /** Grows when names are forgotten: what was remembered with the old ones is void. */
  generation = 0;
  /** Numbers the start tags, to find an attribute that comes twice. */
  tags = 0;
  readonly #crowded = new Map<string, ByteName>();
  #prefixes = new Map<string, BytePrefix>();
  readonly none: BytePrefix = new BytePrefix("", undefined);
  readonly xml: BytePrefix = new BytePrefix("xml", XML_NAMESPACE);
  readonly xmlns: BytePrefix = new BytePrefix("xmlns", undefined);

  /** Stands where there is no name yet. */
  readonly nothing: ByteName = new ByteName("", this.none, undefined, new Uint8Array(0), 0);

  constructor() {
    this.#keepBuiltIn();
  }

  /** The name of these bytes; `undefined` when it is none that Namespaces in XML 1.0 §4 allows. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): ByteName | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (hash ^ (hash >>> 13)) & mask;
    for (let probe = 0; probe < PROBES; probe++) {
      const name = slots[slot];
      if (name === undefined) break;
      if (name.hash === hash && sameBytes(name.bytes, bytes, start, end)) return name;
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes, start, end, hash);
  }

  /** Forgets names when there are too many. Not while a tag is being read: its names have to be one object each. */
  tidy(): void {
    if (this.#count <= MOST_NAMES) return;
    this.#slots = emptySlots(SMALLEST);
    this.#crowded.clear();
    this.#count = 0;
    this.generation += 1;
    const bound = [...this.#prefixes].filter(([, prefix]) => prefix.namespace !== undefined);
    this.#prefixes = new Map(bound);
    this.#keepBuiltIn();
  }

  /** For one document, with no prefix bound: names that an earlier document has left, or new ones. */
  static take(): ByteNames {
    const names = spare ?? new ByteNames();
    spare = undefined;
    return names;
  }

  /** The document has ended and every prefix with it: the next one will have much the same names. */
  leave(): void {
    this.tidy();
    spare = this;
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number): ByteName | undefined {
    const text = decodeName(bytes, start, end);
    const known = this.#crowded.get(text);
    if (known !== undefined) return known;
    const made = this.#make(text, new Uint8Array(bytes.subarray(start, end)), hash);
    if (made === undefined) return undefined;
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#grow();
    if (!place(this.#slots, made)) this.#crowded.set(text, made);
    return made;
  }

  #make(text: string, bytes: Uint8Array, hash: number): ByteName | undefined {
    const colon = text.indexOf(":");
    const local = text.slice(colon + 1);
    if (!isNcName(local) || (colon >= 0 && !isNcName(text.slice(0, colon)))) return undefined;
    const prefix = this.#prefix(colon < 0 ? "" : text.slice(0, colon));
    const declares = text === "xmlns" ? this.none : prefix === this.xmlns ? this.#prefix(local) : undefined;
    return new ByteName(text, prefix, declares, bytes, hash);
  }

  #prefix(text: string): BytePrefix {
    let prefix = this.#prefixes.get(text);
    if (prefix === undefined) {
      prefix = new BytePrefix(text, undefined);
      this.#prefixes.set(text, prefix);
    }
    return prefix;
  }

  #grow(): void {
    const larger = emptySlots(this.#slots.length * 4);
    for (const name of this.#slots) if (name !== undefined && !place(larger, name)) this.#crowded.set(name.text, name);
    this.#slots = larger;
  }

  #keepBuiltIn(): void {
    for (const prefix of [this.none, this.xml, this.xmlns]) this.#prefixes.set(prefix.text, prefix);
  }
}

/** Nobody's at the moment. */
let spare: ByteNames | undefined;

const SMALLEST = 128;
const PROBES = 8;
const MOST_NAMES = 8192;

/** The text of a name whose bytes have been checked. */
export function decodeName(bytes: Uint8Array, start: number, end: number): string {
  return DECODER.decode(bytes.subarray(start, end));
}

function emptySlots(length: number): (ByteName | undefined)[] {
  return new Array<ByteName | undefined>(length).fill(undefined);
}

function place(slots: (ByteName | undefined)[], name: ByteName): boolean {
  const mask = slots.length - 1;
  let slot = (name.hash ^ (name.hash >>> 13)) & mask;
  for (let probe = 0; probe < PROBES; probe++) {
    if (slots[slot] === undefined) {
      slots[slot] = name;
      return true;
    }
    slot = (slot + 1) & mask;
  }
  return false;
}

/** Whether a name is written there. */
export function sameBytes(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const length = name.length;
  if (length !== end - start) return false;
  for (let i = 0; i < length; i++) if (byteAt(name, i) !== byteAt(bytes, start + i)) return false;
  return true;
}
