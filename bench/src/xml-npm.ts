import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { DOMParser } from "@xmldom/xmldom";
import { XMLParser } from "fast-xml-parser";
import { XmlDocument } from "libxml2-wasm";
import { SaxesParser } from "saxes";
import { parse as parseTxml } from "txml/txml";
import type { BenchCase, TimedCase } from "./harness.ts";
import { matchAll, readsOf, timed } from "./xml-ours.ts";

/** saxes with namespaces, every event listened to, fed with the same reads. */
export function saxesEvents(name: string, document: Uint8Array): TimedCase {
  const reads = readsOf(document);
  return timed(name, document.length, () => {
    let found = 0;
    const parser = new SaxesParser({ xmlns: true, position: false });
    parser.on("opentag", (tag) => {
      found += tag.uri.length + tag.local.length;
    });
    parser.on("attribute", () => {
      found++;
    });
    parser.on("closetag", () => {
      found++;
    });
    parser.on("text", (text) => {
      found += text.length;
    });
    parser.on("cdata", (text) => {
      found += text.length;
    });
    const decoder = new TextDecoder();
    for (const read of reads) parser.write(decoder.decode(read, { stream: true }));
    parser.close();
    return found;
  });
}

/** A saxes parser for each reply, as its state cannot be reset; the message-id and the `ok` are looked for. */
export function saxesMatch(name: string, replies: readonly Uint8Array[]): TimedCase {
  const decoder = new TextDecoder();
  const answered = (i: number): string | undefined => {
    let id: string | undefined;
    let ok = false;
    const parser = new SaxesParser({ xmlns: true, position: false });
    parser.on("opentag", ({ local, attributes }) => {
      if (local === "rpc-reply") id = attributes["message-id"]?.value;
      else if (local === "ok") ok = true;
    });
    parser.write(decoder.decode(replies[i])).close();
    return ok ? id : undefined;
  };
  return timed(name, replies.length, () => matchAll(replies.length, (i) => String(i + 1), answered));
}

export function saxEvents(document: Uint8Array, against: readonly string[]): BenchCase {
  const reads = readsOf(document);
  const work = timed("sax, xmlns", document.length, () => {
    let found = 0;
    const parser = sax.parser(true, { xmlns: true, position: false });
    parser.onopentag = () => {
      found++;
    };
    parser.onclosetag = () => {
      found++;
    };
    parser.ontext = (text) => {
      found += text.length;
    };
    const decoder = new TextDecoder();
    for (const read of reads) parser.write(decoder.decode(read, { stream: true }));
    parser.close();
    return found;
  });
  return rival(work, "sax", against);
}

/** The trees of npm. Those that are slow get less to do: their rate is per byte all the same. */
export function npmTrees(document: Uint8Array, small: Uint8Array, against: readonly string[]): readonly BenchCase[] {
  const decoder = new TextDecoder();
  return [
    rival(
      timed("fast-xml-parser", small.length, () => {
        const options = { ignoreAttributes: false, parseTagValue: false, trimValues: false } as const;
        return Object.keys(new XMLParser(options).parse(decoder.decode(small))).length;
      }),
      "fast-xml-parser",
      against,
    ),
    rival(
      timed("txml, no namespaces, no checks", document.length, () => parseTxml(decoder.decode(document)).length),
      "txml",
      against,
    ),
    rival(
      timed(
        "@xmldom/xmldom",
        small.length,
        () => new DOMParser().parseFromString(decoder.decode(small), "text/xml").childNodes.length,
      ),
      "@xmldom/xmldom",
      against,
    ),
    rival(
      timed("libxml2-wasm", document.length, () => {
        const parsed = XmlDocument.fromBuffer(document);
        const found = parsed.root.name.length;
        parsed.dispose();
        return found;
      }),
      "libxml2-wasm",
      against,
    ),
  ];
}

function rival(work: TimedCase, name: string, against: readonly string[]): BenchCase {
  return { ...work, rival: { name, version: versionOf(name), against } };
}

function versionOf(name: string): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8"),
  );
  return (manifest as { version: string }).version; // every package has one
}

/** What is used of sax, which has no types of its own. */
interface Sax {
  parser(
    strict: boolean,
    options: object,
  ): {
    onopentag: () => void;
    onclosetag: () => void;
    ontext: (text: string) => void;
    write(text: string): void;
    close(): void;
  };
}

const sax: Sax = createRequire(import.meta.url)("sax");
