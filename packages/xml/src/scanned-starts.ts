import type { ByteScanner } from "./byte-scanner.ts";
import { EMPTY_SCOPE, LinkedScope, type NamespaceScope } from "./scope.ts";
import { NO_ATTRIBUTES, type XmlAttribute, type XmlStart } from "./tree.ts";

/** Makes values of the start tags of a scanner. It has to see all of them: each scope holds the one around it. */
export class ScannedStarts {
  readonly #scanner: ByteScanner;
  /** By depth, after that of the document. What is deeper than the element that starts is of no importance. */
  readonly #scopes: NamespaceScope[] = [EMPTY_SCOPE];
  attributes: readonly XmlAttribute[] = NO_ATTRIBUTES;
  scope: NamespaceScope = EMPTY_SCOPE;

  constructor(scanner: ByteScanner) {
    this.#scanner = scanner;
  }

  /** Reads attributes and scope of the element that starts. */
  read(): void {
    const scanner = this.#scanner;
    const { depth, attributeCount } = scanner;
    let scope = this.#scopes[depth - 1] ?? EMPTY_SCOPE;
    let attributes = NO_ATTRIBUTES;
    if (attributeCount > 0) {
      const declared = declarations(scanner);
      if (declared.length > 0) scope = new LinkedScope(scope, declared);
      if (declared.length < 2 * attributeCount) attributes = ordinary(scanner);
    }
    this.#scopes[depth] = scope;
    this.attributes = attributes;
    this.scope = scope;
  }

  /** The element that starts, as a value. */
  start(): XmlStart {
    this.read();
    const { name, namespace } = this.#scanner;
    const { attributes, scope } = this;
    return { name: name.local, namespace, prefix: name.prefix.text, attributes, scope };
  }
}

/** Prefix, namespace, prefix, namespace … of the attributes that are namespace declarations. */
function declarations(scanner: ByteScanner): string[] {
  const found: string[] = [];
  for (let i = 0; i < scanner.attributeCount; i++) {
    const { declares } = scanner.attributeName(i);
    if (declares !== undefined) found.push(declares.text, scanner.attributeValue(i));
  }
  return found;
}

function ordinary(scanner: ByteScanner): XmlAttribute[] {
  const found: XmlAttribute[] = [];
  for (let i = 0; i < scanner.attributeCount; i++) {
    const { local, prefix, declares } = scanner.attributeName(i);
    if (declares !== undefined) continue;
    const namespace = prefix.text === "" ? "" : (prefix.namespace ?? "");
    found.push({ name: local, namespace, prefix: prefix.text, value: scanner.attributeValue(i) });
  }
  return found;
}
