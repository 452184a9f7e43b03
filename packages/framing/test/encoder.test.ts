import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeMessage, type Framing } from "../src/mod.ts";
import { bytesOf, cut, framings, join, latin1, readFrames } from "./read-frames.ts";
import { exitReply, exitReplyChunks, exitRequest, exitRequestChunks, getConfig } from "./rfc-examples.ts";

const wire = (framing: Framing, payload: Uint8Array | Uint8Array[], options = {}): string =>
  latin1(join(encodeMessage(framing, payload, options)));

describe("encodeMessage()", () => {
  it("writes RFC 6242 §5's example", () => {
    expect(wire("chunked", bytesOf(exitRequest))).toBe(exitRequestChunks);
    expect(wire("chunked", bytesOf(exitReply))).toBe(exitReplyChunks);
  });

  it("writes RFC 6242 §4.3's example", () => {
    expect(wire("end-of-message", bytesOf(getConfig))).toBe(`${getConfig}]]>]]>`);
  });

  it("announces one chunk for a payload in several pieces, and copies none of them", () => {
    const pieces = [bytesOf("<?xml?>"), new Uint8Array(0), bytesOf("<rpc/>")];
    const encoded = encodeMessage("chunked", pieces);
    expect(encoded.map(latin1)).toEqual(["\n#13\n", "<?xml?>", "<rpc/>", "\n##\n"]);
    expect(encoded[1]).toBe(pieces[0]);
    expect(encodeMessage("end-of-message", pieces)[0]).toBe(pieces[0]);
  });

  it("cuts a message into chunks of at most maxChunkBytes", () => {
    const encoded = wire("chunked", [bytesOf("abcde"), bytesOf("fgh")], { maxChunkBytes: 3 });
    expect(encoded).toBe("\n#3\nabc\n#3\ndef\n#2\ngh\n##\n");
  });

  it("refuses an empty message: chunk-data = 1*OCTET, RFC 6242 §4.2", () => {
    for (const framing of framings) {
      for (const payload of [new Uint8Array(0), [], [new Uint8Array(0)]]) {
        expect(() => encodeMessage(framing, payload)).toThrow(
          expect.objectContaining({ code: "empty-payload", fault: "local" }),
        );
      }
    }
  });

  it("refuses a payload that the peer would read as two messages: RFC 6242 §6", () => {
    const bad = expect.objectContaining({ code: "delimiter-in-payload", fault: "local" });
    expect(() => encodeMessage("end-of-message", bytesOf("a]]>]]>b"))).toThrow(bad);
    expect(() => encodeMessage("end-of-message", bytesOf("a]]>]]>"))).toThrow(bad);
    expect(() => encodeMessage("end-of-message", [bytesOf("a]]>"), bytesOf("]]>b")])).toThrow(bad);
    expect(() => encodeMessage("end-of-message", bytesOf("a]]>"))).toThrow(bad);
    expect(wire("chunked", bytesOf("a]]>]]>b"))).toBe("\n#8\na]]>]]>b\n##\n");
    expect(wire("end-of-message", bytesOf("a]]"))).toBe("a]]]]>]]>");
  });

  it("refuses a chunk limit that is no positive number", () => {
    for (const maxChunkBytes of [0, -1, Number.NaN]) {
      expect(() => encodeMessage("chunked", bytesOf("a"), { maxChunkBytes })).toThrow(
        expect.objectContaining({ code: "bad-limit" }),
      );
    }
  });

  it("gives each caller a trailer of its own", () => {
    const first = encodeMessage("end-of-message", bytesOf("a"));
    first.at(-1)?.fill(0);
    expect(wire("end-of-message", bytesOf("a"))).toBe("a]]>]]>");
  });

  it("is undone by the decoder, for any payload in any pieces, with any chunk size and any split", () => {
    const payload = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 5 });
    const sizes = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 5 }), sizes, sizes, (messages, maxChunkBytes, readSize) => {
        const stream = join(messages.flatMap((pieces) => encodeMessage("chunked", pieces, { maxChunkBytes })));
        const expected = messages.map((pieces) => latin1(join(pieces)));
        expect(readFrames(cut(stream, readSize), { framing: "chunked" })).toEqual({ messages: expected, end: "clean" });
      }),
    );
  });

  it("with end-of-message framing either refuses or is undone by the decoder", () => {
    const text = fc
      .array(fc.constantFrom("]", ">", "]]>", "x"), { minLength: 1, maxLength: 12 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (pieces, readSize) => {
          const payload = pieces.join("");
          const honest = `${payload}]]>]]>`.indexOf("]]>]]>") === payload.length;
          const encode = () => encodeMessage("end-of-message", pieces.map(bytesOf));
          if (!honest) expect(encode).toThrow(expect.objectContaining({ code: "delimiter-in-payload" }));
          else expect(readFrames(cut(join(encode()), readSize))).toEqual({ messages: [payload], end: "clean" });
        },
      ),
      { numRuns: 1000 },
    );
  });
});
