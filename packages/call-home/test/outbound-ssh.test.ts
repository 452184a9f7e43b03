import { createHmac, timingSafeEqual } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "../src/base64.ts";
import { checkProvedHostKey, provesHostKey, readOutboundSsh } from "../src/outbound-ssh.ts";
import {
  HOST_KEY,
  hmacSha1,
  hostKeyText,
  OTHER_BLOB,
  PUBLIC_BLOB,
  preambleLines,
} from "./support/outbound-ssh-preamble.ts";

const none = { secretOf: () => undefined, hmacSha1 };
const secret = { secretOf: (id: string) => (id === "mx-7" ? "s3cret" : undefined), hmacSha1 };

describe("readOutboundSsh", () => {
  it("reads the short form: a claim that proves nothing", () => {
    const preamble = readOutboundSsh(preambleLines("mx-7"), none);
    expect(preamble).toEqual({ deviceId: "mx-7", hostKey: undefined, proved: false });
    expect(provesHostKey(preamble, PUBLIC_BLOB)).toBe(false);
    expect(() => checkProvedHostKey(preamble, PUBLIC_BLOB)).not.toThrow();
  });

  it("takes the host key that the secret proves, and no other (RFC 8071 §3.1 C5)", () => {
    const preamble = readOutboundSsh(preambleLines("mx-7", "s3cret"), secret);
    expect(preamble).toMatchObject({ deviceId: "mx-7", proved: true, hostKey: { algorithm: "ssh-ed25519" } });
    expect(preamble.hostKey?.publicBlob).toEqual(PUBLIC_BLOB);
    expect(provesHostKey(preamble, PUBLIC_BLOB)).toBe(true);
    expect(() => checkProvedHostKey(preamble, OTHER_BLOB)).toThrow(
      expect.objectContaining({ code: "outbound-ssh-wrong-host-key" }),
    );
  });

  it("computes the HMAC over the text of the key, without NULs at its end, as devices do", () => {
    const hmac = createHmac("sha1", "s3cret").update(HOST_KEY).digest("hex");
    const lines = [
      "MSG-ID: DEVICE-CONN-INFO",
      "MSG-VER: V1",
      "DEVICE-ID: mx-7",
      `HOST-KEY: ${HOST_KEY}\0`,
      `HMAC:${hmac.toUpperCase()}`,
    ];
    expect(readOutboundSsh(lines, secret).proved).toBe(true);
  });

  it("does not look at an HMAC of a device that has no secret", () => {
    expect(readOutboundSsh(preambleLines("ex-1", "whatever"), secret)).toMatchObject({
      deviceId: "ex-1",
      proved: false,
    });
  });

  it.each([
    ["a wrong secret", preambleLines("mx-7", "other"), "outbound-ssh-wrong-hmac"],
    [
      "the HMAC of another key",
      [...preambleLines("mx-7"), `HOST-KEY: ${hostKeyText(OTHER_BLOB)}`, preambleLines("mx-7", "s3cret")[4] ?? ""],
      "outbound-ssh-wrong-hmac",
    ],
    ["no HMAC", preambleLines("mx-7", "s3cret").slice(0, 4), "outbound-ssh-unproved"],
    ["neither key nor HMAC", preambleLines("mx-7"), "outbound-ssh-unproved"],
    ["an HMAC that is none", [...preambleLines("mx-7", "s3cret").slice(0, 4), "HMAC: 12"], "outbound-ssh-malformed"],
    ["another message", ["MSG-ID: HELLO", "MSG-VER: V1", "DEVICE-ID: mx-7"], "outbound-ssh-malformed"],
    ["another version", ["MSG-ID: DEVICE-CONN-INFO", "MSG-VER: V2", "DEVICE-ID: mx-7"], "outbound-ssh-version"],
    ["no DEVICE-ID", ["MSG-ID: DEVICE-CONN-INFO", "MSG-VER: V1"], "outbound-ssh-malformed"],
    ["an empty DEVICE-ID", ["MSG-ID: DEVICE-CONN-INFO", "MSG-VER: V1", "DEVICE-ID:"], "outbound-ssh-malformed"],
    ["a field twice", [...preambleLines("mx-7"), "DEVICE-ID: mx-8"], "outbound-ssh-malformed"],
    ["a DEVICE-ID one over the limit", preambleLines("x".repeat(257)), "outbound-ssh-malformed"],
    ["a key that is none", [...preambleLines("mx-7"), "HOST-KEY: ssh-ed25519 ????"], "outbound-ssh-malformed"],
    [
      "a key of another algorithm",
      [...preambleLines("mx-7"), `HOST-KEY: ssh-rsa ${encodeBase64(PUBLIC_BLOB)}`],
      "outbound-ssh-malformed",
    ],
  ])("refuses %s", (_, lines, code) => {
    expect(() => readOutboundSsh(lines, secret)).toThrow(expect.objectContaining({ code, fault: "peer" }));
  });

  it("refuses to work with an empty secret, and shows none", () => {
    expect(() => readOutboundSsh(preambleLines("mx-7", "x"), { ...secret, secretOf: () => "" })).toThrow(
      expect.objectContaining({ code: "invalid-options", fault: "local" }),
    );
    try {
      readOutboundSsh(preambleLines("mx-7", "other"), secret);
    } catch (error) {
      expect(String(error)).not.toContain("s3cret");
    }
    expect(
      timingSafeEqual(hmacSha1(new Uint8Array(1), new Uint8Array(1)), hmacSha1(new Uint8Array(1), new Uint8Array(1))),
    ).toBe(true);
  });
});

describe("base64", () => {
  it("RFC 4648 §10: encodes and decodes its own examples", () => {
    const pairs = [
      ["", ""],
      ["f", "Zg=="],
      ["fo", "Zm8="],
      ["foo", "Zm9v"],
      ["foob", "Zm9vYg=="],
      ["fooba", "Zm9vYmE="],
      ["foobar", "Zm9vYmFy"],
    ];
    for (const [plain = "", coded = ""] of pairs) {
      expect(encodeBase64(new TextEncoder().encode(plain))).toBe(coded);
      expect(decodeBase64(coded)).toEqual(new TextEncoder().encode(plain));
    }
    expect(encodeBase64(new TextEncoder().encode("f"), false)).toBe("Zg");
  });

  it.each(["Zg", "Zg=", "Zh==", "Zm9=", "Zm 9", "Zg==Zg==", "=", "Z===", "Zm-_"])(
    "RFC 4648 §3.5: refuses %j",
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );
});
