import { attributeList } from "./builder.ts";
import { XmlError } from "./errors.ts";
import { escapeText } from "./escape.ts";
import { NameWriter } from "./name-writer.ts";
import { PieceOutput } from "./piece-output.ts";
import { NO_ATTRIBUTES, type XmlAttribute, type XmlElement } from "./tree.ts";
import { startTag, writeTree } from "./tree-writer.ts";

/** How `XmlStreamWriter` hands on what it writes. */
export interface StreamWriterOptions {
  /** Bytes of a piece at most, from 16 on. Default 65 536. This is also what the writer holds at most, beside one start tag. */
  readonly pieceBytes?: number;
}

/** How the writer begins an element. */
export interface StartOptions {
  /** Default `""`: the namespace is written as the default namespace. Another prefix is taken where two meanings collide. */
  readonly prefix?: string;
  /** Those of a record have no namespace. */
  readonly attributes?: readonly XmlAttribute[] | Readonly<Record<string, string>>;
  /** Prefix → namespace of what the content will mean, as in identities and XPath: content is not known when its element begins. */
  readonly declarations?: Readonly<Record<string, string>>;
}

/**
 * Writes one document piece by piece, without an XML declaration: an edit-config or a reply of any size without a tree or a
 * string of it. Names, namespaces and characters follow the rules of `serializeXml()`; `>` is always escaped, and nothing that
 * holds `]]>]]>` (RFC 6242 §4.3) is given on.
 *
 * The sink is called before a method returns, with pieces that are its own to keep. Whoever cannot take more waits between two
 * calls: the writer itself never waits.
 *
 * After an error, also one that the sink threw, every call throws the same error again: what was written is of no use.
 *
 * @example
 * const pieces: Uint8Array[] = [];
 * const writer = new XmlStreamWriter((piece) => pieces.push(piece));
 * writer.startElement("users", "urn:users");
 * for (const name of ["ada", "grace"]) {
 *   writer.startElement("user", "urn:users", { attributes: { name } });
 *   writer.endElement();
 * }
 * writer.endElement();
 * writer.end(); // <users xmlns="urn:users"><user name="ada"/><user name="grace"/></users>
 */
export class XmlStreamWriter {
  readonly #output: PieceOutput;
  readonly #names = new NameWriter();
  /** Names of the open elements, as they are written. */
  readonly #open: string[] = [];
  /** Whether the last start tag still lacks its `>`. */
  #inTag = false;
  #hasRoot = false;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  /** @throws XmlError `bad-limit` */
  constructor(sink: (piece: Uint8Array) => void, options: StreamWriterOptions = {}) {
    const pieceBytes = options.pieceBytes ?? DEFAULT_PIECE_BYTES;
    if (!(pieceBytes >= SMALLEST_PIECE)) {
      throw new XmlError("bad-limit", `cannot use pieceBytes "${pieceBytes}": it must be ${SMALLEST_PIECE} or more`);
    }
    this.#output = new PieceOutput(sink, Math.floor(pieceBytes));
  }

  /** Elements that are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Bytes that the sink has got. */
  get length(): number {
    return this.#output.length;
  }

