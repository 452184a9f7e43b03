import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDialectError } from "../src/dialect-errors.ts";
import { DialectSniffer, type Sniffed, type SnifferOptions } from "../src/sniff.ts";
import { preambleLines } from "./support/outbound-ssh-preamble.ts";
import { proxyV2 } from "./support/proxy-header.ts";

const SSH: SnifferOptions = { transport: "ssh", fromBalancer: false };
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const latin1 = (chunk: Uint8Array): string => String.fromCharCode(...chunk);
const IDENT = "SSH-2.0-device_1\r\n";
const PREAMBLE = `${preambleLines("mx-7", "s3cret").join("\r\n")}\r\n`;
const V1 = "PROXY TCP4 192.0.2.1 198.51.100.5 51000 4334\r\n";

function sniff(text: string, options: SnifferOptions = SSH): Sniffed | undefined {
  const sniffer = new DialectSniffer(options);
  sniffer.receive(bytes(text));
  return sniffer.result;
}

function inPieces(text: string, cuts: readonly number[], options: SnifferOptions): string | Sniffed | undefined {
  const sniffer = new DialectSniffer(options);
  const all = bytes(text);
  const places = [0, ...cuts.map((cut) => cut % (all.length + 1)).toSorted((a, b) => a - b), all.length];
  try {
    let taken = 0;
    for (let at = 1; at < places.length && sniffer.result === undefined; at++) {
      taken = places[at] ?? 0;
      sniffer.receive(all.subarray(places[at - 1], taken));
    }
    const result = sniffer.result;
    return result && { ...result, rest: Uint8Array.from([...result.rest, ...all.subarray(taken)]) };
  } catch (error) {
    return isDialectError(error) ? error.code : String(error);
  }
}

