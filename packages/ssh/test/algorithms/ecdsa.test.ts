import { createPublicKey, type JsonWebKey, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { nobleProvider } from "../../src/algorithms/noble-provider.ts";
import { defaultServerAlgorithms, verifySignature } from "../../src/algorithms/registry.ts";
import {
  type EcdsaCurve,
  encodeEcdsaBlob,
  encodeEcdsaSignature,
  nistp256,
  nistp384,
  nistp521,
} from "../../src/algorithms/signatures/ecdsa.ts";
import { encodeSignatureBlob } from "../../src/algorithms/signatures/signature-blob.ts";
import { bytesToBigInt } from "../../src/wire/reader.ts";
import { SshWriter } from "../../src/wire/writer.ts";
import { seededRandom } from "../session/machine-pair.ts";
import { fromHex, toHex } from "../wire/hex.ts";

interface Curve {
  readonly curve: EcdsaCurve;
  readonly hash: string;
  readonly jwk: string;
  readonly order: bigint;
  /** RFC 6979: private key, and r and s of "sample". */
  readonly section: string;
  readonly secret: string;
  readonly r: string;
  readonly s: string;
}

const curves: readonly Curve[] = [
  {
    curve: nistp256,
    hash: "sha256",
    jwk: "P-256",
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    section: "A.2.5",
    secret: "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
    r: "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
    s: "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
  },
  {
    curve: nistp384,
    hash: "sha384",
    jwk: "P-384",
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    section: "A.2.6",
    secret: "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D8 96D5724E4C70A825F872C9EA60D2EDF5",
    r: "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C 81A648152E44ACF96E36DD1E80FABE46",
    s: "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94F A329C145786E679E7B82C71A38628AC8",
  },
  {
    curve: nistp521,
    hash: "sha512",
    jwk: "P-521",
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    section: "A.2.7",
    secret:
      "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75 CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B8 3538",
    r: "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F 174E25A1EE9017B5D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E3 77FA",
    s: "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF 282623EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4 A67A",
  },
];

const data = new TextEncoder().encode("the exchange hash");

for (const { curve, hash, jwk, order, section, secret, r, s } of curves) {
  const scheme = nobleProvider.signature(curve.scheme);
  const { length } = curve;
  const secretKey = fromHex(secret);
  const point = scheme.publicKey(secretKey)!;
  const blob = encodeEcdsaBlob(point, curve);
  const check = (signatureBlob: Uint8Array, publicBlob = blob, message = data, algorithm = curve.algorithm) =>
    verifySignature(nobleProvider, defaultServerAlgorithms.hostKey, algorithm, publicBlob, message, signatureBlob);
  const signed = () => scheme.sign(secretKey, data);
  /** The signature with its numbers written in some way of their own. */
  const written = (write: (writer: SshWriter, half: Uint8Array) => SshWriter) => {
    const signature = signed();
    const inner = write(write(new SshWriter(), signature.subarray(0, length)), signature.subarray(length));
    return encodeSignatureBlob(curve.algorithm, inner.take());
  };

  describe(curve.algorithm, () => {
    it(`gives the signature of RFC 6979 §${section} for "sample"`, () => {
      const signature = scheme.sign(secretKey, new TextEncoder().encode("sample"));
      expect(toHex(signature)).toBe(toHex(fromHex(r + s)));
    });

    it("is right over these bytes and with this key only", () => {
      const own = encodeEcdsaSignature(signed(), curve);
      expect(check(own)).toBe(true);
      expect(check(own, blob, data.subarray(1))).toBe(false);
      const other = scheme.generate(seededRandom(5)).publicKey;
      expect(check(own, encodeEcdsaBlob(other, curve))).toBe(false);
      for (let at = 0; at < own.length; at += 5) {
        const changed = own.slice();
        changed[at]! ^= 1;
        expect(check(changed)).toBe(false);
      }
      expect(check(Uint8Array.of(...own, 0))).toBe(false);
      expect(check(own.subarray(0, -1))).toBe(false);
    });

    it("is no signature of another curve's algorithm, nor its key another curve's key", () => {
      const own = encodeEcdsaSignature(signed(), curve);
      for (const { curve: other } of curves) {
        if (other === curve) continue;
        expect(check(own, blob, data, other.algorithm)).toBe(false);
        // Type and curve of a key have to agree (RFC 5656 §3.1).
        const mixed = new SshWriter().text(curve.algorithm).text(other.curve).string(point).take();
        expect(check(own, mixed)).toBe(false);
      }
    });

    it("accepts superfluous leading zeros, which some devices send, and a high s", () => {
      expect(check(written((writer, half) => writer.string(Uint8Array.of(0, 0, 0, ...half))))).toBe(true);
      const signature = signed();
      const high = order - bytesToBigInt(signature.subarray(length));
      signature.set(fromHex(high.toString(16).padStart(2 * length, "0")), length);
      expect(check(encodeEcdsaSignature(signature, curve))).toBe(true);
    });

    it("refuses numbers of zero, of the group order and longer ones", () => {
      const orderBytes = fromHex(order.toString(16).padStart(2 * length, "0"));
      for (const bad of [new Uint8Array(length), orderBytes]) {
        for (const at of [0, length]) {
          const signature = signed();
          signature.set(bad, at);
          expect(check(encodeEcdsaSignature(signature, curve))).toBe(false);
        }
      }
      expect(check(written((writer, half) => writer.string(Uint8Array.of(1, ...half))))).toBe(false);
      expect(check(written((writer) => writer.string(Uint8Array.of(0xff))))).toBe(false);
    });

    it("refuses points off the curve, compressed ones and wrong lengths", () => {
      const own = encodeEcdsaSignature(signed(), curve);
      const off = point.slice();
      off[2 * length]! ^= 1;
      const compressed = Uint8Array.of(2 + (point[2 * length]! & 1), ...point.subarray(1, 1 + length));
      for (const bad of [off, compressed, point.subarray(0, -1), Uint8Array.of(...point, 0), new Uint8Array(0)])
        expect(check(own, encodeEcdsaBlob(bad, curve))).toBe(false);
    });

    it("agrees with a second implementation in both directions", () => {
      const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
      const key: JsonWebKey = {
        kty: "EC",
        crv: jwk,
        x: text(point.subarray(1, 1 + length)),
        y: text(point.subarray(1 + length)),
        d: text(secretKey),
      };
      const form = { key, format: "jwk", dsaEncoding: "ieee-p1363" } as const;
      expect(verify(hash, data, { ...form, key: createPublicKey(form) } as never, signed())).toBe(true);
      const other = Uint8Array.from(sign(hash, data, form));
      expect(check(encodeEcdsaSignature(other, curve))).toBe(true);
    });
  });
}
