import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameDecoder, type FramingErrorCode } from "../src/mod.ts";
import { bytesOf, cut, everySplit, readFrames } from "./read-frames.ts";
import { closeSession, closeSessionChunks } from "./rfc-examples.ts";

const chunked = { framing: "chunked" } as const;

describe("RFC 6242 §4.2, the example", () => {
  it("is read whole and in every split", () => {
    for (const reads of everySplit(bytesOf(closeSessionChunks))) {
      expect(readFrames(reads, chunked)).toEqual({ messages: [closeSession], end: "clean" });
    }
  });
});

describe("RFC 6242 §4.2, what a chunked message may not be", () => {
  const cases: readonly (readonly [name: string, input: string, code: FramingErrorCode, offset: number])[] = [
    ["no line feed first", "#1\nx\n##\n", "expected-line-feed", 0],
    ["a carriage return first", "\r\n#1\nx\n##\n", "expected-line-feed", 0],
    ["no hash", "\n1\nx\n##\n", "expected-hash", 1],
    ["a line feed too many", "\n\n#1\nx\n##\n", "expected-hash", 1],
    ["no size", "\n#\nx", "bad-chunk-size", 2],
    ["the size 0", "\n#0\n\n##\n", "bad-chunk-size", 2],
    ["a leading zero", "\n#01\nx\n##\n", "bad-chunk-size", 2],
    ["a sign", "\n#+1\nx\n##\n", "bad-chunk-size", 2],
    ["a blank before the size", "\n# 1\nx\n##\n", "bad-chunk-size", 2],
    ["a blank after the size", "\n#1 \nx\n##\n", "bad-chunk-size", 3],
    ["a carriage return after the size", "\n#1\r\nx\n##\n", "bad-chunk-size", 3],
    ["a hexadecimal size", "\n#a\nx\n##\n", "bad-chunk-size", 2],
    ["a size over 4294967295", "\n#4294967296", "chunk-size-too-large", 2],
    ["a size of eleven digits", "\n#10000000000", "chunk-size-too-large", 2],
    ["data longer than announced", "\n#1\nxy\n##\n", "expected-line-feed", 5],
    ["no chunk at all", "\n##\n", "empty-message", 0],
    ["no chunk in the second message", "\n#1\nx\n##\n\n##\n", "empty-message", 9],
    ["three hashes", "\n#1\nx\n###\n", "bad-end-of-chunks", 8],
    ["a carriage return after the hashes", "\n#1\nx\n##\r\n", "bad-end-of-chunks", 8],
    ["a line feed between two messages", "\n#1\nx\n##\n\n\n#1\ny\n##\n", "expected-hash", 10],
    ["end-of-message framing", "<rpc/>]]>]]>", "expected-line-feed", 0],
  ];

  for (const [name, input, code, offset] of cases) {
    it(`${name}: ${code}, in any split`, () => {
      for (const reads of everySplit(bytesOf(input))) {
        expect(readFrames(reads, chunked).end).toMatchObject({ code, offset, fault: "peer", layer: "framing" });
      }
    });
  }

  it("any prefix of a message is truncated, never something else", () => {
    for (let length = 1; length < closeSessionChunks.length; length++) {
      const reading = readFrames([bytesOf(closeSessionChunks.slice(0, length))], chunked);
      expect(reading.messages).toEqual([]);
      expect(reading.end).toMatchObject({ code: "truncated", offset: length });
    }
  });

  it("control characters of the peer do not reach the error's text", () => {
    const reading = readFrames([bytesOf("\u001b[2J")], chunked);
    expect(String(reading.end)).toContain("0x1b");
    expect(String(reading.end)).not.toContain("\u001b");
  });
});

describe("chunked framing", () => {
  it("takes the largest size there is, and waits for its data", () => {
    const reading = readFrames([bytesOf("\n#4294967295\nabc")], {
      ...chunked,
      maxMessageBytes: Number.POSITIVE_INFINITY,
    });
    expect(reading.end).toMatchObject({ code: "truncated" });
  });

  it("takes data for what it is, whatever it looks like", () => {
    for (const data of ["\n##\n", "###", "\n#1\nx\n##\n", "]]>]]>", "\0\r\n", "#".repeat(1000)]) {
      const stream = bytesOf(`\n#${data.length}\n${data}\n#1\n!\n##\n`);
      for (const reads of [[stream], cut(stream, 1), cut(stream, 3)]) {
        expect(readFrames(reads, chunked)).toEqual({ messages: [`${data}!`], end: "clean" });
      }
    }
  });

  it("gives one view for each piece of a chunk, and no copies", () => {
    const stream = bytesOf("\n#6\n<rpc/>\n##\n");
    const views: Uint8Array[] = [];
    new FrameDecoder(chunked).push(stream, { data: (bytes) => views.push(bytes), end: () => {} });
    expect(views.map((view) => [view.buffer === stream.buffer, view.byteOffset, view.length])).toEqual([[true, 4, 6]]);
  });

  it("reads a message of single-byte chunks", () => {
    const text = "x".repeat(20_000);
    const stream = bytesOf(`${"\n#1\nx".repeat(20_000)}\n##\n`);
    expect(readFrames(cut(stream, 1), chunked)).toEqual({ messages: [text], end: "clean" });
    expect(readFrames([stream], chunked)).toEqual({ messages: [text], end: "clean" });
  });

  it("holds maxChunkBytes: as many bytes pass, one more is refused before its data", () => {
    const limits = { ...chunked, maxChunkBytes: 10 };
    expect(readFrames([bytesOf("\n#10\n0123456789\n#9\n012345678\n##\n")], limits).end).toBe("clean");
    expect(readFrames(cut(bytesOf("\n#1\nx\n#11\n"), 1), limits).end).toMatchObject({
      code: "limit-chunk",
      fault: "peer",
      offset: 7,
    });
  });

  it("holds maxMessageBytes over all chunks: as many bytes pass, one more is refused before its data", () => {
    const limits = { ...chunked, maxMessageBytes: 10 };
    const full = "\n#4\n0123\n#6\n456789\n##\n";
    expect(readFrames([bytesOf(full + full)], limits).end).toBe("clean");
    const over = readFrames(cut(bytesOf(`${full}\n#4\n0123\n#7\n`), 1), limits);
    expect(over.messages).toEqual(["0123456789"]);
    expect(over.end).toMatchObject({ code: "limit-message", fault: "peer", offset: full.length + 10 });
  });

  it("gives messages or a peer error for any bytes, the same for any split", () => {
    const noise = fc.array(fc.constantFrom("\n", "#", "1", "2", "0", "x", "\n#1\nx", "\n##\n"), { maxLength: 30 });
    fc.assert(
      fc.property(noise, fc.integer({ min: 1, max: 9 }), (parts, size) => {
        const bytes = bytesOf(parts.join(""));
        const whole = readFrames([bytes], chunked);
        const split = readFrames(cut(bytes, size), chunked);
        expect(split.messages).toEqual(whole.messages);
        if (whole.end === "clean" || split.end === "clean") expect(split.end).toBe(whole.end);
        else {
          expect([split.end.code, split.end.offset]).toEqual([whole.end.code, whole.end.offset]);
          expect(whole.end.fault).toBe("peer");
        }
      }),
      { numRuns: 2000 },
    );
  });
});
