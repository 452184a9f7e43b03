/**
 * Which namespace each prefix stands for at one place of a document; `""` is the default namespace, and an empty
 * namespace there means "none" (RFC 7950 §9.10.3 and XPath contexts need this after parsing). The prefix `xml` is bound
 * everywhere and not listed.
 */
export type NamespaceScope = ReadonlyMap<string, string>;

/**
 * A scope that holds its own declarations and the scope around it. An element that declares one prefix among thousands
 * must not cost a copy of all of them: a peer chooses both numbers. Looking a prefix up goes outwards; only iterating
 * makes a map.
 */
export class LinkedScope implements NamespaceScope {
  readonly #outer: NamespaceScope;
  /** Prefix, namespace, prefix, namespace … */
  readonly #own: readonly string[];

  constructor(outer: NamespaceScope, own: readonly string[]) {
    this.#outer = outer;
    this.#own = own;
  }

  get(prefix: string): string | undefined {
    for (let scope: LinkedScope = this; ; ) {
      const own = scope.#own;
      for (let i = 0; i < own.length; i += 2) if (own[i] === prefix) return own[i + 1];
      if (!(scope.#outer instanceof LinkedScope)) return scope.#outer.get(prefix);
      scope = scope.#outer;
    }
  }

  has(prefix: string): boolean {
    return this.get(prefix) !== undefined;
  }

  get size(): number {
    return this.#toMap().size;
  }

  /** At least `size`, without the work of finding shadowed prefixes. */
  get sizeAtMost(): number {
    let count = 0;
    for (let scope: LinkedScope = this; ; ) {
      count += scope.#own.length / 2;
      if (!(scope.#outer instanceof LinkedScope)) return count + scope.#outer.size;
      scope = scope.#outer;
    }
  }

  forEach(callback: (namespace: string, prefix: string, scope: NamespaceScope) => void, self?: unknown): void {
    for (const [prefix, namespace] of this) callback.call(self, namespace, prefix, this);
  }

  entries(): MapIterator<[string, string]> {
    return this.#toMap().entries();
  }

  keys(): MapIterator<string> {
    return this.#toMap().keys();
  }

  values(): MapIterator<string> {
    return this.#toMap().values();
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  #toMap(): Map<string, string> {
    const levels: LinkedScope[] = [];
    let outermost: NamespaceScope = this;
    while (outermost instanceof LinkedScope) {
      levels.push(outermost);
      outermost = outermost.#outer;
    }
    const map = new Map(outermost);
    for (const level of levels.reverse()) {
      const own = level.#own;
      for (let i = 0; i < own.length; i += 2) map.set(own[i] ?? "", own[i + 1] ?? "");
    }
    return map;
  }
}

/** Where nothing is declared. */
export const EMPTY_SCOPE: NamespaceScope = new Map();

export const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";
export const XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/";
