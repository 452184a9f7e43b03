import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "../../src/wire/base64.ts";

describe("base64", () => {
  it("encodes the examples of RFC 4648 §10", () => {
    const examples = {
      "": "",
      f: "Zg==",
      fo: "Zm8=",
      foo: "Zm9v",
      foob: "Zm9vYg==",
      fooba: "Zm9vYmE=",
      foobar: "Zm9vYmFy",
    };
    for (const [plain, encoded] of Object.entries(examples)) {
      expect(encodeBase64(new TextEncoder().encode(plain))).toBe(encoded);
      expect(decodeBase64(encoded)).toEqual(new TextEncoder().encode(plain));
    }
  });

  it("agrees with a second implementation on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        expect(encodeBase64(bytes)).toBe(text);
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  it("refuses other characters, a wrong length and a second spelling of the same bytes (RFC 4648 §3.5)", () => {
    for (const bad of ["Zg", "Zg=", "Zg===", "=Zg=", "Z=g=", "Zm9v ", "Zm9\n", "Zm-_", "Zh==", "Zm9=", "===="])
      expect(decodeBase64(bad)).toBeUndefined();
  });
});
