import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputBuffer } from "../../src/transport/input-buffer.ts";
import type { Role } from "../../src/transport/legal-messages.ts";
import { identification, VersionReader } from "../../src/transport/version-exchange.ts";
import { errorOf } from "../session/machine-pair.ts";

const utf8 = new TextEncoder();

function read(role: Role, text: string | Uint8Array, chunkBytes = 1 << 20): string | undefined {
  const bytes = typeof text === "string" ? utf8.encode(text) : text;
  const input = new InputBuffer();
  const reader = new VersionReader(role);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    input.append(bytes.subarray(at, at + chunkBytes));
    const version = reader.next(input);
    if (version !== undefined) return version;
  }
  return undefined;
}

const code = (role: Role, text: string | Uint8Array) => errorOf(() => read(role, text)).code;

describe("the version exchange (RFC 4253 §4.2)", () => {
  it("takes the RFC's example, whole and byte by byte, and keeps the comment", () => {
    for (const chunk of [1, 2, 1000]) {
      expect(read("client", "SSH-2.0-billsSSH_3.6.3q3\r\n", chunk)).toBe("SSH-2.0-billsSSH_3.6.3q3");
      expect(read("server", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", chunk)).toBe("SSH-2.0-OpenSSH_9.2p1 Debian-2");
    }
  });

  it("leaves what follows the line in the buffer", () => {
    const input = new InputBuffer();
    input.append(utf8.encode("SSH-2.0-a\r\nrest"));
    expect(new VersionReader("client").next(input)).toBe("SSH-2.0-a");
    expect(input.length).toBe(4);
  });

  it("takes a line that ends with LF alone", () => {
    expect(read("client", "SSH-2.0-old\n")).toBe("SSH-2.0-old");
  });

  it("lets a server say up to 50 lines before, and a client none", () => {
    const before = "Welcome, intruder\r\n".repeat(50);
    expect(read("client", `${before}SSH-2.0-a\r\n`)).toBe("SSH-2.0-a");
    expect(code("client", `${before}one more\r\nSSH-2.0-a\r\n`)).toBe("limit-exceeded");
    expect(code("server", "Welcome\r\nSSH-2.0-a\r\n")).toBe("version-mismatch");
  });

  it("takes a line of 255 bytes with its end, and not one more", () => {
    const longest = `SSH-2.0-${"x".repeat(255 - 8 - 2)}`;
    expect(read("client", `${longest}\r\n`)).toBe(longest);
    expect(code("client", `${longest}x\r\n`)).toBe("version-line-too-long");
    expect(code("client", "y".repeat(255))).toBe("version-line-too-long");
    expect(read("client", "y".repeat(254))).toBe(undefined);
  });

  it("takes 1.99 from a server and from nobody else (RFC 4253 §5.1)", () => {
    expect(read("client", "SSH-1.99-old\r\n")).toBe("SSH-1.99-old");
    expect(code("server", "SSH-1.99-old\r\n")).toBe("version-mismatch");
    for (const role of ["client", "server"] as const) {
      expect(code(role, "SSH-1.5-older\r\n")).toBe("version-mismatch");
      expect(code(role, "SSH-2.1-newer\r\n")).toBe("version-mismatch");
      expect(code(role, "SSH-2.0\r\n")).toBe("version-mismatch");
    }
  });

  it("refuses control characters and bytes beyond US-ASCII, and shows them escaped", () => {
    const error = errorOf(() => read("client", "SSH-2.0-\u001b[2Jevil\r\n"));
    expect(error).toMatchObject({ code: "version-mismatch", fault: "peer" });
    expect(error.message).toContain("\\u{1b}");
    expect(code("client", "SSH-2.0-a\u0000b\r\n")).toBe("version-mismatch");
    expect(code("client", "SSH-2.0-é\r\n")).toBe("version-mismatch");
  });

  it("tells a server at the first wrong byte that this is not SSH", () => {
    for (const text of ["G", "GET / HTTP/1.1\r\n", "\u0016\u0003\u0001", "SSx"])
      expect(code("server", text)).toBe("version-mismatch");
    expect(read("server", "SSH")).toBe(undefined);
  });

  it("gives a peer error or nothing for any bytes, however they are split", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.integer({ min: 1, max: 50 }), (bytes, chunk) => {
        for (const role of ["client", "server"] as const) {
          try {
            read(role, bytes, chunk);
          } catch (error) {
            expect(error).toMatchObject({ layer: "ssh", fault: "peer" });
          }
        }
      }),
    );
  });

  it("does not let our own software version break the line", () => {
    expect(identification("netconfkit_1.0 comment with - and blanks")).toMatch(/^SSH-2\.0-/);
    for (const bad of ["", "with-minus", "a\r\nb", "é", " x"])
      expect(errorOf(() => identification(bad))).toMatchObject({ code: "local-usage", fault: "local" });
  });
});
