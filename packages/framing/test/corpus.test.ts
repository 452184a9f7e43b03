import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { corpus } from "../../../test/support/corpus.ts";
import { FramingError } from "../src/mod.ts";
import { bytesOf, cut, latin1, type Reading, readFrames } from "./read-frames.ts";

const folder = corpus();

interface Vector {
  readonly id: string;
  readonly mode: "eom" | "chunked" | "eom->chunked";
  readonly reads_b64: readonly string[];
  readonly expect: {
    readonly messages_b64: readonly string[];
    readonly end: "clean" | "truncated" | "error" | "trailing-whitespace";
    readonly error_offset?: number;
  };
}

interface StreamEntry {
  readonly file: string;
  readonly kind: string;
  readonly expect: { readonly messages: readonly { readonly framing: string; readonly sha256: string }[] };
}

/** Vectors that this decoder answers otherwise, each with the reason. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map();

if (folder === undefined) it.skip("the corpus is absent: its framing vectors and streams are not read", () => {});

describe.runIf(folder)("the corpus' framing vectors", () => {
  const vectors: Vector[] = folder ? lines(join(folder, "framing/vectors.jsonl")) : [];

  const agreeing = new Set<string>();
  afterAll(() => {
    console.log(`framing vectors: ${agreeing.size} of ${vectors.length} agree`);
  });

  it("are there", () => {
    expect(vectors.length).toBeGreaterThan(150);
  });

  for (const vector of vectors) {
    const reason = EXCEPTIONS.get(vector.id);
    it(`${vector.id}${reason ? `, excepted: ${reason}` : ""}`, () => {
      const reads = vector.reads_b64.map((text) => new Uint8Array(Buffer.from(text, "base64")));
      const options = {
        framing: vector.mode === "chunked" ? "chunked" : "end-of-message",
        switchAfterHello: vector.mode === "eom->chunked",
        // The vectors are about the protocol, which has no limit of this kind.
        maxMessageBytes: Number.POSITIVE_INFINITY,
      } as const;
      const whole = new Uint8Array(Buffer.concat(reads));
      for (const split of [reads, [whole], [...cut(whole, 1)], [...cut(whole, 7)]]) {
        const agrees = agreement(vector, readFrames(split, options));
        if (reason) expect(agrees).not.toBe("");
        else expect(agrees).toBe("");
      }
      if (!reason) agreeing.add(vector.id);
    });
  }
});

describe.runIf(folder)("the corpus' clean streams", () => {
  const streams: StreamEntry[] = folder
    ? lines<StreamEntry>(join(folder, "MANIFEST.jsonl")).filter((entry) => entry.kind === "netconf-stream-clean")
    : [];

  it("are there", () => {
    expect(streams.length).toBeGreaterThan(50);
  });

  for (const stream of streams) {
    it(`${stream.file} is accepted with every message unchanged, under several splits`, () => {
      const bytes = new Uint8Array(readFileSync(join(folder ?? "", stream.file)));
      const expected = stream.expect.messages.map((message) => message.sha256);
      for (const size of [bytes.length, 1, 3, 64, 1000, 32_768]) {
        const reading = readFrames(cut(bytes, size), { switchAfterHello: true });
        expect(reading.end).toBe("clean");
        expect(reading.messages.map(sha256)).toEqual(expected);
      }
    });
  }
});

/** What differs from the vector's expectation; empty when nothing does. */
function agreement(vector: Vector, reading: Reading): string {
  const expected = vector.expect;
  const messages = expected.messages_b64.map((text) => latin1(Buffer.from(text, "base64")));
  if (JSON.stringify(reading.messages) !== JSON.stringify(messages))
    return `messages ${JSON.stringify(reading.messages)}`;
  const end = reading.end;
  switch (expected.end) {
    case "clean":
    case "trailing-whitespace":
      return end === "clean" ? "" : String(end);
    case "truncated":
      return end instanceof FramingError && end.code === "truncated" ? "" : String(end);
    case "error":
      if (!(end instanceof FramingError) || end.code === "truncated" || end.fault !== "peer") return String(end);
      return end.offset === expected.error_offset ? "" : `offset ${end.offset}, not ${expected.error_offset}`;
  }
}

function sha256(message: string): string {
  return createHash("sha256").update(bytesOf(message)).digest("hex");
}

function lines<T>(file: string): T[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
