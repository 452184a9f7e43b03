import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDialectError } from "../src/dialect-errors.ts";
import { crc32c, decodeProxyHeader } from "../src/proxy-protocol.ts";
import { CRC32C, proxyV2, tlv } from "./support/proxy-header.ts";

const text = (line: string): Uint8Array => new TextEncoder().encode(line);
const V1 = "PROXY TCP4 192.0.2.1 198.51.100.5 51000 4334\r\n";
const ADDRESSES = Uint8Array.of(192, 0, 2, 1, 198, 51, 100, 5, 0xc7, 0x38, 0x10, 0xee);

describe("decodeProxyHeader", () => {
  it("PROXY protocol §2.1: reads a line, over any split", () => {
    const bytes = text(`${V1}SSH-2.0-x\r\n`);
    for (let end = 0; end < V1.length; end++) expect(decodeProxyHeader(bytes.subarray(0, end))).toBeUndefined();
    for (let end = V1.length; end <= bytes.length; end++) {
      expect(decodeProxyHeader(bytes.subarray(0, end))).toEqual({
        version: 1,
        command: "proxy",
        source: { address: "192.0.2.1", port: 51000 },
        length: V1.length,
      });
    }
  });

  it("PROXY protocol §2.1: reads IPv6, and an origin that the balancer does not know", () => {
    expect(decodeProxyHeader(text("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n"))?.source).toEqual({
      address: "2001:db8::1",
      port: 1,
    });
    expect(decodeProxyHeader(text("PROXY UNKNOWN\r\n"))).toMatchObject({ source: undefined, length: 15 });
    expect(decodeProxyHeader(text("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"))?.source).toBeUndefined();
  });

  it.each([
    "PROXY TCP4 192.0.2.1 198.51.100.5 51000\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.5 051 4334\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.5 65536 4334\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.256 1 2\r\n",
    "PROXY TCP4 ::1 ::2 1 2\r\n",
    "PROXY TCP6 192.0.2.1 198.51.100.5 1 2\r\n",
    "PROXY  TCP4 192.0.2.1 198.51.100.5 1 2\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.5 1 2\n",
    "PROXY UDP4 192.0.2.1 198.51.100.5 1 2\r\n",
    `PROXY UNKNOWN ${"x".repeat(100)}\r\n`,
  ])("PROXY protocol §2.1: refuses %j", (line) => {
    expect(() => decodeProxyHeader(text(line))).toThrow(
      expect.objectContaining({ code: "proxy-header-malformed", fault: "peer" }),
    );
  });

  it("PROXY protocol §2.1: takes 107 bytes and not one more", () => {
    const longest = `PROXY UNKNOWN ${"x".repeat(107 - 16)}\r\n`;
    expect(decodeProxyHeader(text(longest))?.length).toBe(107);
    expect(decodeProxyHeader(text(longest.slice(0, 106)))).toBeUndefined();
    expect(() => decodeProxyHeader(text(`PROXY ${"x".repeat(101)}`))).toThrow(
      expect.objectContaining({ code: "proxy-header-malformed" }),
    );
  });

  it("PROXY protocol §2.2: reads bytes, over any split, and skips extensions", () => {
    const header = proxyV2(0x21, 0x11, ADDRESSES, tlv(0x04, 5), tlv(0xee, 30), tlv(CRC32C, 4));
    for (let end = 0; end < header.length; end++) expect(decodeProxyHeader(header.subarray(0, end))).toBeUndefined();
    expect(decodeProxyHeader(header)).toEqual({
      version: 2,
      command: "proxy",
      source: { address: "192.0.2.1", port: 51000 },
      length: header.length,
    });
  });

  it("PROXY protocol §2.2: reads IPv6; UNIX and unspecified have no address", () => {
    const ipv6 = new Uint8Array(36);
    ipv6.set([0x20, 0x01, 0x0d, 0xb8]);
    ipv6[15] = 9;
    ipv6[33] = 7;
    expect(decodeProxyHeader(proxyV2(0x21, 0x21, ipv6))?.source).toEqual({ address: "2001:db8:0:0:0:0:0:9", port: 7 });
    expect(decodeProxyHeader(proxyV2(0x21, 0x31, new Uint8Array(216)))?.source).toBeUndefined();
    expect(decodeProxyHeader(proxyV2(0x21, 0x00, new Uint8Array(0)))?.source).toBeUndefined();
  });

  it("PROXY protocol §2.2: what a LOCAL connection says of addresses is not looked at", () => {
    expect(decodeProxyHeader(proxyV2(0x20, 0xff, Uint8Array.of(1, 2, 3)))).toMatchObject({
      command: "local",
      source: undefined,
      length: 19,
    });
  });

  it.each([
    ["version 1 in bytes", proxyV2(0x11, 0x11, ADDRESSES)],
    ["an unknown command", proxyV2(0x22, 0x11, ADDRESSES)],
    ["datagrams", proxyV2(0x21, 0x12, ADDRESSES)],
    ["addresses cut off", proxyV2(0x21, 0x11, ADDRESSES.subarray(0, 11))],
    ["an extension's head cut off", proxyV2(0x21, 0x11, ADDRESSES, Uint8Array.of(4, 0))],
    ["an extension cut off", proxyV2(0x21, 0x11, ADDRESSES, Uint8Array.of(4, 0, 2, 0))],
    ["a checksum of 3 bytes", proxyV2(0x21, 0x11, ADDRESSES, tlv(CRC32C, 3))],
  ])("PROXY protocol §2.2: refuses %s", (_, header) => {
    expect(() => decodeProxyHeader(header)).toThrow(expect.objectContaining({ code: "proxy-header-malformed" }));
  });

  it("PROXY protocol §2.2.4: refuses every changed bit under a checksum", () => {
    const header = proxyV2(0x21, 0x11, ADDRESSES, tlv(CRC32C, 4));
    for (let at = 16; at < header.length; at++) {
      if (at === header.length - 7) continue; // the type: changed, it is no checksum any more
      const changed = header.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => decodeProxyHeader(changed)).toThrow(/checksum|extension/);
    }
  });

  it("bounds the header and its extensions: one over is refused, before the bytes are there", () => {
    const header = proxyV2(0x21, 0x11, ADDRESSES, ...Array.from({ length: 64 }, () => tlv(0x04, 0)));
    expect(decodeProxyHeader(header)?.length).toBe(header.length);
    const more = proxyV2(0x21, 0x11, ADDRESSES, ...Array.from({ length: 65 }, () => tlv(0x04, 0)));
    expect(() => decodeProxyHeader(more)).toThrow(expect.objectContaining({ code: "limit-proxy-header" }));
    expect(decodeProxyHeader(header, { maxHeaderBytes: header.length })).toBeDefined();
    expect(() => decodeProxyHeader(header.subarray(0, 16), { maxHeaderBytes: header.length - 1 })).toThrow(
      expect.objectContaining({ code: "limit-proxy-header" }),
    );
  });

  it("RFC 9260 Appendix A: computes CRC32c (check value of the polynomial)", () => {
    expect(crc32c(text("123456789"))).toBe(0xe3069283);
  });

  it("gives a header, more to wait for, or a typed error of the peer for any bytes", () => {
    const starts = [text("PROXY "), proxyV2(0x21, 0x11, ADDRESSES).subarray(0, 13), new Uint8Array(0)];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }), (start, bytes) => {
        try {
          decodeProxyHeader(Uint8Array.from([...start, ...bytes]));
        } catch (error) {
          expect(isDialectError(error) && error.fault).toBe("peer");
        }
      }),
    );
  });
});
