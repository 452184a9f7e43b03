import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJson } from "../src/json-reader.ts";
import { plain } from "./support/plain-json.ts";

function parsed(read: () => unknown): { readonly value: unknown } | "refused" {
  try {
    return { value: read() };
  } catch {
    return "refused";
  }
}

const fails = (text: string, place: object): void =>
  expect(() => readJson(text), text).toThrow(
    expect.objectContaining({ code: "config-syntax", problems: [expect.objectContaining(place)] }),
  );

describe("readJson", () => {
  it("reads what JSON.parse reads, with any white space (RFC 8259 §2)", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, "\t", "\r\n"), (value, space) => {
        const text = JSON.stringify(value, undefined, typeof space === "number" ? space : " ").replaceAll(
          "\n",
          space === "\r\n" ? "\r\n" : "\n",
        );
        expect(plain(readJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("refuses what JSON.parse refuses, in any text with one character changed", () => {
    const start = '{"a": [1, -2.5e+3, "x\\u0041\\n", true], "b": {"c": null, "d": ""}}';
    const signs = fc.constantFrom(...'{}[]:,"\\ 0.1e-+tfnu\n\u0001');
    fc.assert(
      fc.property(fc.nat(start.length - 1), signs, fc.constantFrom(0, 1), (at, sign, dropped) => {
        const text = start.slice(0, at) + sign + start.slice(at + dropped);
        const [ours, theirs] = [parsed(() => plain(readJson(text))), parsed(() => JSON.parse(text))];
        // A name that is there twice is the one thing that only we refuse.
        if (ours === "refused" && theirs !== "refused") expect(() => readJson(text)).toThrow(/stands there twice/);
        else expect(ours).toEqual(theirs);
      }),
      { numRuns: 2000 },
    );
  });

  it("says line and column of what is wrong", () => {
    fails("", { line: 1, column: 1 });
    fails('{\n  "a": 1,\n}', { line: 3, column: 1 });
    fails('{\r\n  "a": 1\r\n  "b": 2\r\n}', { line: 3, column: 3 });
    fails('["a", tru]', { line: 1, column: 7 });
    fails('["open', { line: 1, column: 2 });
    fails('["two\nlines"]', { line: 1, column: 6 });
    fails("[1] x", { line: 1, column: 5 });
    fails("[01]", { line: 1, column: 2 });
    fails("// no comments\n{}", { line: 1, column: 1 });
  });

  it("refuses a member that is there twice (RFC 8259 §4)", () => {
    expect(() => readJson('{"a": 1,\n "\\u0061": 2}')).toThrow(
      expect.objectContaining({
        code: "config-duplicate-member",
        problems: [expect.objectContaining({ line: 2, column: 2 })],
      }),
    );
  });

  it("takes 32 levels and no more", () => {
    const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
    expect(() => readJson(nested(33))).not.toThrow();
    fails(nested(34), { message: "it is nested more than 32 deep" });
    fails("[".repeat(100_000), { line: 1, column: 34 });
  });

  it("takes 16 Mi characters and no more", () => {
    const limit = 16 * 1024 * 1024;
    expect(() => readJson(`0${" ".repeat(limit - 1)}`)).not.toThrow();
    expect(() => readJson(`0${" ".repeat(limit)}`)).toThrow(expect.objectContaining({ code: "config-too-large" }));
  });
});
