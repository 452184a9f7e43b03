import { XmlError } from "./errors.ts";

/**
 * What one document may make a reader hold or do. `Infinity` switches a limit off. Where it says characters, `SaxesReader`
 * counts those of UTF-16 and everything else counts bytes.
 */
export interface XmlLimits {
  /** Bytes of the document. Default 256 MiB. */
  readonly maxBytes?: number;
  /** Elements inside each other. Default 256. The cost of names grows with the depth, so raise it with care. */
  readonly maxDepth?: number;
  /** Elements of the document. Default 5 000 000: a tree takes a few hundred bytes for each. */
  readonly maxElements?: number;
  /** Attributes of one element, namespace declarations included. Default 1024. */
  readonly maxAttributes?: number;
  /** Characters of an attribute's value, as written. Default 1 048 576. */
  readonly maxAttributeLength?: number;
  /** Characters of an element's or an attribute's name, prefix included. Default 1024. */
  readonly maxNameLength?: number;
  /** Characters between two tags, as written, comments and the like included. Default 67 108 864. */
  readonly maxTextLength?: number;
}

/** The limits of a document unless told otherwise. */
export const defaultXmlLimits: Readonly<Required<XmlLimits>> = {
  maxBytes: 256 * 1024 * 1024,
  maxDepth: 256,
  maxElements: 5_000_000,
  maxAttributes: 1024,
  maxAttributeLength: 1024 * 1024,
  maxNameLength: 1024,
  maxTextLength: 64 * 1024 * 1024,
};

/** @throws XmlError `bad-limit` */
export function resolveLimits(limits: XmlLimits): Required<XmlLimits> {
  return {
    maxBytes: check("maxBytes", limits.maxBytes),
    maxDepth: check("maxDepth", limits.maxDepth),
    maxElements: check("maxElements", limits.maxElements),
    maxAttributes: check("maxAttributes", limits.maxAttributes),
    maxAttributeLength: check("maxAttributeLength", limits.maxAttributeLength),
    maxNameLength: check("maxNameLength", limits.maxNameLength),
    maxTextLength: check("maxTextLength", limits.maxTextLength),
  };
}

function check(name: keyof XmlLimits, value: number = defaultXmlLimits[name]): number {
  // The negated comparison also refuses NaN, which would switch a limit off in silence.
  if (!(value >= 1)) throw new XmlError("bad-limit", `cannot use ${name} "${value}": it must be 1 or more`);
  return value;
}
