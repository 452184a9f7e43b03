import type { PrivateKey } from "@netconf-kit/ssh";
import { toBase64url } from "./crypto-base64url.ts";
import { WebCryptoError } from "./crypto-errors.ts";
import type { WebJwk } from "./crypto-subtle.ts";
import { mpint, readSshStrings } from "./crypto-wire.ts";

/** A private JSON Web Key: RSA with all its numbers, EC or Ed25519. */
export type PrivateJwk = Readonly<WebJwk>;

/**
 * A private key of SSH as a JSON Web Key. It holds the secret: handle with care.
 * Throws `key-not-supported` (`WebCryptoError`) for a type that WebCrypto does not have.
 *
 * @example
 * const signer = await importSigner(crypto.subtle, privateJwk(parsePrivateKey(text)));
 */
export function privateJwk(key: PrivateKey): PrivateJwk {
  const secret = key.exportSecret();
  if (key.type === "ssh-rsa") return rsaJwk(secret);
  if (key.type === "ssh-ed25519") return ed25519Jwk(secret);
  const curve = curves.get(key.type);
  if (curve === undefined)
    throw new WebCryptoError("key-not-supported", `using a private key in WebCrypto: not of the type "${key.type}"`);
  return ecJwk(secret, curve);
}

interface Curve {
  readonly crv: string;
  /** Bytes of a coordinate. */
  readonly length: number;
}

const curves: ReadonlyMap<string, Curve> = new Map([
  ["ecdsa-sha2-nistp256", { crv: "P-256", length: 32 }],
  ["ecdsa-sha2-nistp384", { crv: "P-384", length: 48 }],
  ["ecdsa-sha2-nistp521", { crv: "P-521", length: 66 }],
]);

/** RFC 7518 §6.3.2: WebCrypto wants the exponents modulo the primes as well, which an SSH key file does not hold. */
function rsaJwk(secret: Uint8Array): PrivateJwk {
  const [n, e, d, qi, p, q] = readSshStrings(secret, 6).map(bigInt) as [bigint, bigint, bigint, bigint, bigint, bigint]; // six in, six out
  const [dp, dq] = [d % (p - 1n), d % (q - 1n)];
  return {
    kty: "RSA",
    n: number(n),
    e: number(e),
    d: number(d),
    p: number(p),
    q: number(q),
    dp: number(dp),
    dq: number(dq),
    qi: number(qi),
  };
}

/** RFC 8037 §2: `d` is the seed, the first half of what stands in the file. */
function ed25519Jwk(secret: Uint8Array): PrivateJwk {
  const [x = EMPTY, both = EMPTY] = readSshStrings(secret, 2);
  return { kty: "OKP", crv: "Ed25519", x: toBase64url(x), d: toBase64url(both.subarray(0, 32)) };
}

/** RFC 7518 §6.2: all three at the full length of the curve. */
function ecJwk(secret: Uint8Array, { crv, length }: Curve): PrivateJwk {
  const [, point = EMPTY, scalar = EMPTY] = readSshStrings(secret, 3);
  const d = new Uint8Array(length);
  const significant = mpint(scalar);
  d.set(significant.subarray(Math.max(0, significant.length - length)), Math.max(0, length - significant.length));
  const y = 1 + length;
  return {
    kty: "EC",
    crv,
    x: toBase64url(point.subarray(1, y)),
    y: toBase64url(point.subarray(y)),
    d: toBase64url(d),
  };
}

const EMPTY: Uint8Array = new Uint8Array(0);

function bigInt(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** RFC 7518 §2, Base64urlUInt: without leading zeros. */
function number(value: bigint): string {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const bytes = new Uint8Array(even.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(even.slice(2 * i, 2 * i + 2), 16);
  return toBase64url(bytes);
}
