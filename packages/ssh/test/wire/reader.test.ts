import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSshError, type SshErrorCode } from "../../src/errors.ts";
import { bigIntToBytes, bytesToBigInt, SshReader } from "../../src/wire/reader.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { fromHex, toHex } from "./hex.ts";

describe("RFC 4251 §5 examples", () => {
  it('string: "testing"', () => {
    expect(toHex(new SshWriter().text("testing").take())).toBe("0000000774657374696e67");
    expect(new SshReader(fromHex("0000000774657374696e67")).text()).toBe("testing");
  });

  it("uint32: 699921578", () => {
    expect(toHex(new SshWriter().u32(699921578).take())).toBe("29b7f4aa");
    expect(new SshReader(fromHex("29b7f4aa")).u32()).toBe(699921578);
  });

  const mpints: readonly (readonly [string, string])[] = [
    ["0", "00000000"],
    ["9a378f9b2e332a7", "0000000809a378f9b2e332a7"],
    ["80", "000000020080"],
  ];
  for (const [value, encoded] of mpints)
    it(`mpint: ${value}`, () => {
      expect(new SshReader(fromHex(encoded)).mpint()).toBe(BigInt(`0x${value}`));
      expect(toHex(new SshWriter().mpint(fromHex(value.padStart(16, "0"))).take())).toBe(encoded);
    });

  it("mpint: negative numbers are refused, because none ever has a place here", () => {
    for (const encoded of ["00000002edcc", "00000005ff21524111"])
      expect(code(() => new SshReader(fromHex(encoded)).mpint())).toBe("malformed-message");
  });

  it('name-list: (), ("zlib"), ("zlib,none")', () => {
    const lists: readonly (readonly [readonly string[], string])[] = [
      [[], "00000000"],
      [["zlib"], "000000047a6c6962"],
      [["zlib", "none"], "000000097a6c69622c6e6f6e65"],
    ];
    for (const [names, encoded] of lists) {
      expect(toHex(new SshWriter().nameList(names).take())).toBe(encoded);
      expect(new SshReader(fromHex(encoded)).nameList()).toEqual(names);
    }
  });

  it("boolean: every non-zero value is true", () => {
    const reader = new SshReader(Uint8Array.of(0, 1, 255));
    expect([reader.bool(), reader.bool(), reader.bool()]).toEqual([false, true, true]);
  });
});

