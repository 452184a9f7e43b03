import { p256, p384, p521 } from "@noble/curves/nist.js";
import { orUndefined } from "./or-undefined.ts";
import type { KeyAgreement, RandomSource, SignatureScheme } from "./provider.ts";

type NistCurve = "nistp256" | "nistp384" | "nistp521";
type NobleCurve = typeof p256;

/** ECDH on the curves of RFC 5656 §10.1. */
export const nistAgreements: Readonly<Record<NistCurve, KeyAgreement>> = {
  nistp256: /* @__PURE__ */ agreement(p256, 32),
  nistp384: /* @__PURE__ */ agreement(p384, 48),
  nistp521: /* @__PURE__ */ agreement(p521, 66),
};

/** ECDSA on the same curves, each with its own hash (RFC 5656 §6.2.1). */
export const nistSchemes: Readonly<Record<NistCurve, SignatureScheme>> = {
  nistp256: /* @__PURE__ */ scheme(p256, 32),
  nistp384: /* @__PURE__ */ scheme(p384, 48),
  nistp521: /* @__PURE__ */ scheme(p521, 66),
};

/** `length`: bytes of a coordinate. */
function agreement(curve: NobleCurve, length: number): KeyAgreement {
  return {
    publicKeyLength: 2 * length + 1,
    generate: (random) => keyPair(curve, length, random),
    sharedSecret: (secretKey, peer) => {
      // RFC 5656 §4 allows compressed points only when agreed on, and nobody does: uncompressed, exact length.
      if (!isUncompressed(peer, length)) return undefined;
      // Throws for points that are not on the curve and for the point at infinity.
      return orUndefined(() => curve.getSharedSecret(secretKey, peer, false).slice(1, 1 + length));
    },
  };
}

function scheme(curve: NobleCurve, length: number): SignatureScheme {
  return {
    secretKeyLength: length,
    publicKeyLength: 2 * length + 1,
    signatureLength: 2 * length,
    generate: (random) => keyPair(curve, length, random),
    publicKey: (secretKey) => orUndefined(() => curve.getPublicKey(secretKey, false)),
    // RFC 6979: the nonce follows from key and message, so a bad random source cannot give the key away.
    sign: (secretKey, data) => curve.sign(data, secretKey, { prehash: true, lowS: false, format: "compact" }),
    verify: (publicKey, data, signature) =>
      isUncompressed(publicKey, length) &&
      // lowS is a rule of other protocols: half of all valid ECDSA signatures would be refused.
      orUndefined(() => curve.verify(signature, data, publicKey, { prehash: true, lowS: false, format: "compact" })) ===
        true,
  };
}

function keyPair(
  curve: NobleCurve,
  length: number,
  random: RandomSource,
): { secretKey: Uint8Array; publicKey: Uint8Array } {
  // Half as many bytes again as the scalar has: the reduction modulo the group order leaves no measurable bias.
  const secretKey = curve.utils.randomSecretKey(random(length + length / 2));
  return { secretKey, publicKey: curve.getPublicKey(secretKey, false) };
}

function isUncompressed(point: Uint8Array, length: number): boolean {
  return point.length === 2 * length + 1 && point[0] === 4;
}
