import type { XmlLimits } from "./limits.ts";
import type { XmlStart } from "./tree.ts";

/**
 * Takes a document piece by piece. Starts and ends match: a reader that has called `endElement()` for each start has seen
 * that the document is sound up to there, no further. Text is what is left after references and line ends are resolved
 * (XML 1.0 §2.11, §4.4); one run may come in several calls, at any split.
 */
export interface XmlSink {
  startElement(start: XmlStart): void;
  endElement(): void;
  text(text: string): void;
}

/** Limits of a document, and what of it is forgiven. */
export interface XmlOptions extends XmlLimits {
  /**
   * What to do with an encoding other than UTF-8 or ASCII that the XML declaration names. `"refuse"` is the default;
   * `"ignore"` is for devices that declare ISO-8859-1 and send ASCII. The bytes have to be UTF-8 either way.
   */
  readonly otherEncoding?: "refuse" | "ignore";
}
