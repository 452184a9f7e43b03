import { ByteScanner } from "./byte-scanner.ts";
import { DONE, MORE, START, TEXT } from "./byte-token.ts";
import { EMPTY_SCOPE, LinkedScope, type NamespaceScope } from "./scope.ts";
import { NO_ATTRIBUTES, type XmlAttribute } from "./tree.ts";
import type { XmlOptions, XmlSink } from "./xml-sink.ts";

/**
 * The fast reader: the same events as `SaxesReader`, from bytes that become strings only where an event has one. It is as
 * strict, and stricter in two places: what follows the target of a processing instruction, and names whose local part could
 * be no name. Its limits count bytes where those of `SaxesReader` count characters, a document type declaration ends it at
 * `<!DOCTYPE`, and it gives text when a read ends.
 *
 * After an error, also one that the sink threw, every call throws the same error again.
 *
 * @example
 * const reader = new ByteReader({ startElement: (start) => console.log(start.name), endElement() {}, text() {} });
 * reader.push(new TextEncoder().encode("<rpc><com"));
 * reader.push(new TextEncoder().encode("mit/></rpc>")); // rpc, commit
 * reader.end();
 */
export class ByteReader {
  readonly #sink: XmlSink;
  readonly #scanner: ByteScanner;
  /** Scopes of the open elements, after that of the document. */
  readonly #scopes: NamespaceScope[] = [EMPTY_SCOPE];

  /** @throws XmlError `bad-limit` */
  constructor(sink: XmlSink, options: XmlOptions = {}) {
    this.#sink = sink;
    this.#scanner = new ByteScanner(options);
  }

  /**
   * Takes the next bytes. The sink is called before this returns, and nothing of the bytes is kept.
   *
   * @throws XmlError with fault `"peer"`; `reader-ended` after `end()`
   */
  push(bytes: Uint8Array): void {
    this.#scanner.push(bytes);
    this.#read();
  }

  /** The document is complete. @throws XmlError when it is not */
  end(): void {
    this.#scanner.end();
    this.#read();
  }

  #read(): void {
    const scanner = this.#scanner;
    for (;;) {
      const token = scanner.next();
      if (token === MORE || token === DONE) return;
      try {
        if (token === START) this.#start();
        else if (token === TEXT) this.#sink.text(scanner.text());
        else {
          this.#scopes.length = scanner.depth + 1;
          this.#sink.endElement();
        }
      } catch (error) {
        scanner.fail(error);
        throw error;
      }
    }
  }

  #start(): void {
    const scanner = this.#scanner;
    const { name, depth } = scanner;
    let scope = this.#scopes[depth - 1] ?? EMPTY_SCOPE;
    let attributes = NO_ATTRIBUTES;
    if (scanner.attributeCount > 0) {
      const declared = declarations(scanner);
      if (declared.length > 0) scope = new LinkedScope(scope, declared);
      if (declared.length < 2 * scanner.attributeCount) attributes = ordinary(scanner);
    }
    this.#scopes[depth] = scope;
    const { namespace } = scanner;
    this.#sink.startElement({ name: name.local, namespace, prefix: name.prefix.text, attributes, scope });
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
