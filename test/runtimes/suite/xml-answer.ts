import { nobleProvider } from "@netconf-kit/ssh";
import { encodeXml, isXmlError, parseXml } from "@netconf-kit/xml";

/** What the reader makes of a document: the hash of what is written again, or the error with its place. */
export function xmlAnswer(document: Uint8Array): string {
  try {
    const written = encodeXml(parseXml(document));
    return Array.from(nobleProvider.hash("sha256", written), (byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch (error) {
    if (!isXmlError(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
}