  /**
   * @throws XmlError `invalid-name`, `invalid-namespace`, `invalid-character`, `duplicate-attribute`; `illegal-write` for a
   * second root element
   */
  startElement(name: string, namespace: string, options: StartOptions = {}): void {
    this.#attempt(() => {
      this.#enterElement();
      const { prefix = "", attributes = NO_ATTRIBUTES, declarations } = options;
      const start = this.#names.openAhead({
        ...{ name, namespace, prefix },
        attributes: attributeList(attributes),
        declarations: declarations === undefined ? NO_DECLARATIONS : Object.entries(declarations),
      });
      this.#open.push(start.name);
      this.#output.text(startTag(start));
      this.#inTag = true;
    });
  }

  /** @throws XmlError `illegal-write` where no element is open */
  endElement(): void {
    this.#attempt(() => {
      const name = this.#open.pop();
      if (name === undefined) throw illegal("end an element: none is open");
      this.#output.text(this.#inTag ? "/>" : `</${name}>`);
      this.#inTag = false;
      this.#names.close();
    });
  }

  /**
   * Text, which may come in several calls; a character must not be cut in two.
   *
   * @throws XmlError `invalid-character`; `illegal-write` outside of the root element
   */
  text(text: string): void {
    this.#attempt(() => {
      this.#enterContent("text");
      if (text === "") return;
      this.#closeTag();
      for (let at = 0; at < text.length; ) {
        const end = sliceEnd(text, at);
        this.#output.text(escapeText(text.slice(at, end)));
        at = end;
      }
    });
  }

  /** A tree, as `serializeXml()` writes it. @throws XmlError as `startElement()` and `text()` */
  element(tree: XmlElement): void {
    this.#attempt(() => {
      this.#enterElement();
      writeTree(tree, this.#names, 0, (piece) => this.#output.text(piece));
    });
  }

  /**
   * XML that is given on as it is, in one call or several, cut anywhere: whole elements and text, in UTF-8. **Nothing but
   * `]]>]]>` is looked for.** Its names mean what the prefixes in force here say; what is in no namespace has to say `xmlns=""`
   * below an element that has one. Never give it what somebody else has sent and nobody has read.
   *
   * @throws XmlError `delimiter-in-content`, at the latest from `end()`; `illegal-write` outside of the root element
   */
  trustedXml(xml: Uint8Array | string): void {
    this.#attempt(() => {
      this.#enterContent("XML");
      if (xml.length === 0) return;
      this.#closeTag();
      if (typeof xml === "string") this.#output.text(xml);
      else this.#output.bytes(xml);
    });
  }

  /** Gives on what the writer still holds, so that the sink has everything up to here. */
  flush(): void {
    this.#attempt(() => {
      this.#checkOpen();
      this.#output.flush();
    });
  }

  /** The document is complete. @throws XmlError `illegal-write` where an element is open, or none has been written */
  end(): void {
    this.#attempt(() => {
      this.#checkOpen();
      const [open] = this.#open.slice(-1);
      if (open !== undefined) throw illegal(`end a document: "${open}" is open`);
      if (!this.#hasRoot) throw illegal("end a document: it has no element");
      this.#output.flush();
      this.#ended = true;
    });
  }

  #attempt(action: () => void): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      action();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  #checkOpen(): void {
    if (this.#ended) throw illegal("go on: the document has ended");
  }

  /** XML 1.0 §2.1: a document has one root element. */
  #enterElement(): void {
    this.#checkOpen();
    if (this.#open.length === 0 && this.#hasRoot) throw illegal("write a second root element");
    this.#hasRoot = true;
    this.#closeTag();
  }

  /** XML 1.0 §2.1: outside of the root element there is no text. */
  #enterContent(what: string): void {
    this.#checkOpen();
    if (this.#open.length === 0) throw illegal(`write ${what} outside of the root element`);
  }

  #closeTag(): void {
    if (this.#inTag) this.#output.text(">");
    this.#inTag = false;
  }
}

const DEFAULT_PIECE_BYTES = 64 * 1024;
const SMALLEST_PIECE = 16;
const NO_DECLARATIONS: readonly never[] = [];
/** Characters that are escaped at a time: a text of many megabytes must not be there twice. */
const SLICE = 16 * 1024;

/** Not between the two halves of a character; a half alone is for `escapeText()` to refuse. */
function sliceEnd(text: string, from: number): number {
  const end = from + SLICE;
  if (end >= text.length) return text.length;
  const before = text.charCodeAt(end - 1);
  return before >= 0xd800 && before <= 0xdbff ? end + 1 : end;
}

function illegal(what: string): XmlError {
  return new XmlError("illegal-write", `cannot ${what}`);
}
