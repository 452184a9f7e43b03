import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameDecoder } from "../src/mod.ts";
import { bytesOf, cut, everySplit, join, latin1, readFrames, splitAtDelimiter } from "./read-frames.ts";

/** Texts made of what a search for the delimiter could trip over. */
const tricky = fc
  .array(fc.constantFrom("]", "]]", ">", "]]>", "]]>]", "]]>]]", "]]>]]>", "a", "<a>", "\n", " "), { maxLength: 40 })
  .map((parts) => parts.join(""));

describe("end-of-message framing", () => {
  it("gives the same messages as cutting at each delimiter, for any input and any split", () => {
    fc.assert(
      fc.property(tricky, fc.integer({ min: 1, max: 40 }), (text, size) => {
        const { messages, rest } = splitAtDelimiter(text);
        const reading = readFrames(cut(bytesOf(text), size));
        expect(reading.messages).toEqual(messages);
        if (/^[ \t\r\n]*$/.test(rest)) expect(reading.end).toBe("clean");
        else expect(reading.end).toMatchObject({ code: "truncated", fault: "peer", offset: text.length });
      }),
      { numRuns: 2000 },
    );
  });

  it("delivers every byte of an unfinished message except the beginning of a delimiter", () => {
    fc.assert(
      fc.property(tricky, fc.integer({ min: 1, max: 7 }), (text, size) => {
        const decoder = new FrameDecoder();
        let delivered = "";
        const sink = {
          data: (bytes: Uint8Array): void => {
            delivered += latin1(bytes);
          },
          end: (): void => {
            delivered = "";
          },
        };
        for (const bytes of cut(bytesOf(text), size)) decoder.push(bytes, sink);
        const { rest } = splitAtDelimiter(text);
        expect(rest.startsWith(delivered)).toBe(true);
        expect(["", "]", "]]", "]]>", "]]>]", "]]>]]"]).toContain(rest.slice(delivered.length));
      }),
      { numRuns: 2000 },
    );
  });

  it("finds a delimiter wherever it stands in a long text", () => {
    for (let before = 0; before < 120; before++) {
      const text = `${"x".repeat(before)}]]>]]>${"y".repeat(40)}]]>]]>`;
      expect(readFrames([bytesOf(text)])).toEqual({ messages: ["x".repeat(before), "y".repeat(40)], end: "clean" });
    }
  });

  it("looks neither before nor behind what was pushed, wherever it lies in its buffer", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom("]]>]]>", "]", "]]>]", ">"),
        fc.integer({ min: 1, max: 70 }).map((length) => "x".repeat(length)),
        fc.integer({ min: 1, max: 70 }).map((length) => "\u00dd".repeat(length)),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pieces, fc.nat(9), (parts, offset) => {
        const text = parts.join("");
        const around = bytesOf(`${"]]>]]>]]>]]>".slice(0, offset) + text}]]>]]>`);
        const { messages } = splitAtDelimiter(text);
        expect(readFrames([around.subarray(offset, offset + text.length)]).messages).toEqual(messages);
      }),
      { numRuns: 2000 },
    );
  });

  it("finds a delimiter split over any number of pushes", () => {
    for (const text of ["abc]]>]]>", "]]]>]]>", "]]>]]]>]]>", "]]]]>]]]]>]]>", "]]>]]x]]>]]>"]) {
      const { messages } = splitAtDelimiter(text);
      for (let cuts = 0; cuts < 1 << (text.length - 1); cuts++) {
        const reads: Uint8Array[] = [];
        let from = 0;
        for (let at = 1; at <= text.length; at++) {
          if (at < text.length && ((cuts >> (at - 1)) & 1) === 0) continue;
          reads.push(bytesOf(text.slice(from, at)));
          from = at;
        }
        expect(readFrames(reads)).toEqual({ messages, end: "clean" });
      }
    }
  });

  it("gives views of what was pushed, not copies", () => {
    const chunk = bytesOf("<rpc/>]]>]]>");
    const views: Uint8Array[] = [];
    new FrameDecoder().push(chunk, { data: (bytes) => views.push(bytes), end: () => {} });
    expect(views).toHaveLength(1);
    expect(views[0]?.buffer).toBe(chunk.buffer);
  });

  it("stays linear on a flood of brackets", () => {
    for (const text of ["]".repeat(1 << 20), "]]>".repeat(1 << 18), ">".repeat(1 << 20), "]]>]".repeat(1 << 18)]) {
      const { messages, rest } = splitAtDelimiter(text);
      const reading = readFrames(cut(bytesOf(text), 4096));
      expect(reading.messages).toEqual(messages);
      expect(reading.end === "clean").toBe(rest === "");
    }
  });

  it("tolerates white space behind the last delimiter, and nothing else", () => {
    expect(readFrames([bytesOf("a]]>]]> \r\n\t")]).end).toBe("clean");
    expect(readFrames([bytesOf("a]]>]]>\n"), bytesOf("\n")]).end).toBe("clean");
    expect(readFrames([bytesOf("a]]>]]>\n]")]).end).toMatchObject({ code: "truncated" });
    expect(readFrames([bytesOf("a]]>]]>\n"), bytesOf("b"), bytesOf("\n")]).end).toMatchObject({ code: "truncated" });
  });

  it("holds maxMessageBytes: as many bytes pass, one more does not", () => {
    const limits = { maxMessageBytes: 10 };
    const full = bytesOf("0123456789]]>]]>0123456789]]>]]>");
    for (const reads of everySplit(full)) expect(readFrames(reads, limits).end).toBe("clean");
    const over = bytesOf("abc]]>]]>01234]]>789]]>]]>");
    for (const reads of everySplit(over)) {
      const reading = readFrames(reads, limits);
      expect(reading.messages).toEqual(["abc"]);
      expect(reading.end).toMatchObject({ code: "limit-message", fault: "peer", offset: 19 });
    }
  });

  it("has a limit of 256 MiB by default", () => {
    const decoder = new FrameDecoder();
    const chunk = new Uint8Array(1 << 20);
    const sink = { data: (): void => {}, end: (): void => {} };
    for (let i = 0; i < 256; i++) decoder.push(chunk, sink);
    expect(() => decoder.push(bytesOf("x"), sink)).toThrow(/268435456/);
  });

  it("gives messages or a peer error for any bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 8 }), (reads) => {
        const reading = readFrames(reads);
        const text = latin1(join(reads));
        expect(reading.messages).toEqual(splitAtDelimiter(text).messages);
        if (reading.end !== "clean") expect(reading.end.fault).toBe("peer");
      }),
    );
  });
});