describe("SshReader", () => {
  it("reads back whatever SshWriter wrote", () => {
    const name = fc.stringMatching(/^[!-+\--~]{1,64}$/);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        fc.nat(0xffffffff),
        fc.bigInt(0n, 0xffffffffffffffffn),
        fc.uint8Array(),
        fc.string({ unit: "grapheme" }),
        fc.array(name, { maxLength: 20 }),
        fc.bigInt(0n, 1n << 2100n),
        (u8, bool, u32, u64, bytes, text, names, number) => {
          const written = new SshWriter(1)
            .u8(u8)
            .bool(bool)
            .u32(u32)
            .u64(u64)
            .string(bytes)
            .text(text)
            .nameList(names)
            .mpint(bigIntToBytes(number, 300))
            .bytes(bytes)
            .take();
          const reader = new SshReader(written);
          expect([reader.u8(), reader.bool(), reader.u32(), reader.u64()]).toEqual([u8, bool, u32, u64]);
          expect(reader.string()).toEqual(bytes);
          expect(reader.text()).toBe(text);
          expect(reader.nameList()).toEqual(names);
          expect(reader.mpint()).toBe(number);
          expect(reader.remaining).toBe(bytes.length);
          expect(reader.rest()).toEqual(bytes);
          reader.end();
        },
      ),
    );
  });

  it("answers garbage with the error of a peer and nothing else", () => {
    const reads = [
      (reader: SshReader) => reader.u8(),
      (reader: SshReader) => reader.u32(),
      (reader: SshReader) => reader.u64(),
      (reader: SshReader) => reader.bool(),
      (reader: SshReader) => reader.string(),
      (reader: SshReader) => reader.text(),
      (reader: SshReader) => reader.description(),
      (reader: SshReader) => reader.nameList(),
      (reader: SshReader) => reader.mpint(),
      (reader: SshReader) => reader.end(),
    ];
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.nat(reads.length - 1), { minLength: 5 }),
        (bytes, plan) => {
          const reader = new SshReader(bytes);
          try {
            for (const index of plan) reads[index]!(reader);
          } catch (error) {
            expect(isSshError(error) && error.code === "malformed-message" && error.fault === "peer").toBe(true);
          }
        },
      ),
    );
  });

  it("compares every length with the bytes left before it is used", () => {
    for (const length of ["ffffffff", "7fffffff", "00000005"])
      for (const read of ["string", "text", "nameList", "mpint"] as const)
        expect(code(() => new SshReader(fromHex(`${length}61626364`))[read]())).toBe("malformed-message");
  });

  it("gives views of its input, without a copy", () => {
    const input = fromHex("0000000361626399");
    const view = new SshReader(input).string();
    expect(view.buffer).toBe(input.buffer);
  });

  it("takes texts that are UTF-8 only, and repairs descriptions", () => {
    const latin = fromHex("00000002c328");
    expect(code(() => new SshReader(latin).text())).toBe("malformed-message");
    expect(new SshReader(latin).description()).toBe("\ufffd(");
    expect(new SshReader(fromHex("00000004efbbbf61")).text()).toBe("\ufeffa");
  });

  it("leaves out empty names in a name-list, as libssh 0.10 sends them (RFC 4251 §5 forbids them)", () => {
    const names = (text: string) => new SshReader(new SshWriter().text(text).take()).nameList();
    expect(names("a,,b")).toEqual(["a", "b"]);
    expect(names("a,")).toEqual(["a"]);
    expect(names(",")).toEqual([]);
  });

  it("refuses names that are too long, not printable or too many (RFC 4251 §6)", () => {
    const list = (text: string) => new SshReader(new SshWriter().text(text).take());
    expect(list("a".repeat(64)).nameList()).toEqual(["a".repeat(64)]);
    for (const text of ["a b", "a\n", "é", "a\0", "a".repeat(65)])
      expect(code(() => list(text).nameList())).toBe("malformed-message");
    const many = Array.from({ length: 256 }, (_, i) => `n${i}`);
    expect(list(many.join(",")).nameList()).toEqual(many);
    expect(code(() => list([...many, "x"].join(",")).nameList())).toBe("malformed-message");
    expect(list("a,b,c").nameList({ maxNames: 3 }).length).toBe(3);
    expect(code(() => list("a,b,c").nameList({ maxNames: 2 }))).toBe("malformed-message");
  });

  it("takes mpints up to 16384 bit, with superfluous zeros or without", () => {
    const mpint = (bytes: Uint8Array) => new SshReader(new SshWriter().string(bytes).take());
    expect(mpint(Uint8Array.of(0, 0, 5)).mpintBytes()).toEqual(Uint8Array.of(5));
    const largest = new Uint8Array(2049).fill(0xff);
    largest[0] = 0;
    expect(mpint(largest).mpintBytes().length).toBe(2048);
    expect(code(() => mpint(new Uint8Array(2050)).mpintBytes())).toBe("malformed-message");
  });

  it("says what it read and where it stopped", () => {
    const reader = new SshReader(Uint8Array.of(1, 0, 0), "key-format", "a key");
    reader.u8();
    expect(() => reader.u32()).toThrow("reading a key: 4 bytes are announced and only 2 are left, at byte 1");
    expect(code(() => reader.u32())).toBe("key-format");
  });
});

describe("SshWriter", () => {
  it("grows, and is empty after take()", () => {
    const writer = new SshWriter(1);
    const first = writer.u32(1).bytes(new Uint8Array(100)).take();
    expect(first.length).toBe(104);
    expect(writer.length).toBe(0);
    writer.u32(0xffffffff);
    expect(first[0]).toBe(0);
    expect(writer.take()).toEqual(new Uint8Array(4).fill(0xff));
    expect(writer.take().length).toBe(0);
  });

  it("gives its buffer away when it is exactly full, and never writes to it again", () => {
    const writer = new SshWriter(4);
    const full = writer.u32(7).take();
    expect(full.buffer.byteLength).toBe(4);
    writer.u32(9);
    expect(full).toEqual(Uint8Array.of(0, 0, 0, 7));
  });

  it("refuses numbers and names that do not fit, as errors of the caller", () => {
    for (const bad of [-1, 2 ** 32, 1.5, Number.NaN]) expect(code(() => new SshWriter().u32(bad))).toBe("local-usage");
    for (const bad of [-1n, 1n << 64n]) expect(code(() => new SshWriter().u64(bad))).toBe("local-usage");
    for (const bad of ["", "a,b", "a b", "x".repeat(65)])
      expect(code(() => new SshWriter().nameList([bad]))).toBe("local-usage");
  });
});

describe("big-endian numbers", () => {
  it("go to bytes and back", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 1n << 520n), (number) => {
        expect(bytesToBigInt(bigIntToBytes(number, 70))).toBe(number);
      }),
    );
    expect(bytesToBigInt(new Uint8Array())).toBe(0n);
  });
});

function code(run: () => unknown): SshErrorCode | "nothing was thrown" {
  try {
    run();
  } catch (error) {
    if (isSshError(error)) return error.code;
    throw error;
  }
  return "nothing was thrown";
}
