import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS, type XMLDecl } from "saxes";
import { printable, quoted, XmlError, type XmlErrorCode } from "./errors.ts";
import { resolveLimits, type XmlLimits } from "./limits.ts";
import { EMPTY_SCOPE, LinkedScope, type NamespaceScope, XML_NAMESPACE } from "./scope.ts";
import { NO_ATTRIBUTES, type XmlAttribute } from "./tree.ts";
import { Utf8Reader } from "./utf8-reader.ts";
import type { XmlOptions, XmlSink } from "./xml-sink.ts";

/**
 * The strict reader: saxes checks XML 1.0 and namespaces, this class adds what saxes leaves open. Limits stand before it
 * (its name lookup grows with the depth), document type declarations end it, bytes are UTF-8 or refused, and XML 1.1 is never
 * switched on. Input may be split anywhere, also inside a character; any split gives the same events and an error of the same code.
 *
 * After an error, also one that the sink threw, every call throws the same error again.
 *
 * @example
 * const reader = new SaxesReader({ startElement: (start) => console.log(start.name), endElement() {}, text() {} });
 * reader.push(new TextEncoder().encode("<rpc><com"));
 * reader.push(new TextEncoder().encode("mit/></rpc>")); // rpc, commit
 * reader.end();
 */
export class SaxesReader {
  readonly #sink: XmlSink;
  readonly #limits: Required<XmlLimits>;
  readonly #otherEncoding: "refuse" | "ignore";
  readonly #saxes: SaxesParser<typeof SAXES_OPTIONS>;
  readonly #utf8 = new Utf8Reader();
  /** Scopes of the open elements, after that of the document. */
  readonly #scopes: NamespaceScope[] = [EMPTY_SCOPE];
  #elements = 0;
  #attributes = 0;
  /** Position of saxes, in characters, after the last tag and the last part of one. */
  #tagEnd = 0;
  #partEnd = 0;
  /** saxes reports an end before it has compared the names: it is handed on with whatever comes next. */
  #endPending = false;
  #failure: { readonly error: unknown } | undefined;
  #ended = false;

  /** @throws XmlError `bad-limit` */
  constructor(sink: XmlSink, options: XmlOptions = {}) {
    this.#sink = sink;
    this.#limits = resolveLimits(options);
    this.#otherEncoding = options.otherEncoding ?? "refuse";
    this.#saxes = new SaxesParser(SAXES_OPTIONS);
    this.#listen();
  }

