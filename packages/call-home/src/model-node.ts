import { NetconfError, quoted } from "@netconf-kit/core";
import { childElements, childrenNamed, textOf, type XmlElement } from "@netconf-kit/xml";

/** Something in a document that has no counterpart here. Nothing is dropped in silence. */
export interface ModelNote {
  /** `/netconf-server/call-home/netconf-client[name="noc"]/…` */
  readonly path: string;
  readonly message: string;
}

/**
 * A node of a configuration that is being read: what is asked for counts as understood, and `finish` notes the rest. Names
 * are looked for in one namespace; nodes of others are augmentations, and noted.
 */
export class ModelNode {
  readonly #element: XmlElement;
  readonly #path: string;
  readonly #notes: ModelNote[];
  readonly #asked = new Set<string>();

  constructor(element: XmlElement, notes: ModelNote[], path = `/${element.name}`) {
    this.#element = element;
    this.#notes = notes;
    this.#path = path;
  }

  get path(): string {
    return this.#path;
  }

  get name(): string {
    return this.#element.name;
  }

  /** @throws NetconfError `invalid-argument` when it is there twice */
  child(name: string): ModelNode | undefined {
    const [first, ...more] = this.#named(name);
    if (more.length > 0) throw this.invalid(`${name} is there ${more.length + 1} times`);
    return first && new ModelNode(first, this.#notes, `${this.#path}/${name}`);
  }

  /** The entries of a list, each under its key in the path. */
  list(name: string, key = "name"): readonly ModelNode[] {
    return this.#named(name).map((entry) => {
      const named = childElements(entry).find((node) => node.name === key && node.namespace === entry.namespace);
      const value = named === undefined ? "" : `[${key}=${quoted(textOf(named, { trim: true }))}]`;
      return new ModelNode(entry, this.#notes, `${this.#path}/${name}${value}`);
    });
  }

  /** The value of a leaf. */
  leaf(name: string): string | undefined {
    const node = this.child(name);
    return node && textOf(node.#element, { trim: true });
  }

  /** @throws NetconfError `invalid-argument` */
  requiredLeaf(name: string): string {
    const value = this.leaf(name);
    if (value === undefined || value === "") throw this.invalid(`${name} is missing`);
    return value;
  }

  /** @throws NetconfError `invalid-argument` for what is no number between both ends */
  numberLeaf(name: string, from: number, to: number): number | undefined {
    const text = this.leaf(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= from && value <= to))
      throw this.invalid(`${name} has to be ${from} to ${to}, and is ${quoted(text)}`);
    return value;
  }

  /** Adds a note about this node. */
  note(message: string): void {
    this.#notes.push({ path: this.#path, message });
  }

  /** Notes each of these children that is there. */
  noteChildren(names: readonly string[], message: string): void {
    for (const name of names) for (const node of this.#named(name)) this.#add(node, message);
  }

  /** Notes everything that nobody has asked for. */
  finish(): void {
    for (const node of childElements(this.#element)) {
      if (node.namespace !== this.#element.namespace) this.#add(node, `not understood: of ${quoted(node.namespace)}`);
      else if (!this.#asked.has(node.name)) this.#add(node, "not understood");
    }
  }

  invalid(what: string): NetconfError {
    return new NetconfError("invalid-argument", `cannot read the configuration at ${this.#path}: ${what}`);
  }

  #named(name: string): readonly XmlElement[] {
    this.#asked.add(name);
    return childrenNamed(this.#element, name, this.#element.namespace);
  }

  #add(node: XmlElement, message: string): void {
    this.#notes.push({ path: `${this.#path}/${node.name}`, message });
  }
}
