import { createECDH, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import type { CryptoProvider } from "@netconf-kit/ssh";
import { base64url, orUndefined, plainBytes } from "./crypto-bytes.ts";
import { isUncompressedPoint, type NodeNistCurve, secretScalar } from "./crypto-nist-curves.ts";

type KeyAgreement = ReturnType<CryptoProvider["keyAgreement"]>;

/** A key agreement under the name that SSH knows it by. */
export interface NamedAgreement {
  readonly name: string;
  readonly agreement: KeyAgreement;
}

/** OpenSSL's form of keys that wait for their one use: making it costs more than the agreement itself. */
const generated = new WeakMap<Uint8Array, KeyObject>();

// Keys go in and out as JSON Web Keys: OpenSSL 3 takes ten times longer to read the same as DER.
export const nodeX25519: NamedAgreement = {
  name: "x25519",
  agreement: {
    publicKeyLength: 32,
    generate: (random) => {
      const secretKey = random(32);
      const privateKey = okpPrivateKey("X25519", secretKey);
      generated.set(secretKey, privateKey);
      return { secretKey, publicKey: rawPublicKey(privateKey) };
    },
    sharedSecret: (secretKey, peer) => {
      if (peer.length !== 32) return undefined;
      const kept = generated.get(secretKey);
      generated.delete(secretKey);
      const shared = orUndefined(() =>
        plainBytes(
          diffieHellman({
            privateKey: kept ?? okpPrivateKey("X25519", secretKey),
            publicKey: createPublicKey({ key: { kty: "OKP", crv: "X25519", x: base64url(peer) }, format: "jwk" }),
          }),
        ),
      );
      // RFC 8731 §3: the all-zero result of a point of low order. OpenSSL refuses it; another library behind the same
      // interface may not.
      return shared?.every((byte) => byte === 0) === true ? undefined : shared;
    },
  },
};

export function nodeNistAgreement(curve: NodeNistCurve): NamedAgreement {
  return {
    name: curve.name,
    agreement: {
      publicKeyLength: 2 * curve.length + 1,
      generate: (random) => {
        const secretKey = secretScalar(curve, random);
        return { secretKey, publicKey: nistPublicKey(curve, secretKey) };
      },
      sharedSecret: (secretKey, peer) => {
        // RFC 5656 §4 allows compressed points only when agreed on, and nobody does: uncompressed, exact length.
        if (!isUncompressedPoint(curve, peer)) return undefined;
        return orUndefined(() => {
          const ecdh = createECDH(curve.openssl);
          ecdh.setPrivateKey(secretKey);
          // Throws for a point that is not on the curve (SEC 1 §3.2.2.1).
          return plainBytes(ecdh.computeSecret(peer));
        });
      },
    },
  };
}

/** The uncompressed point of a secret scalar; throws when that is out of range. */
export function nistPublicKey(curve: NodeNistCurve, secretKey: Uint8Array): Uint8Array {
  const ecdh = createECDH(curve.openssl);
  ecdh.setPrivateKey(secretKey);
  return plainBytes(ecdh.getPublicKey());
}

/** A private key from its 32 bytes. The public half of the form is not looked at: OpenSSL makes it anew. */
export function okpPrivateKey(curve: "X25519" | "Ed25519", secretKey: Uint8Array): KeyObject {
  const key = { kty: "OKP", crv: curve, d: base64url(secretKey), x: "" };
  return createPrivateKey({ key, format: "jwk" });
}

/** The 32 bytes of the public half. */
export function rawPublicKey(privateKey: KeyObject): Uint8Array {
  return new Uint8Array(Buffer.from(privateKey.export({ format: "jwk" }).x ?? "", "base64url"));
}