  /**
   * Takes the next bytes. The sink is called before this returns.
   *
   * @throws XmlError with fault `"peer"`; `reader-ended` after `end()`
   */
  push(bytes: Uint8Array): void {
    this.#guarded(() => {
      for (let at = 0; at < bytes.length; ) {
        // Slices end where they would for any other split of the input, so that limits strike at the same place.
        const end = at + SLICE_LENGTH - (this.#utf8.byteLength % SLICE_LENGTH);
        this.#readSlice(bytes.subarray(at, end));
        at = end;
      }
    });
  }

  /** The document is complete. @throws XmlError when it is not */
  end(): void {
    this.#guarded(() => {
      this.#ended = true;
      if (!this.#utf8.complete) throw this.#error("encoding", "it ends inside a UTF-8 character");
      this.#saxes.close();
    });
  }

  #guarded(action: () => void): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#ended) throw new XmlError("reader-ended", "cannot read on: the document has ended");
    try {
      action();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  #readSlice(bytes: Uint8Array): void {
    const room = this.#limits.maxBytes - this.#utf8.byteLength;
    const text = this.#utf8.decode(bytes.length > room ? bytes.subarray(0, room) : bytes);
    if (text !== "") {
      this.#saxes.write(text);
      this.#endElement();
    }
    // Only now: an error that comes earlier in the document is reported first, however the input is split.
    if (this.#utf8.failed) throw this.#error("encoding", "it has bytes that are not UTF-8");
    if (bytes.length > room) throw this.#limit("limit-bytes", "maxBytes", "bytes");
    if (this.#utf8.byteLength % SLICE_LENGTH === 0) this.#checkUnfinished();
  }

  /** saxes keeps what it has not reported yet, so there are bounds also before its events come. */
  #checkUnfinished(): void {
    const { maxTextLength, maxAttributeLength, maxNameLength } = this.#limits;
    const position = this.#saxes.position;
    if (this.#partEnd === this.#tagEnd) this.#checkTextEnd(position - maxNameLength - TAG_SLACK, maxTextLength);
    else if (position - this.#partEnd > maxAttributeLength + maxNameLength + TAG_SLACK) {
      throw this.#limit("limit-attribute-length", "maxAttributeLength", "characters in an attribute");
    }
  }

  #listen(): void {
    const saxes = this.#saxes;
    saxes.on("error", (error) => {
      // Without a step forward the error is about the very end tag.
      if (saxes.position > this.#tagEnd) this.#endElement();
      throw this.#error("not-well-formed", printable(error.message));
    });
    saxes.on("xmldecl", (declaration) => this.#checkDeclaration(declaration));
    saxes.on("doctype", () => {
      // RFC 6241 §3: document type declarations MUST NOT appear.
      throw this.#error("doctype", "it has a document type declaration");
    });
    saxes.on("opentagstart", (tag) => this.#openTagStart(tag.name));
    saxes.on("attribute", (attribute) => this.#checkAttribute(attribute.name, attribute.value));
    saxes.on("opentag", (tag) => this.#openTag(tag));
    saxes.on("closetag", () => {
      this.#endElement();
      this.#tagEnd = this.#partEnd = saxes.position;
      this.#scopes.pop();
      this.#endPending = true;
    });
    // The event comes after the "<" that ends the text.
    saxes.on("text", (text) => this.#text(text, saxes.position - 1));
    saxes.on("cdata", (text) => this.#text(text, saxes.position));
  }

  #endElement(): void {
    if (!this.#endPending) return;
    this.#endPending = false;
    this.#sink.endElement();
  }

  #text(text: string, end: number): void {
    this.#endElement();
    this.#checkTextEnd(end, this.#limits.maxTextLength);
    if (this.#scopes.length > 1) this.#sink.text(text);
  }

  #checkDeclaration(declaration: XMLDecl): void {
    if (declaration.version !== "1.0") {
      throw this.#error("xml-version", `it declares version ${quoted(declaration.version ?? "")}`);
    }
    const encoding = declaration.encoding;
    if (encoding === undefined || this.#otherEncoding === "ignore" || UTF8_NAMES.has(encoding.toLowerCase())) return;
    // RFC 6241 §3: all NETCONF messages MUST be encoded in UTF-8.
    throw this.#error("encoding", `it declares the encoding ${quoted(encoding)}`);
  }

  /** Before saxes looks a name up or remembers the element. */
  #openTagStart(name: string): void {
    this.#endElement();
    this.#checkName(name);
    if (this.#scopes.length > this.#limits.maxDepth) {
      throw this.#limit("limit-depth", "maxDepth", "elements inside each other");
    }
    this.#elements += 1;
    if (this.#elements > this.#limits.maxElements) throw this.#limit("limit-elements", "maxElements", "elements");
    this.#attributes = 0;
    this.#partEnd = this.#saxes.position;
  }

  #checkAttribute(name: string, value: string): void {
    this.#checkName(name);
    this.#attributes += 1;
    if (this.#attributes > this.#limits.maxAttributes) {
      throw this.#limit("limit-attributes", "maxAttributes", "attributes in an element");
    }
    if (value.length > this.#limits.maxAttributeLength) {
      throw this.#limit("limit-attribute-length", "maxAttributeLength", "characters in an attribute");
    }
    this.#partEnd = this.#saxes.position;
  }

  #openTag(tag: SaxesTagNS): void {
    this.#tagEnd = this.#partEnd = this.#saxes.position;
    const outer = this.#scopes.at(-1) ?? EMPTY_SCOPE;
    let scope = outer;
    let attributes = NO_ATTRIBUTES;
    if (this.#attributes > 0) {
      const all = Object.values(tag.attributes);
      const declared = declarations(all);
      if (declared.length > 0) scope = new LinkedScope(outer, declared);
      if (declared.length < 2 * all.length) attributes = ordinary(all, scope);
    }
    this.#scopes.push(scope);
    this.#sink.startElement({
      name: tag.local,
      namespace: namespaceOf(tag.prefix, scope),
      prefix: tag.prefix,
      attributes,
      scope,
    });
  }

  #checkName(name: string): void {
    if (name.length > this.#limits.maxNameLength) {
      throw this.#limit("limit-name-length", "maxNameLength", "characters in a name");
    }
  }

  #checkTextEnd(end: number, maxLength: number): void {
    if (end - this.#tagEnd > maxLength) {
      throw this.#limit("limit-text-length", "maxTextLength", "characters between two tags");
    }
  }

  #limit(code: XmlErrorCode, name: keyof XmlLimits, what: string): XmlError {
    return this.#error(code, `it has more than ${this.#limits[name]} ${what}`);
  }

  #error(code: XmlErrorCode, problem: string): XmlError {
    const saxes = this.#saxes;
    const offset = this.#utf8.byteOffset(saxes.position);
    const place = { line: saxes.line, column: saxes.column, offset };
    return new XmlError(code, `cannot read a document: ${problem}`, place);
  }
}

/**
 * `forceXMLVersion`: a declaration must not switch XML 1.1 on, whose control characters are not XML 1.0.
 * `position: false` leaves line and column out of saxes' messages; it counts them all the same.
 */
const SAXES_OPTIONS = { xmlns: true, position: false, defaultXMLVersion: "1.0", forceXMLVersion: true } as const;

/** ASCII and its names for a locale that is not set up: a part of UTF-8. */
const UTF8_NAMES: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968"]);

/** How much goes to saxes at once, so that limits are looked at in time. */
const SLICE_LENGTH = 64 * 1024;
/** White space and punctuation inside a tag. */
const TAG_SLACK = SLICE_LENGTH;

/** Prefix, namespace, prefix, namespace … of the attributes that are namespace declarations. */
function declarations(attributes: readonly SaxesAttributeNS[]): string[] {
  const found: string[] = [];
  for (const { prefix, local, value } of attributes) {
    if (prefix === "xmlns") found.push(local, value);
    else if (prefix === "" && local === "xmlns") found.push("", value);
  }
  return found;
}

function ordinary(attributes: readonly SaxesAttributeNS[], scope: NamespaceScope): XmlAttribute[] {
  const found: XmlAttribute[] = [];
  for (const { prefix, local, value } of attributes) {
    if (prefix === "xmlns" || (prefix === "" && local === "xmlns")) continue;
    found.push({ name: local, namespace: prefix === "" ? "" : namespaceOf(prefix, scope), prefix, value });
  }
  return found;
}

/** From our scope and not from saxes, which takes white space off namespace names: they are compared as they stand. */
function namespaceOf(prefix: string, scope: NamespaceScope): string {
  return prefix === "xml" ? XML_NAMESPACE : (scope.get(prefix) ?? "");
}
