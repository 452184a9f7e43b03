import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameDecoder, type FramingErrorCode } from "../src/mod.ts";
import { bytesOf, cut, everySplit, join, readFrames } from "./read-frames.ts";
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

  it("reads many chunks of any sizes in one push as it reads them byte by byte", () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 90, max: 1100 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 1, maxLength: 4 }), fc.nat(40), fc.nat(7), (shapes, repeat, offset) => {
        const messages = shapes.map((shape, i) => shape.map((size) => String.fromCharCode(97 + i).repeat(size)));
        const framed = messages.map((chunks) => `${chunks.map((data) => `\n#${data.length}\n${data}`).join("")}\n##\n`);
        const bytes = bytesOf(framed.join("").repeat(1 + (repeat % 5)));
        // Somewhere inside a larger buffer, as a socket's reads are.
        const inside = new Uint8Array(offset + bytes.length + 9).fill(0x23).subarray(offset, offset + bytes.length);
        inside.set(bytes);
        const whole = readFrames([inside], chunked);
        expect(whole.end).toBe("clean");
        expect(whole.messages.slice(0, messages.length)).toEqual(messages.map((chunks) => chunks.join("")));
        expect(whole).toEqual(readFrames(cut(bytes, 1), chunked));
      }),
      { numRuns: 200 },
    );
  });

  it("reads sizes of one to ten digits, at the end of a push and before more of it", () => {
    for (let digits = 1; digits <= 10; digits++) {
      const header = bytesOf(`\n#${"4123456789".slice(0, digits)}\n`);
      for (const rest of [0, 1, 4]) {
        const views: Uint8Array[] = [];
        const decoder = new FrameDecoder({ ...chunked, maxMessageBytes: Number.POSITIVE_INFINITY });
        decoder.push(join([header, new Uint8Array(rest)]), { data: (bytes) => views.push(bytes), end: () => {} });
        expect(views.map((view) => view.length)).toEqual(rest === 0 ? [] : [rest]);
      }
    }
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
