import type { SshErrorCode } from "../../errors.ts";
import { SshReader } from "../../wire/reader.ts";
import { SshWriter } from "../../wire/writer.ts";
import type { SignatureName } from "../provider.ts";
import type { HostKeyAlgorithm } from "./host-key-algorithm.ts";
import { decodeSignatureBlob, encodeSignatureBlob, verifiesTo } from "./signature-blob.ts";

/** A NIST curve as RFC 5656 §10.1 names it. */
export interface EcdsaCurve {
  /** The key type and the signature algorithm, which are the same here. */
  readonly algorithm: string;
  readonly curve: string;
  readonly scheme: SignatureName;
  /** Bytes of a coordinate, and of r and s. */
  readonly length: number;
}

export const nistp256: EcdsaCurve = {
  algorithm: "ecdsa-sha2-nistp256",
  curve: "nistp256",
  scheme: "nistp256",
  length: 32,
};

export const nistp384: EcdsaCurve = {
  algorithm: "ecdsa-sha2-nistp384",
  curve: "nistp384",
  scheme: "nistp384",
  length: 48,
};

export const nistp521: EcdsaCurve = {
  algorithm: "ecdsa-sha2-nistp521",
  curve: "nistp521",
  scheme: "nistp521",
  length: 66,
};

// RFC 5656 §3; the hash follows from the size of the curve (§6.2.1).
/** ecdsa-sha2-nistp256. */
export const ecdsaSha2Nistp256: HostKeyAlgorithm = /* @__PURE__ */ ecdsaAlgorithm(nistp256);
/** ecdsa-sha2-nistp384. */
export const ecdsaSha2Nistp384: HostKeyAlgorithm = /* @__PURE__ */ ecdsaAlgorithm(nistp384);
/** ecdsa-sha2-nistp521. */
export const ecdsaSha2Nistp521: HostKeyAlgorithm = /* @__PURE__ */ ecdsaAlgorithm(nistp521);

function ecdsaAlgorithm(curve: EcdsaCurve): HostKeyAlgorithm {
  return {
    name: curve.algorithm,
    keyType: curve.algorithm,
    verify: (provider, publicBlob, data, signatureBlob) =>
      verifiesTo(() => {
        const point = decodeEcdsaBlob(publicBlob, curve);
        const signature = decodeEcdsaSignature(signatureBlob, curve);
        return provider.signature(curve.scheme).verify(point, data, signature);
      }),
  };
}

/** The uncompressed point (RFC 5656 §3.1). The curve has to be the one of the key type. */
export function decodeEcdsaBlob(
  blob: Uint8Array,
  curve: EcdsaCurve,
  code: SshErrorCode = "malformed-message",
): Uint8Array {
  const reader = new SshReader(blob, code, `an ${curve.algorithm} key`);
  if (reader.text() !== curve.algorithm) reader.fail("it is of another type");
  if (reader.text() !== curve.curve) reader.fail("its curve is not the one of its type");
  const point = reader.string();
  if (point.length !== 2 * curve.length + 1 || point[0] !== 4) reader.fail("its point is not an uncompressed one");
  reader.end();
  return point;
}

export function encodeEcdsaBlob(point: Uint8Array, curve: EcdsaCurve): Uint8Array {
  return new SshWriter(64 + point.length).text(curve.algorithm).text(curve.curve).string(point).take();
}

/** RFC 5656 §3.1.2: r and s as mpints, here put side by side at their full length. */
export function decodeEcdsaSignature(blob: Uint8Array, curve: EcdsaCurve): Uint8Array {
  const reader = new SshReader(decodeSignatureBlob(blob, curve.algorithm), "malformed-message", "an ECDSA signature");
  const signature = new Uint8Array(2 * curve.length);
  for (const half of [1, 2]) {
    // Some devices send superfluous leading zeros; mpintBytes() drops them.
    const value = reader.mpintBytes();
    if (value.length > curve.length) reader.fail(`a number has ${value.length} bytes`);
    signature.set(value, half * curve.length - value.length);
  }
  reader.end();
  return signature;
}

export function encodeEcdsaSignature(signature: Uint8Array, curve: EcdsaCurve): Uint8Array {
  const inner = new SshWriter(2 * curve.length + 10)
    .mpint(signature.subarray(0, curve.length))
    .mpint(signature.subarray(curve.length))
    .take();
  return encodeSignatureBlob(curve.algorithm, inner);
}
