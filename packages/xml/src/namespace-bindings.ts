import type { ByteName, BytePrefix, RememberedTag } from "./byte-names.ts";
import { printable } from "./errors.ts";
import { XML_NAMESPACE, XMLNS_NAMESPACE } from "./scope.ts";
import type { TagScanner } from "./tag-scanner.ts";

/** Which namespace each prefix stands for while a document is read: declarations of a tag are taken back when its element ends. */
export class NamespaceBindings {
  /** What was bound before, innermost last. */
  readonly #prefixes: BytePrefix[] = [];
  readonly #before: (string | undefined)[] = [];

  /**
   * Binds what a tag declares and looks at the names of the tag. The result is the number of declarations.
   * `problem` is called for what Namespaces in XML 1.0 forbids, and has to throw.
   */
  open(tag: TagScanner, name: ByteName, value: (index: number) => string, problem: (what: string) => never): number {
    let declared = 0;
    let prefixed = 0;
    for (let i = 0; i < tag.count; i++) {
      const attribute = tag.names[i];
      if (attribute === undefined) break;
      if (attribute.declares !== undefined) {
        this.#declare(attribute.declares, value(i), problem);
        declared += 1;
      } else if (attribute.prefix.text !== "") prefixed += 1;
    }
    if (name.prefix.text !== "") checkBound(name, problem);
    if (prefixed > 0) checkAttributes(tag, prefixed, problem);
    return declared;
  }

  /** Binds again what has been looked at before. */
  recall(memo: RememberedTag): number {
    const count = memo.prefixes.length;
    for (let i = 0; i < count; i++) {
      const prefix = memo.prefixes[i];
      if (prefix !== undefined) this.#bind(prefix, memo.namespaces[i] ?? "");
    }
    return count;
  }

  /** Takes back this many declarations. */
  close(declared: number): void {
    for (let i = 0; i < declared; i++) {
      const prefix = this.#prefixes.pop();
      const before = this.#before.pop();
      if (prefix !== undefined) prefix.namespace = before;
    }
  }

  reset(): void {
    this.#prefixes.length = 0;
    this.#before.length = 0;
  }

  #declare(prefix: BytePrefix, namespace: string, problem: (what: string) => never): void {
    checkDeclaration(prefix.text, namespace, problem);
    this.#bind(prefix, namespace);
  }

  #bind(prefix: BytePrefix, namespace: string): void {
    this.#prefixes.push(prefix);
    this.#before.push(prefix.namespace);
    prefix.namespace = namespace;
  }
}

/** Namespaces in XML 1.0 §3 and §2.2. White space around a namespace does not make a forbidden one good. */
function checkDeclaration(prefix: string, namespace: string, problem: (what: string) => never): void {
  const core = namespace.trim();
  if (core === "" && prefix !== "") problem(`the prefix "${printable(prefix)}" is bound to no namespace`);
  if (prefix === "xmlns" || core === XMLNS_NAMESPACE) problem('a declaration of "xmlns" or its namespace');
  if ((prefix === "xml") !== (core === XML_NAMESPACE))
    problem('a declaration of "xml" or its namespace as something else');
}

function checkBound(name: ByteName, problem: (what: string) => never): void {
  const { text, namespace } = name.prefix;
  if (namespace === undefined || text === "xmlns") problem(`the prefix "${printable(text)}" is not declared`);
}

function checkAttributes(tag: TagScanner, prefixed: number, problem: (what: string) => never): void {
  // Attributes without a prefix have names of their own; the reader has compared those.
  const seen = prefixed > 1 ? new Set<string>() : undefined;
  for (let i = 0; i < tag.count; i++) {
    const name = tag.names[i];
    if (name === undefined || name.declares !== undefined || name.prefix.text === "") continue;
    checkBound(name, problem);
    if (seen === undefined) return;
    // Namespaces in XML 1.0 §6.3: no two attributes of one expanded name.
    const expanded = `{${(name.prefix.namespace ?? "").trim()}}${name.local}`;
    if (seen.has(expanded)) problem(`two attributes have the name ${printable(expanded)}`);
    seen.add(expanded);
  }
}
