/** What stands in the table for one code. */
export interface XmlErrorEntry {
  /** The rule that was broken. */
  readonly rfc: string;
  /** Whose mistake it is. `"peer"` is whoever made the document, `"local"` never comes from a document. */
  readonly fault: "peer" | "local";
  /** The `<error-tag>` a NETCONF server answers with. RFC 6241 Appendix A. */
  readonly reaction: "malformed-message" | "too-big" | "none";
}

const TABLE = {
  /** Against XML 1.0 or Namespaces in XML 1.0. */
  "not-well-formed": { rfc: "RFC 6241 §3", fault: "peer", reaction: "malformed-message" },
  /** A document type declaration, however harmless. */
  doctype: { rfc: "RFC 6241 §3", fault: "peer", reaction: "malformed-message" },
  /** Bytes that are not UTF-8, or a declaration that names another encoding. */
  encoding: { rfc: "RFC 6241 §3", fault: "peer", reaction: "malformed-message" },
  /** A declaration that names another version than 1.0. */
  "xml-version": { rfc: "RFC 6241 §3", fault: "peer", reaction: "malformed-message" },
  "limit-bytes": { rfc: "RFC 6241 Appendix A", fault: "peer", reaction: "too-big" },
  "limit-depth": { rfc: "RFC 6241 Appendix A", fault: "peer", reaction: "too-big" },
  "limit-elements": { rfc: "RFC 6241 Appendix A", fault: "peer", reaction: "too-big" },
  "limit-attributes": { rfc: "RFC 6241 Appendix A", fault: "peer", reaction: "too-big" },
  "limit-attribute-length": { rfc: "RFC 6241 Appendix A", fault: "peer", reaction: "too-big" },
  "limit-name-length": { rfc: "RFC 6241 Appendix A", fault: "peer", reaction: "too-big" },
  "limit-text-length": { rfc: "RFC 6241 Appendix A", fault: "peer", reaction: "too-big" },

  /** A name that XML cannot write. */
  "invalid-name": { rfc: "XML Names 1.0 §3", fault: "local", reaction: "none" },
  /** A namespace that cannot be bound. */
  "invalid-namespace": { rfc: "XML Names 1.0 §3", fault: "local", reaction: "none" },
  /** A character that XML cannot write, escaped or not. */
  "invalid-character": { rfc: "XML 1.0 §2.2", fault: "local", reaction: "none" },
  /** Two attributes of one name. */
  "duplicate-attribute": { rfc: "XML Names 1.0 §6.3", fault: "local", reaction: "none" },
  /** Something outside of the root element, an element that was not begun or not ended, anything after the end. */
  "illegal-write": { rfc: "XML 1.0 §2.1", fault: "local", reaction: "none" },
  /** The delimiter `]]>]]>`, which would end the message. */
  "delimiter-in-content": { rfc: "RFC 6242 §4.3", fault: "local", reaction: "none" },
  /** A path that `select()` cannot read. */
  "bad-path": { rfc: "XPath 1.0 §2", fault: "local", reaction: "none" },
  /** `push()` or `end()` after `end()`. */
  "reader-ended": { rfc: "XML 1.0 §2.1", fault: "local", reaction: "none" },
  /** A limit that is not a positive number. */
  "bad-limit": { rfc: "RFC 6241 Appendix A", fault: "local", reaction: "none" },
} as const;

/** A code of `xmlErrors`. */
export type XmlErrorCode = keyof typeof TABLE;

/** Every error of this package. Codes are API. */
export const xmlErrors: Readonly<Record<XmlErrorCode, XmlErrorEntry>> = TABLE;

/** How far a document had been read. */
export interface XmlPlace {
  /** From 1. */
  readonly line: number;
  /** Characters of that line that had been read. */
  readonly column: number;
  /** Bytes of the document that had been read. */
  readonly offset: number;
}

/**
 * A document that cannot be read or written. After one, a reader throws the same error again.
 *
 * @example
 * try { parseXml("<a></b>"); } catch (error) {
 *   if (isXmlError(error)) console.log(error.code, error.place?.line);
 * }
 */
export class XmlError extends Error {
  override readonly name = "XmlError";
  readonly layer = "xml";
  readonly code: XmlErrorCode;
  readonly fault: "peer" | "local";
  readonly rfc: string;
  readonly reaction: "malformed-message" | "too-big" | "none";
  /** Absent for local errors. */
  readonly place: XmlPlace | undefined;

  constructor(code: XmlErrorCode, message: string, place?: XmlPlace) {
    super(place === undefined ? message : `${message} (line ${place.line}, column ${place.column})`);
    const { fault, rfc, reaction } = xmlErrors[code];
    this.code = code;
    this.fault = fault;
    this.rfc = rfc;
    this.reaction = reaction;
    this.place = place;
  }
}

/**
 * Whether a value is an `XmlError`, of this copy of the package or another one.
 *
 * @example
 * const wrong = isXmlError(error) ? error.code : undefined;
 */
export function isXmlError(value: unknown): value is XmlError {
  return value instanceof Error && value.name === "XmlError" && "layer" in value && value.layer === "xml";
}

/** A text as a message may show it: cut to a length, and without what could steer a terminal or reorder a line. */
export function printable(text: string): string {
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return cut.replace(UNPRINTABLE, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same in quotes. */
export function quoted(text: string): string {
  return `"${printable(text)}"`;
}

const MAX_SHOWN = 200;
/** Control and format characters, line and paragraph separators, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
