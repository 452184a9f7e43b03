import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** A file of the corpus that is, or may be, a document. */
export interface CorpusDocument {
  readonly id: string;
  readonly kind: string;
  readonly bytes: Uint8Array;
}

/** Messages, payloads, streams, hostile documents and the W3C tests. */
export function corpusDocuments(folder: string): readonly CorpusDocument[] {
  const manifest = lines<{ file: string; kind: string }>(folder, "MANIFEST.jsonl");
  const documents = manifest
    .filter(({ kind }) => KINDS.has(kind))
    .map(({ file, kind }) => ({ id: file, kind, bytes: read(join(folder, file)) }));
  const w3c = lines<{ id: string; file: string }>(folder, "xml/w3c/tests.jsonl");
  return [
    ...documents,
    ...w3c.map(({ id, file }) => ({ id, kind: "w3c", bytes: read(join(folder, "xml/w3c", file)) })),
  ];
}

const KINDS = new Set(["netconf-message", "netconf-payload", "netconf-stream", "netconf-stream-clean", "xml-hostile"]);

function read(file: string): Uint8Array {
  const bytes = readFileSync(file);
  return new Uint8Array(file.endsWith(".gz") ? gunzipSync(bytes) : bytes);
}

function lines<T>(folder: string, file: string): T[] {
  return readFileSync(join(folder, file), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
