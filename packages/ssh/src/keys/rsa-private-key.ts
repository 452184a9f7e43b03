import { modPow } from "../algorithms/mod-pow.ts";
import { nobleProvider } from "../algorithms/noble-provider.ts";
import type { CryptoProvider } from "../algorithms/provider.ts";
import {
  decodeRsaBlob,
  encodeRsaBlob,
  pkcs1Block,
  type RsaHash,
  type RsaPublicKey,
  rsaKeyProblem,
  rsaVerify,
} from "../algorithms/signatures/rsa.ts";
import { encodeSignatureBlob } from "../algorithms/signatures/signature-blob.ts";
import { SshError } from "../errors.ts";
import { bigIntToBytes, bytesToBigInt } from "../wire/reader.ts";
import { SshWriter } from "../wire/writer.ts";
import { type KeyOptions, type PrivateKey, requireAlgorithm } from "./private-key.ts";

/** The numbers of RFC 8017 §3.2 as big-endian bytes. `coefficient` is the inverse of q modulo p. */
export interface RsaNumbers {
  readonly modulus: Uint8Array;
  readonly publicExponent: Uint8Array;
  readonly privateExponent: Uint8Array;
  readonly coefficient: Uint8Array;
  readonly prime1: Uint8Array;
  readonly prime2: Uint8Array;
}

/**
 * An RSA key that signs with big integers of the language. Their time depends on the numbers, so the input is blinded,
 * and every signature is verified before it is given out. Where a native signer is at hand, use that one as `Signer`.
 * Throws `key-format`, `key-mismatch` and, for keys outside 2048..16384 bit, `key-not-supported`.
 */
export function rsaPrivateKey(numbers: RsaNumbers, options: KeyOptions = {}): PrivateKey {
  const { comment = "", provider = nobleProvider } = options;
  const publicBlob = encodeRsaBlob(numbers.publicExponent, numbers.modulus);
  const publicKey = decodeRsaBlob(publicBlob, "key-format");
  const problem = rsaKeyProblem(publicKey);
  if (problem !== undefined) throw new SshError("key-not-supported", `reading an RSA key: ${problem}`);
  const secret = secretOf(numbers, publicKey);
  // RFC 8332 §3.
  const hashes: ReadonlyMap<string, RsaHash> = new Map([
    ["rsa-sha2-512", "sha512"],
    ["rsa-sha2-256", "sha256"],
  ]);
  return {
    type: "ssh-rsa",
    comment,
    algorithms: [...hashes.keys()],
    publicBlob,
    sign: (data, algorithm) => {
      requireAlgorithm(algorithm, [...hashes.keys()]);
      return encodeSignatureBlob(
        algorithm,
        rsaSign(provider, hashes.get(algorithm) ?? "sha512", publicKey, secret, data),
      );
    },
    exportSecret: () =>
      new SshWriter(4 * publicKey.length)
        .mpint(numbers.modulus)
        .mpint(numbers.publicExponent)
        .mpint(numbers.privateExponent)
        .mpint(numbers.coefficient)
        .mpint(numbers.prime1)
        .mpint(numbers.prime2)
        .take(),
  };
}

interface RsaSecret {
  readonly p: bigint;
  readonly q: bigint;
  readonly dP: bigint;
  readonly dQ: bigint;
  readonly qInv: bigint;
  /** Key of the blinding factors. */
  readonly d: Uint8Array;
}

function secretOf(numbers: RsaNumbers, { modulus, exponent }: RsaPublicKey): RsaSecret {
  const [p, q, d, qInv] = [numbers.prime1, numbers.prime2, numbers.privateExponent, numbers.coefficient].map(
    bytesToBigInt,
  ) as [bigint, bigint, bigint, bigint]; // four in, four out
  const consistent =
    p > 1n &&
    q > 1n &&
    p * q === modulus &&
    (d * exponent) % (p - 1n) === 1n &&
    (d * exponent) % (q - 1n) === 1n &&
    (qInv * q) % p === 1n;
  if (!consistent) throw new SshError("key-mismatch", "reading an RSA key: its numbers do not belong together");
  return { p, q, dP: d % (p - 1n), dQ: d % (q - 1n), qInv, d: numbers.privateExponent };
}

/** RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.1) by the Chinese remainder theorem, blinded and verified. */
function rsaSign(
  provider: CryptoProvider,
  hash: RsaHash,
  key: RsaPublicKey,
  secret: RsaSecret,
  data: Uint8Array,
): Uint8Array {
  const { modulus, exponent, length } = key;
  const { p, q, dP, dQ, qInv } = secret;
  const block = pkcs1Block(provider, hash, data, length);
  const { factor, inverse } = blinding(provider, secret.d, block, modulus);
  const blinded = (bytesToBigInt(block) * modPow(factor, exponent, modulus)) % modulus;
  const m1 = modPow(blinded % p, dP, p);
  const m2 = modPow(blinded % q, dQ, q);
  const h = (((m1 - (m2 % p) + p) % p) * qInv) % p;
  const signature = bigIntToBytes(((m2 + h * q) * inverse) % modulus, length);
  // One faulty signature gives the private key away, so none leaves unverified.
  if (!rsaVerify(provider, hash, key, data, signature))
    throw new SshError("key-mismatch", "signing with an RSA key: the signature is faulty and was not used");
  return signature;
}

/** A factor that nobody without the key can foresee: it follows from the key and the message, so no random is needed. */
function blinding(
  provider: CryptoProvider,
  secret: Uint8Array,
  block: Uint8Array,
  modulus: bigint,
): { readonly factor: bigint; readonly inverse: bigint } {
  const key = provider.hmacKey("sha512", secret);
  for (let counter = 0; ; counter++) {
    let stretched = 0n;
    for (let part = 0; part < 4; part++)
      stretched = (stretched << 512n) | bytesToBigInt(key.compute(block, Uint8Array.of(counter, part)));
    const factor = stretched % modulus;
    const inverse = factor > 1n ? modInverse(factor, modulus) : undefined;
    if (inverse === undefined) continue;
    key.destroy();
    return { factor, inverse };
  }
}

/** Euclid's algorithm; `undefined` when the number shares a factor with the modulus. */
function modInverse(value: bigint, modulus: bigint): bigint | undefined {
  let [a, b, x, y] = [value, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a % b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1n ? ((x % modulus) + modulus) % modulus : undefined;
}
