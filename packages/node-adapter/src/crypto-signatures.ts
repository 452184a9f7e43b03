import { createPrivateKey, createPublicKey, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";
import type { CryptoProvider } from "@netconf-kit/ssh";
import { base64url, orUndefined, plainBytes } from "./crypto-bytes.ts";
import { nistPublicKey, okpPrivateKey, rawPublicKey } from "./crypto-key-agreement.ts";
import { isUncompressedPoint, type NodeNistCurve, secretScalar } from "./crypto-nist-curves.ts";

type SignatureScheme = ReturnType<CryptoProvider["signature"]>;

/** A signature scheme under the name that SSH knows it by. */
export interface NamedScheme {
  readonly name: string;
  readonly scheme: SignatureScheme;
}

export const nodeEd25519: NamedScheme = {
  name: "ed25519",
  scheme: {
    secretKeyLength: 32,
    publicKeyLength: 32,
    signatureLength: 64,
    generate: (random) => {
      const secretKey = random(32);
      return { secretKey, publicKey: rawPublicKey(okpPrivateKey("Ed25519", secretKey)) };
    },
    publicKey: (secretKey) =>
      secretKey.length === 32 ? orUndefined(() => rawPublicKey(okpPrivateKey("Ed25519", secretKey))) : undefined,
    sign: (secretKey, data) => plainBytes(sign(null, data, signingKey(secretKey))),
    verify: (publicKey, data, signature) =>
      publicKey.length === 32 &&
      signature.length === 64 &&
      orUndefined(() => {
        const key = { kty: "OKP", crv: "Ed25519", x: base64url(publicKey) };
        return verify(null, data, createPublicKey({ key, format: "jwk" }), signature);
      }) === true,
  },
};

/** Keys that have signed, as OpenSSL's objects: making one costs as much as a signature. They go when the bytes go. */
const signingKeys = new WeakMap<Uint8Array, { readonly secret: Uint8Array; readonly key: KeyObject }>();

/** Compared with what the bytes are now: a key that has been wiped signs no more. */
function signingKey(secretKey: Uint8Array): KeyObject {
  const known = signingKeys.get(secretKey);
  if (known !== undefined && timingSafeEqual(known.secret, secretKey)) return known.key;
  const key = okpPrivateKey("Ed25519", secretKey);
  signingKeys.set(secretKey, { secret: secretKey.slice(), key });
  return key;
}

/** ECDSA with the hash of the curve. OpenSSL makes the nonces. */
export function nodeEcdsa(curve: NodeNistCurve): NamedScheme {
  const { length } = curve;
  const dsaEncoding = "ieee-p1363";
  return {
    name: curve.name,
    scheme: {
      secretKeyLength: length,
      publicKeyLength: 2 * length + 1,
      signatureLength: 2 * length,
      generate: (random) => {
        const secretKey = secretScalar(curve, random);
        return { secretKey, publicKey: nistPublicKey(curve, secretKey) };
      },
      publicKey: (secretKey) =>
        secretKey.length === length ? orUndefined(() => nistPublicKey(curve, secretKey)) : undefined,
      sign: (secretKey, data) => {
        const key = createPrivateKey({
          key: { ...publicJwk(curve, nistPublicKey(curve, secretKey)), d: base64url(secretKey) },
          format: "jwk",
        });
        return plainBytes(sign(curve.hash, data, { key, dsaEncoding }));
      },
      verify: (publicKey, data, signature) =>
        isUncompressedPoint(curve, publicKey) &&
        signature.length === 2 * length &&
        orUndefined(() => {
          // Throws for a point that is not on the curve.
          const key = createPublicKey({ key: publicJwk(curve, publicKey), format: "jwk" });
          return verify(curve.hash, data, { key, dsaEncoding }, signature);
        }) === true,
    },
  };
}

function publicJwk(curve: NodeNistCurve, point: Uint8Array): { kty: string; crv: string; x: string; y: string } {
  const y = 1 + curve.length;
  return { kty: "EC", crv: curve.jwk, x: base64url(point.subarray(1, y)), y: base64url(point.subarray(y)) };
}
