/** What a curve of RFC 5656 §10.1 is called elsewhere, and its numbers. */
export interface NodeNistCurve {
  readonly name: "nistp256" | "nistp384" | "nistp521";
  readonly openssl: string;
  readonly jwk: string;
  /** The hash of ECDSA with this curve (RFC 5656 §6.2.1). */
  readonly hash: string;
  /** Bytes of a coordinate and of a scalar. */
  readonly length: number;
  readonly order: bigint;
}

// The group orders: FIPS 186-4 appendix D.1.2.
export const nistCurves: readonly NodeNistCurve[] = [
  {
    name: "nistp256",
    openssl: "prime256v1",
    jwk: "P-256",
    hash: "sha256",
    length: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  {
    name: "nistp384",
    openssl: "secp384r1",
    jwk: "P-384",
    hash: "sha384",
    length: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  {
    name: "nistp521",
    openssl: "secp521r1",
    jwk: "P-521",
    hash: "sha512",
    length: 66,
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
];

/**
 * A secret scalar from random bytes, half as many again as it has: the reduction leaves no measurable bias (FIPS 186-5
 * appendix A.2.1). The same bytes give the same key as `nobleProvider` makes of them.
 */
export function secretScalar(curve: NodeNistCurve, random: (length: number) => Uint8Array): Uint8Array {
  const seed = random(curve.length + curve.length / 2);
  const scalar = (BigInt(`0x${Buffer.from(seed).toString("hex")}`) % (curve.order - 1n)) + 1n;
  return new Uint8Array(Buffer.from(scalar.toString(16).padStart(2 * curve.length, "0"), "hex"));
}

/** An uncompressed point of the right length; whether it lies on the curve, OpenSSL checks. */
export function isUncompressedPoint(curve: NodeNistCurve, point: Uint8Array): boolean {
  return point.length === 2 * curve.length + 1 && point[0] === 4;
}
