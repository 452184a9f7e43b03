import { fromBase64url } from "./crypto-base64url.ts";
import { WebCryptoError } from "./crypto-errors.ts";
import type { WebAlgorithm, WebJwk, WebKey } from "./crypto-subtle.ts";
import { mpint, sshStrings } from "./crypto-wire.ts";

/** A signature algorithm of SSH as WebCrypto knows it. */
export interface SignatureKind {
  /** The name in SSH, which is in the signature blob as well. */
  readonly name: string;
  /** For `importKey`. */
  readonly key: WebAlgorithm;
  /** For `sign`. */
  readonly signature: WebAlgorithm;
  /** The content of the signature blob from what `sign` gives. */
  readonly encode: (signature: Uint8Array) => Uint8Array;
}

const asItIs = (signature: Uint8Array): Uint8Array => signature;

/** RFC 8332 §3, best first. */
const rsa: readonly SignatureKind[] = [rsaKind("rsa-sha2-512", "SHA-512"), rsaKind("rsa-sha2-256", "SHA-256")];

/** RFC 8709 §6. */
const ed25519: SignatureKind = {
  name: "ssh-ed25519",
  key: { name: "Ed25519" },
  signature: { name: "Ed25519" },
  encode: asItIs,
};

/** RFC 5656 §3.1.2: the hash follows from the size of the curve (§6.2.1). */
const ecdsa: ReadonlyMap<string, SignatureKind> = new Map([
  ["P-256", ecdsaKind("ecdsa-sha2-nistp256", "P-256", "SHA-256")],
  ["P-384", ecdsaKind("ecdsa-sha2-nistp384", "P-384", "SHA-384")],
  ["P-521", ecdsaKind("ecdsa-sha2-nistp521", "P-521", "SHA-512")],
]);

/** What a key of this form can sign. Throws `key-not-supported`. */
export function kindsOfJwk(jwk: WebJwk): readonly SignatureKind[] {
  if (jwk.kty === "RSA") return rsa;
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") return [ed25519];
  const curve = jwk.kty === "EC" ? ecdsa.get(jwk.crv ?? "") : undefined;
  if (curve === undefined) throw notSupported(`${jwk.kty} ${jwk.crv ?? ""}`);
  return [curve];
}

/** What this key can sign. An RSA key is made for one hash. Throws `key-not-supported`. */
export function kindOfKey({ type, algorithm }: WebKey): SignatureKind {
  const { name, hash, namedCurve } = algorithm;
  const kind =
    name === "RSASSA-PKCS1-v1_5"
      ? rsa.find(({ key }) => key.hash === hash?.name)
      : name === "Ed25519"
        ? ed25519
        : name === "ECDSA"
          ? ecdsa.get(namedCurve ?? "")
          : undefined;
  if (type !== "private" || kind === undefined) throw notSupported(`${type} ${name} ${hash?.name ?? namedCurve ?? ""}`);
  return kind;
}

/** The public key in wire form (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4). Throws `key-format`. */
export function publicBlobOf(jwk: WebJwk): Uint8Array {
  const [kind] = kindsOfJwk(jwk);
  const part = (name: "n" | "e" | "x" | "y"): Uint8Array => fromBase64url(jwk[name], name);
  if (jwk.kty === "RSA") return sshStrings(["ssh-rsa", mpint(part("e")), mpint(modulus(part("n")))]);
  const name = kind?.name ?? "";
  if (jwk.kty === "OKP") return sshStrings([name, part("x")]);
  return sshStrings([name, name.slice("ecdsa-sha2-".length), Uint8Array.of(4, ...part("x"), ...part("y"))]);
}

/** RFC 8332 §5 leaves the least size to us: as with all keys here, 2048 bit. */
function modulus(n: Uint8Array): Uint8Array {
  if (mpint(n).length < 256 || n.length > 2048) throw notSupported(`RSA with ${8 * n.length} bit`);
  return n;
}

function rsaKind(name: string, hash: string): SignatureKind {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash };
  return { name, key: algorithm, signature: { name: algorithm.name }, encode: asItIs };
}

function ecdsaKind(name: string, namedCurve: string, hash: string): SignatureKind {
  return {
    name,
    key: { name: "ECDSA", namedCurve },
    signature: { name: "ECDSA", hash },
    // r and s stand side by side at their full length.
    encode: (signature) => {
      const half = signature.length / 2;
      return sshStrings([mpint(signature.subarray(0, half)), mpint(signature.subarray(half))]);
    },
  };
}

function notSupported(what: string): WebCryptoError {
  return new WebCryptoError(
    "key-not-supported",
    `using a key of WebCrypto for SSH: "${what.trim()}" does not sign there`,
  );
}
