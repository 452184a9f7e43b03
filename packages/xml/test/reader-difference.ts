import { ByteReader, isXmlError } from "../src/mod.ts";
import { readEvents } from "./support.ts";

/** Where the byte reader answers otherwise than saxes, each with the reason. */
export const REASONS = {
  doctype: "a document type declaration is refused at <!DOCTYPE, and not judged for what is in it",
  instruction: "what follows the target of a processing instruction has to be white space or ?> (XML 1.0 §2.6)",
  name: "the local part of a name has to be one by itself (Namespaces in XML 1.0 §4)",
  whole:
    "names and XML declarations are read as a whole, so bytes in them that are not UTF-8 are found before other mistakes",
  long: "a name that is too long is found before another mistake that comes behind it",
  earlier:
    "saxes sees some mistakes only at the end of a tag or reference, and reports another one that comes before that",
} as const;

/** `undefined` when both readers do the same with a document; a key of `REASONS`, or what is different. */
export function difference(bytes: Uint8Array): string | undefined {
  const strict = readEvents([bytes]);
  const fast = readEvents([bytes], {}, ByteReader);
  const [strictCode, fastCode] = [codeOf(strict), codeOf(fast)];
  if (strictCode === fastCode && String(comparable(strict)) === String(comparable(fast))) return undefined;
  if (fastCode === "doctype" && strictCode !== "done") return "doctype";
  const earlier = strictCode !== "done" && offsetOf(fast) <= offsetOf(strict);
  if (fastCode === "limit-name-length" && earlier) return "long";
  if (fastCode === "encoding" && strictCode === "not-well-formed") {
    const inOnePart = offsetOf(fast) - offsetOf(strict) < LONGEST_NAME || isInDeclaration(bytes, offsetOf(fast));
    return inOnePart ? "whole" : "encoding far behind an error";
  }
  if (fastCode !== "not-well-formed") return `saxes ${strictCode}, bytes ${fastCode}`;
  // Stricter, and up to there the same?
  const before = comparable(fast).slice(0, -1);
  if (String(before) !== String(comparable(strict).slice(0, before.length))) return "other events before an error";
  const message = refusal(bytes);
  if (message.includes("whose target is followed by no white space")) return "instruction";
  if (message.includes("misplaced colon")) return "name";
  return earlier ? "earlier" : `saxes ${strictCode}, bytes: ${message}`;
}

/** How events end: `done`, or the code of the error. */
export function codeOf(events: readonly string[]): string {
  return (events.at(-1) ?? "").replace(/ .*/s, "");
}

/** Without the place of an error, and without text directly before it, which may be given in part. */
export function comparable(events: readonly string[]): readonly string[] {
  if (events.at(-1) === "done") return events;
  const before = events.slice(0, -1);
  if (before.at(-1)?.startsWith("text ")) before.pop();
  return [...before, codeOf(events)];
}

function offsetOf(events: readonly string[]): number {
  return Number(/"offset":(\d+)/.exec(events.at(-1) ?? "")?.[1] ?? Number.NaN);
}

function refusal(bytes: Uint8Array): string {
  const silent = { startElement: (): void => {}, endElement: (): void => {}, text: (): void => {} };
  try {
    const reader = new ByteReader(silent);
    reader.push(bytes);
    reader.end();
  } catch (error) {
    if (isXmlError(error)) return error.message;
  }
  return "";
}

/** Whether everything up to there is one XML declaration. */
function isInDeclaration(bytes: Uint8Array, end: number): boolean {
  const before = new TextDecoder().decode(bytes.subarray(0, end));
  return /^<\?xml[ \t\r\n?]/.test(before) && !before.includes("?>");
}

/** With what stands around it. */
const LONGEST_NAME = 1100;
