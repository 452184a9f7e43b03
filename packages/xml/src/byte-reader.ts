import { ByteScanner } from "./byte-scanner.ts";
import { DONE, MORE, START, TEXT } from "./byte-token.ts";
import { ScannedStarts } from "./scanned-starts.ts";
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
  readonly #starts: ScannedStarts;

  /** @throws XmlError `bad-limit` */
  constructor(sink: XmlSink, options: XmlOptions = {}) {
    this.#sink = sink;
    this.#scanner = new ByteScanner(options);
    this.#starts = new ScannedStarts(this.#scanner);
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
        if (token === START) this.#sink.startElement(this.#starts.start());
        else if (token === TEXT) this.#sink.text(scanner.text());
        else this.#sink.endElement();
      } catch (error) {
        scanner.fail(error);
        throw error;
      }
    }
  }
}
