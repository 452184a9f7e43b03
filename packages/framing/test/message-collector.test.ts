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
});