describe("DialectSniffer", () => {
  it("RFC 4253 §4.2: knows SSH by its first four bytes, and takes none of them", () => {
    expect(sniff("SSH")).toBeUndefined();
    expect(sniff("SSH-")?.rest).toEqual(bytes("SSH-"));
    expect(sniff(`${IDENT}\x00\x01`)).toEqual({ proxy: undefined, preamble: [], rest: bytes(`${IDENT}\x00\x01`) });
  });

  it("RFC 4253 §4.2: leaves the lines before an identification to SSH", () => {
    const text = `Welcome to näs\r\nPress any key\n\r\n${IDENT}`;
    expect(sniff("Welcome")).toBeUndefined();
    expect(latin1(sniff(text)?.rest ?? new Uint8Array())).toBe(text);
  });

  it("takes the preamble of outbound-ssh, the blank lines behind it, and leaves the rest to SSH", () => {
    expect(sniff(PREAMBLE)).toBeUndefined();
    const result = sniff(`${PREAMBLE}\r\n\r\n${IDENT}`);
    expect(result?.preamble).toEqual(preambleLines("mx-7", "s3cret"));
    expect(latin1(result?.rest ?? new Uint8Array())).toBe(IDENT);
    expect(latin1(sniff(`${PREAMBLE}Welcome\r\n${IDENT}`)?.rest ?? new Uint8Array())).toBe(`Welcome\r\n${IDENT}`);
  });

  it("takes a PROXY header of either version from a balancer, and what follows it as from anybody", () => {
    for (const header of [V1, latin1(proxyV2(0x21, 0x11, Uint8Array.of(192, 0, 2, 1, 1, 1, 1, 1, 0xc7, 0x38, 0, 1)))]) {
      const result = sniff(header + PREAMBLE + IDENT, { ...SSH, fromBalancer: true });
      expect(result?.proxy?.source).toEqual({ address: "192.0.2.1", port: 51000 });
      expect(result?.preamble).toHaveLength(5);
      expect(latin1(result?.rest ?? new Uint8Array())).toBe(IDENT);
      expect(sniff(`${header}\x16\x03\x01`, { transport: "tls", fromBalancer: true })?.rest).toEqual(
        bytes("\x16\x03\x01"),
      );
    }
  });

  it("RFC 8071 §3.1: waits for nothing on TLS, where the manager speaks first", () => {
    expect(new DialectSniffer({ transport: "tls", fromBalancer: false }).result).toEqual({
      proxy: undefined,
      preamble: [],
      rest: new Uint8Array(),
    });
    expect(new DialectSniffer({ transport: "tls", fromBalancer: true }).result).toBeUndefined();
  });

  it.each([
    ["\x16\x03\x01\x00\xa5\x01", "tls-instead"],
    ["GET / HTTP/1.1\r\n", "http-instead"],
    ["POST /api HTTP/1.1\r\n", "http-instead"],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http-instead"],
    ["HTTP/1.1 400 Bad Request\r\n", "http-instead"],
    ['<?xml version="1.0"?><hello', "xml-instead"],
    ["<hello xmlns=", "xml-instead"],
    [V1, "proxy-header-unexpected"],
    [latin1(proxyV2(0x20, 0, new Uint8Array())), "proxy-header-unexpected"],
    ["\x00\x00\x00\x1c\x09", "not-ssh"],
    ["\x80\x2e\x01\x00\x02", "not-ssh"],
    ["text with a bell \x07", "not-ssh"],
    ["a NUL is for the preamble only \x00", "not-ssh"],
    ["MSG-ID: DEVICE-CONN-INFO\r\n\x01", "not-ssh"],
  ])("says what %j is, instead of SSH: %s, over any split", (text, code) => {
    expect(inPieces(text, [], SSH)).toBe(code);
    for (let cut = 0; cut < text.length; cut++) expect(inPieces(text, [cut], SSH)).toBe(code);
  });

  it("refuses a balancer that gives no header", () => {
    expect(inPieces(IDENT, [], { ...SSH, fromBalancer: true })).toBe("proxy-header-missing");
    expect(inPieces("P", [], { ...SSH, fromBalancer: true })).toBeUndefined();
  });

  it("bounds what comes before SSH: lines, one endless line, a preamble; the PROXY header does not count", () => {
    const options = { ...SSH, maxPreambleBytes: 100 };
    const lines = "0123456\r\n".repeat(11);
    expect(sniff(`${lines}\n${IDENT.repeat(9)}`, options)).toBeDefined();
    expect(() => sniff(`${lines}\n\n${IDENT}`, options)).toThrow(expect.objectContaining({ code: "limit-preamble" }));
    expect(sniff("x".repeat(100), options)).toBeUndefined();
    expect(() => sniff("x".repeat(101), options)).toThrow(
      expect.objectContaining({ code: "limit-preamble", fault: "peer" }),
    );
    expect(() => sniff(`MSG-ID: ${"x".repeat(93)}`, options)).toThrow(
      expect.objectContaining({ code: "limit-preamble" }),
    );
    expect(sniff(`${V1}${"x".repeat(100)}`, { ...options, fromBalancer: true })).toBeUndefined();
    expect(() => sniff("x".repeat(16_385))).toThrow(expect.objectContaining({ code: "limit-preamble" }));
  });

  it("holds no time up: 16 KiB in single bytes are looked at once each", () => {
    const sniffer = new DialectSniffer(SSH);
    for (let count = 0; count < 16_384; count++) sniffer.receive(bytes("x"));
    expect(sniffer.result).toBeUndefined();
    expect(() => sniffer.receive(bytes("x"))).toThrow(expect.objectContaining({ code: "limit-preamble" }));
  });

  it("tells an early end from a verdict", () => {
    for (const text of ["", "SSH", "Welcome\r\n", PREAMBLE]) {
      const sniffer = new DialectSniffer(SSH);
      sniffer.receive(bytes(text));
      expect(() => sniffer.receiveEnd()).toThrow(
        expect.objectContaining({ code: "closed-in-preamble", fault: "transport" }),
      );
    }
    const sniffer = new DialectSniffer(SSH);
    sniffer.receive(bytes(IDENT));
    expect(() => sniffer.receiveEnd()).not.toThrow();
  });

  it("gives the same verdict for any split", () => {
    const texts = [
      IDENT,
      `Hello\r\n${IDENT}`,
      `${PREAMBLE}\r\n${IDENT}`,
      V1 + PREAMBLE + IDENT,
      PREAMBLE,
      "GET / ",
      "PRO",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.boolean(),
        fc.array(fc.nat({ max: 2000 })),
        (text, fromBalancer, cuts) => {
          const options = { ...SSH, fromBalancer };
          expect(inPieces(text, cuts, options)).toEqual(inPieces(text, [], options));
        },
      ),
    );
  });

  it("answers any bytes with a verdict, with more to wait for, or with a typed error", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, fromBalancer) => {
        const outcome = inPieces(text, [3, 9], { ...SSH, fromBalancer });
        if (typeof outcome === "string") expect(outcome).not.toMatch(/ /);
      }),
    );
  });
});
