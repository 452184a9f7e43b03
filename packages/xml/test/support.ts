import { SaxesReader, XmlError, type XmlOptions, type XmlStart } from "../src/mod.ts";

/** The error that `action` throws, whatever it is. */
export function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Cuts into reads of `size` bytes. */
export function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What a reader gave, as text: adjacent texts merged, because their division depends on the reads. */
export function readEvents(reads: Iterable<Uint8Array>, options: XmlOptions = {}): string[] {
  const events: string[] = [];
  const reader = new SaxesReader(
    {
      startElement: (start) => events.push(describeStart(start)),
      endElement: () => events.push("end"),
      text: (text) => {
        const last = events.at(-1);
        if (last?.startsWith("text ")) events[events.length - 1] = last + text;
        else events.push(`text ${text}`);
      },
    },
    options,
  );
  try {
    for (const bytes of reads) reader.push(bytes);
    reader.end();
    events.push("done");
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    events.push(`${error.code} ${error.fault} ${JSON.stringify(error.place)}`);
  }
  return events;
}

function describeStart(start: XmlStart): string {
  const attributes = start.attributes.map(
    ({ name, namespace, prefix, value }) => `${prefix}:{${namespace}}${name}=${value}`,
  );
  const scope = [...start.scope].map(([prefix, namespace]) => `${prefix}→${namespace}`).sort();
  return ["start", `${start.prefix}:{${start.namespace}}${start.name}`, ...attributes, "in", ...scope].join(" ");
}

/** `levels` elements inside each other. */
export function nested(levels: number): string {
  return "<a>".repeat(levels) + "</a>".repeat(levels);
}
