import {
  attribute,
  type ByteReader,
  ByteScanner,
  EnvelopeScanner,
  MORE,
  parseCompact,
  parseXml,
  START,
  TEXT,
  type XmlSink,
} from "@netconf-kit/xml";
import type { TimedCase } from "./harness.ts";

const READ_BYTES = 64 * 1024;

/** Every token with its name and namespace; text and attributes stay bytes. */
export function tokens(name: string, document: Uint8Array): TimedCase {
  const reads = readsOf(document);
  return repeated(name, document.length, () => {
    const scanner = new ByteScanner();
    let found = 0;
    for (const read of reads) {
      scanner.push(read);
      for (let token = scanner.next(); token !== MORE; token = scanner.next()) {
        if (token === START) found += scanner.namespace.length + scanner.name.local.length;
        else if (token === TEXT) found += scanner.textEnd - scanner.textStart;
      }
    }
    scanner.end();
    scanner.next();
    return found;
  });
}

/** Every token, every text and every attribute as a string. */
export function strings(name: string, document: Uint8Array): TimedCase {
  const reads = readsOf(document);
  return repeated(name, document.length, () => {
    const scanner = new ByteScanner();
    let found = 0;
    for (const read of reads) {
      scanner.push(read);
      for (let token = scanner.next(); token !== MORE; token = scanner.next()) {
        if (token === TEXT) found += scanner.text().length;
        else if (token === START) {
          found += scanner.namespace.length + scanner.name.local.length;
          for (let i = 0; i < scanner.attributeCount; i++) found += scanner.attributeValue(i).length;
        }
      }
    }
    scanner.end();
    scanner.next();
    return found;
  });
}

/** The events of the reader: an object for each start tag, every text and attribute as a string. */
export function events(name: string, Reader: typeof ByteReader, document: Uint8Array): TimedCase {
  const reads = readsOf(document);
  return repeated(name, document.length, () => {
    let found = 0;
    const sink: XmlSink = {
      startElement: (start) => {
        found += start.attributes.length + 1;
      },
      endElement: () => {
        found++;
      },
      text: (text) => {
        found += text.length;
      },
    };
    const reader = new Reader(sink);
    for (const read of reads) reader.push(read);
    reader.end();
    return found;
  });
}

export function compactTree(name: string, document: Uint8Array): TimedCase {
  return repeated(name, document.length, () => parseCompact(document).name.length);
}

export function objectTree(name: string, document: Uint8Array): TimedCase {
  return timed(name, document.length, () => parseXml(document).children.length);
}

/** Requests that wait at a time, as of a client that does not wait for each reply. */
const WAITING = 256;

/** Takes each reply to its request by message-id. The result is 1 when all were there. */
export function matchAll<Id>(count: number, idOf: (i: number) => Id, answered: (i: number) => Id | undefined): number {
  const waiting = new Map<Id | undefined, number>();
  let matched = 0;
  for (let i = 0; i < count + WAITING; i++) {
    if (i < count) waiting.set(idOf(i), i);
    if (i >= WAITING && waiting.delete(answered(i - WAITING))) matched++;
  }
  return matched === count ? 1 : 0;
}

/** Replies are taken to the requests that wait for them, each of which has to be answered by `ok`. */
export function matchEnvelopes(name: string, replies: readonly Uint8Array[]): TimedCase {
  const envelope = new EnvelopeScanner();
  const answered = (i: number): number | undefined => {
    envelope.scan(replies[i] ?? NO_BYTES);
    return envelope.outcome === "ok" ? envelope.messageNumber : undefined;
  };
  return timed(name, replies.length, () => matchAll(replies.length, (i) => i + 1, answered));
}

export function matchTrees(name: string, replies: readonly Uint8Array[]): TimedCase {
  const answered = (i: number): string | undefined => {
    const root = parseXml(replies[i] ?? NO_BYTES);
    const first = root.children[0];
    return typeof first === "object" && first.name === "ok" ? attribute(root, "message-id") : undefined;
  };
  return timed(name, replies.length, () => matchAll(replies.length, (i) => String(i + 1), answered));
}

const NO_BYTES = new Uint8Array(0);

/** The same a few times in a row: hundredths of a second are less than what a collection of others' garbage takes. */
function repeated(name: string, amount: number, work: () => number): TimedCase {
  return timed(name, REPEATED * amount, () => {
    let found = 0;
    for (let i = 0; i < REPEATED; i++) found += work();
    return found;
  });
}

const REPEATED = 5;

/** A case whose work has to find something, so that none of it can be left out. */
export function timed(name: string, amount: number, work: () => number): TimedCase {
  return {
    name,
    amount,
    run: () => {
      if (!(work() > 0)) throw new Error(`"${name}" found nothing`);
    },
  };
}

export function readsOf(document: Uint8Array): readonly Uint8Array[] {
  const reads: Uint8Array[] = [];
  for (let at = 0; at < document.length; at += READ_BYTES) reads.push(document.subarray(at, at + READ_BYTES));
  return reads;
}
