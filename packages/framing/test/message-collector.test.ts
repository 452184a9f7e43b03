import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageCollector } from "../src/mod.ts";
import { bytesOf, latin1 } from "./read-frames.ts";

describe("MessageCollector", () => {
  it("hands a message in one piece on without a copy", () => {
    const messages: Uint8Array[] = [];
    const collector = new MessageCollector((message) => messages.push(message));
    const piece = bytesOf("<rpc/>");
    collector.data(piece);
    collector.end();
    expect(messages[0]).toBe(piece);
  });

  it("joins pieces of any size in order", () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1000, max: 20_000 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 3 }), (shapes) => {
        const messages: string[] = [];
        const expected: string[] = [];
        const collector = new MessageCollector((message) => messages.push(latin1(message)));
        let next = 0;
        for (const shape of shapes) {
          let whole = "";
          for (const size of shape) {
            const piece = Uint8Array.from({ length: size }, () => next++ % 251);
            collector.data(piece);
            whole += latin1(piece);
          }
          collector.end();
          expected.push(whole);
        }
        expect(messages).toEqual(expected);
      }),
    );
  });

  it("does not see later changes of small pieces after the first", () => {
    const messages: string[] = [];
    const collector = new MessageCollector((message) => messages.push(latin1(message)));
    const piece = bytesOf("a");
    collector.data(bytesOf("x"));
    for (const letter of "bcd") {
      piece[0] = letter.charCodeAt(0);
      collector.data(piece);
    }
    collector.end();
    expect(messages).toEqual(["xbcd"]);
  });

  it("gives an empty message as an empty array", () => {
    const messages: Uint8Array[] = [];
    new MessageCollector((message) => messages.push(message)).end();
    expect(messages).toEqual([new Uint8Array(0)]);
  });

  it("holds its limit: as many bytes pass, one more is refused and forgotten", () => {
    const messages: string[] = [];
    const collector = new MessageCollector((message) => messages.push(latin1(message)), { maxMessageBytes: 4 });
    collector.data(bytesOf("ab"));
    collector.data(bytesOf("cd"));
    expect(collector.length).toBe(4);
    collector.end();
    collector.data(bytesOf("abcd"));
    expect(() => collector.data(bytesOf("e"))).toThrow(
      expect.objectContaining({ code: "limit-message", fault: "peer" }),
    );
    expect(collector.length).toBe(0);
    expect(messages).toEqual(["abcd"]);
  });

  it("has a limit that may be changed between messages", () => {
    const collector = new MessageCollector(() => {}, { maxMessageBytes: 1 });
    collector.maxMessageBytes = 2;
    collector.data(bytesOf("ab"));
    expect(collector.maxMessageBytes).toBe(2);
    expect(() => {
      collector.maxMessageBytes = Number.NaN;
    }).toThrow(expect.objectContaining({ code: "bad-limit" }));
  });

  it("gives each message a buffer of its own, at most twice its size", () => {
    const messages: Uint8Array[] = [];
    const collector = new MessageCollector((message) => messages.push(message));
    for (let i = 0; i < 2; i++) {
      for (let piece = 0; piece < 3000; piece++) collector.data(bytesOf("ab"));
      collector.end();
    }
    expect(messages.map((message) => message.length)).toEqual([6000, 6000]);
    expect(messages[0]?.buffer).not.toBe(messages[1]?.buffer);
    expect(messages[0]?.buffer.byteLength).toBeLessThanOrEqual(12_000);
  });

  it("grows no buffer past its limit", () => {
    const messages: Uint8Array[] = [];
    const collector = new MessageCollector((message) => messages.push(message), { maxMessageBytes: 1500 });
    for (let piece = 0; piece < 15; piece++) collector.data(new Uint8Array(100));
    collector.end();
    expect(messages.map((message) => [message.length, message.buffer.byteLength])).toEqual([[1500, 1500]]);
  });

  describe("with reuseBytes", () => {
    const collect = (reuseBytes: number, ...sizes: number[]): Uint8Array[] => {
      const messages: Uint8Array[] = [];
      const collector = new MessageCollector((message) => messages.push(message), { reuseBytes });
      for (const [i, size] of sizes.entries()) {
        for (let at = 0; at < size; at += 100) collector.data(new Uint8Array(Math.min(100, size - at)).fill(i + 1));
        collector.end();
      }
      return messages;
    };

    it("keeps the buffer for the next message, which overwrites the last one", () => {
      const [first, second] = collect(5000, 3000, 2500);
      expect(second?.buffer).toBe(first?.buffer);
      expect([first?.length, second?.length]).toEqual([3000, 2500]);
      expect([...new Set(second)]).toEqual([2]);
      expect([...new Set(first)]).toEqual([2, 1]);
    });

    it("keeps it for a message of as many bytes, and not for one more", () => {
      const [full, next] = collect(5000, 5000, 300);
      expect(next?.buffer).toBe(full?.buffer);
      const [over, after] = collect(5000, 5001, 300);
      expect(after?.buffer).not.toBe(over?.buffer);
      expect([...new Set(over)]).toEqual([1]);
    });

    it("still hands a message in one piece on without a copy", () => {
      const messages: Uint8Array[] = [];
      const collector = new MessageCollector((message) => messages.push(message), { reuseBytes: 5000 });
      const piece = bytesOf("<rpc/>");
      for (const bytes of [bytesOf("<a"), bytesOf("/>")]) collector.data(bytes);
      collector.end();
      collector.data(piece);
      collector.end();
      expect(messages[1]).toBe(piece);
    });

    it("does not mix an interrupted message into the next one", () => {
      const messages: string[] = [];
      const collector = new MessageCollector((message) => messages.push(latin1(message)), {
        reuseBytes: 5000,
        maxMessageBytes: 4,
      });
      for (const text of ["ab", "cd"]) collector.data(bytesOf(text));
      expect(() => collector.data(bytesOf("e"))).toThrow(expect.objectContaining({ code: "limit-message" }));
      for (const text of ["x", "yz"]) collector.data(bytesOf(text));
      collector.end();
      expect(messages).toEqual(["xyz"]);
    });

    it("refuses what is no number of bytes", () => {
      for (const reuseBytes of [-1, Number.NaN]) {
        expect(() => new MessageCollector(() => {}, { reuseBytes })).toThrow(
          expect.objectContaining({ code: "bad-limit", fault: "local" }),
        );
      }
    });
  });
});
