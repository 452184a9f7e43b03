import fc from "fast-check";
import { type ByteReader, XmlError, type XmlOptions, type XmlStart } from "../src/mod.ts";
import { SaxesReader } from "../src/saxes.ts";

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

/** A document in which up to three bytes are others, or missing: those that mean something to a reader among them. */
export function damaged(document: Uint8Array): fc.Arbitrary<Uint8Array> {
  const damage = fc.record({
    at: fc.nat({ max: document.length - 1 }),
    byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x3c, 0x3e, 0x26, 0x0d, 0x80, 0xc3, 0xf0, 0x22, 0x00)),
    drop: fc.boolean(),
  });
  return fc.array(damage, { maxLength: 3 }).map((damages) => {
    let bytes = [...document];
    for (const { at, byte, drop } of damages) {
      bytes = drop ? bytes.toSpliced(at, 1) : bytes.with(at % bytes.length, byte);
    }
    return Uint8Array.from(bytes);
  });
}

/** What a reader gave, as text: adjacent texts merged, because their division depends on the reads. */
export function readEvents(
  reads: Iterable<Uint8Array>,
  options: XmlOptions = {},
  Reader: typeof SaxesReader | typeof ByteReader = SaxesReader,
): string[] {
  const events: string[] = [];
  const reader = new Reader(
    {
      startElement: (start) => events.push(describeStart(start)),
      endElement: () => events.push("end"),
      text: (text) => {
        if (text === "") return;
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

const attributeValue: fc.Arbitrary<string> = fc.constantFrom("''", '"1"', "'\"é&quot;\t\r\n '", '"&#10;>&amp;"');

/** Well-formed documents with everything in them that NETCONF allows. */
export const documents: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(
      "",
      "\uFEFF",
      '<?xml version="1.0"?>',
      "<?xml version='1.0' encoding='UTF-8' ?>\r\n",
      "<!-- c -->\n",
    ),
    fc.letrec<{ element: string; node: string }>((tie) => ({
      element: fc
        .tuple(
          fc.constantFrom("a", "b", "long-name.1", "ü", "p:c", "q:d"),
          fc.uniqueArray(fc.tuple(fc.constantFrom("x", "y", "p:x", "q:z", "é"), attributeValue), {
            selector: ([name]) => name,
            maxLength: 3,
          }),
          fc.array(fc.constantFrom(" xmlns=''", " xmlns='urn:d'", ' \txmlns:r = "urn:&amp;r"'), { maxLength: 1 }),
          fc.array(tie("node"), { maxLength: 4 }),
          fc.boolean(),
        )
        .map(([name, attributes, declarations, nodes, empty]) => {
          const start = `<${name} xmlns:p='urn:p' xmlns:q="urn:q"${declarations.join("")}${attributes.map(([key, value]) => ` ${key}=${value}`).join("")}`;
          return nodes.length === 0 && empty
            ? `${start}/>`
            : `${start}>${nodes.join("")}</${name}${empty ? " \n" : ""}>`;
        }),
      node: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(
          "text",
          "\n  ",
          "\r\n",
          "\r",
          "é€😀",
          "&lt;&#65;&#x1F600;",
          "]",
          "]] >",
          "<![CDATA[]]>",
          "<![CDATA[<]]]]>",
          "<!-- - c -->",
          "<?p ?x?>",
          "<e/>",
          "<e>1</e>",
        ),
        tie("element"),
      ),
    })).element,
    fc.constantFrom("", "\n", "\r", "<!-- c --><?p?> "),
  )
  .map(([before, root, after]) => `${before}${root}${after}`);
