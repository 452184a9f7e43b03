import { readdirSync, readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import type { FuzzTarget } from "../../../test/fuzz/fuzz-target.ts";
import { readsOf, utf8Tokens } from "../../../test/fuzz/mutations.ts";
import { encodeMessage, FramingError, MessageCollector } from "../src/mod.ts";
import { bytesOf, latin1, type Reading, type ReadOptions, readFrames, splitAtDelimiter } from "./read-frames.ts";

const tokens = [
  ...utf8Tokens("]]>]]>", "]]>", "]", "]]>]]", "\n#", "\n##\n", "\n#1\na", "\n#10\n", "#", "\n", "0", "9", " ", "\r\n"),
  ...utf8Tokens(
    "\n#4294967295\n",
    "\n#4294967296\n",
    "\n#0\n",
    "\n#01\n",
    "\n#99999999999999999999\n",
    "<hello/>]]>]]>",
  ),
];

const builtIn = [
  "<hello/>]]>]]>",
  "<hello/>]]>]]><rpc/>]]>]]>\n",
  '\n#4\n<rpc\n#18\n message-id="102"\n\n#2\n/>\n##\n',
  "\n#1\na\n##\n\n#12\nabcdefghijkl\n##\n",
  "<hello/>]]>]]>\n#4\n<rpc\n#2\n/>\n##\n",
].map(bytesOf);

/** One target for each kind of stream: a decoder with small limits has to agree with itself, and with plain readers, for any reads. */
export const framingTargets: readonly FuzzTarget[] = [
  target("framing-end-of-message", { framing: "end-of-message" }),
  target("framing-chunked", { framing: "chunked" }),
  target("framing-switch", { framing: "end-of-message", switchAfterHello: true }),
];

function target(name: string, options: ReadOptions): FuzzTarget {
  return {
    name,
    tokens,
    inputs: (corpus) => [...builtIn, ...(corpus === undefined ? [] : corpusStreams(corpus))],
    decode: (input, split) => {
      const reading = readFrames([input], options);
      check(reading, input);
      const splitReading = readFrames(copies(readsOf(input, split)), options);
      if (describe(splitReading) !== describe(reading)) throw new Error(`reads give ${describe(splitReading)}`);
      if (name === "framing-end-of-message") compareWithSplit(reading, input);
      else if (name === "framing-chunked") compareWithPattern(reading, input);
      for (const message of reading.messages) encodeAgain(message);
      const bounded = readFrames(readsOf(input, split), { ...options, maxMessageBytes: 100, maxChunkBytes: 50 });
      check(bounded, input);
      if (bounded.messages.some(({ length }) => length > 100)) throw new Error("a message is over its limit");
      return reading.end === "clean" ? "clean" : reading.end.code;
    },
  };
}

/** Fresh memory for each read, overwritten behind it: nothing of a read may be kept. */
function* copies(reads: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const read of reads) {
    const own = read.slice();
    yield own;
    own.fill(0x5d);
  }
}

function check({ messages, end }: Reading, input: Uint8Array): void {
  if (messages.reduce((sum, { length }) => sum + length, 0) > input.length)
    throw new Error("more came out than went in");
  if (end === "clean") return;
  const { fault, offset = -1 } = end;
  if (fault !== "peer" || offset < 0 || offset > input.length) throw end;
}

function describe({ messages, end }: Reading): string {
  return JSON.stringify([messages, end === "clean" ? end : [end.code, end.offset]]);
}

function compareWithSplit({ messages, end }: Reading, input: Uint8Array): void {
  const plain = splitAtDelimiter(latin1(input));
  const clean = /^[ \t\r\n]*$/.test(plain.rest);
  if (JSON.stringify(plain.messages) !== JSON.stringify(messages) || clean !== (end === "clean")) {
    throw new Error(`a plain split gives ${JSON.stringify(plain)}`);
  }
}

/** Chunk by chunk with a regular expression; the rest has to be the one that the decoder stopped in. */
function compareWithPattern({ messages, end }: Reading, input: Uint8Array): void {
  const text = latin1(input);
  const found: string[] = [];
  let message = "";
  let at = 0;
  for (;;) {
    const [header = "", size = "#"] = /^\n#([1-9][0-9]{0,9}|#)\n/.exec(text.slice(at, at + 14)) ?? [];
    const length = Number(size === "#" ? 0 : size);
    if (header === "" || length > 4294967295 || text.length - at - header.length < length) break;
    if (size === "#" && message === "") break;
    at += header.length;
    if (size === "#") {
      found.push(message);
      message = "";
    } else message += text.slice(at, at + length);
    at += length;
  }
  const clean = at === text.length && message === "";
  if (JSON.stringify(found) !== JSON.stringify(messages) || clean !== (end === "clean")) {
    throw new Error(`a plain reader gives ${JSON.stringify(found)}, ${clean ? "clean" : `stopped at ${at}`}`);
  }
}

/** What came out goes in again and comes out the same, also through a collector that keeps its buffer. */
function encodeAgain(message: string): void {
  if (message === "") return;
  for (const framing of ["chunked", "end-of-message"] as const) {
    let wire: readonly Uint8Array[];
    try {
      wire = encodeMessage(framing, bytesOf(message), { maxChunkBytes: 7 });
    } catch (error) {
      if (error instanceof FramingError && error.code === "delimiter-in-payload") continue;
      throw error;
    }
    const { messages, end } = readFrames(wire, { framing });
    if (messages.length !== 1 || messages[0] !== message || end !== "clean") throw new Error("it is not read back");
  }
  let collected = "";
  const collector = new MessageCollector((bytes) => (collected = latin1(bytes)), { reuseBytes: 64 });
  for (const piece of readsOf(bytesOf(message), message.length)) collector.data(piece);
  collector.end();
  if (collected !== message) throw new Error("it is not collected");
}

function corpusStreams(corpus: string): readonly Uint8Array[] {
  const streams = ["streams", "streams-clean"].flatMap((folder) =>
    readdirSync(joinPath(corpus, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".gz"))
      .map((entry) => new Uint8Array(readFileSync(joinPath(entry.parentPath, entry.name)))),
  );
  const vectors = readFileSync(joinPath(corpus, "framing/vectors.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { readonly reads_b64: readonly string[] }).reads_b64)
    .map((reads) => new Uint8Array(Buffer.concat(reads.map((text) => Buffer.from(text, "base64")))));
  return [...streams, ...vectors].filter(({ length }) => length > 0);
}
