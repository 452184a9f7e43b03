import { bytesEqual } from "../algorithms/bytes-equal.ts";
import { nobleProvider } from "../algorithms/noble-provider.ts";
import type { CryptoProvider, RandomSource } from "../algorithms/provider.ts";
import { type EcdsaCurve, encodeEcdsaBlob, encodeEcdsaSignature } from "../algorithms/signatures/ecdsa.ts";
import { encodeEd25519Blob } from "../algorithms/signatures/ed25519.ts";
import { encodeSignatureBlob } from "../algorithms/signatures/signature-blob.ts";
import { SshError } from "../errors.ts";
import { SshWriter } from "../wire/writer.ts";
import { ecdsaCurveNamed } from "./ecdsa-curves.ts";
import type { Signer } from "./signer.ts";

/** A private key in memory; it signs at once. */
export interface PrivateKey extends Signer {
  /** The key type, such as `ssh-ed25519`. */
  readonly type: string;
  readonly comment: string;
  sign(data: Uint8Array, algorithm: string): Uint8Array;
  /** The secret numbers in the form of an `openssh-key-v1` file. Handle with care. */
  exportSecret(): Uint8Array;
}

/** The kinds of keys that `generateKey` makes. */
export type GeneratedKeyType = "ssh-ed25519" | "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521";

/** What a key is given beside its numbers. */
export interface KeyOptions {
  readonly comment?: string;
  readonly provider?: CryptoProvider;
}

/**
 * A new key pair. `random` has to be a cryptographic source, such as `crypto.getRandomValues`.
 *
 * @example
 * const key = generateKey("ssh-ed25519", (length) => crypto.getRandomValues(new Uint8Array(length)));
 */
export function generateKey(type: GeneratedKeyType, random: RandomSource, options: KeyOptions = {}): PrivateKey {
  const { provider = nobleProvider } = options;
  const curve = ecdsaCurveNamed(type);
  return curve === undefined
    ? ed25519PrivateKey(provider.signature("ed25519").generate(random).secretKey, options)
    : ecdsaPrivateKey(curve, provider.signature(curve.scheme).generate(random).secretKey, options);
}

/** A key from the 32 bytes that RFC 8032 §5.1.5 calls the private key. */
export function ed25519PrivateKey(seed: Uint8Array, options: KeyOptions = {}): PrivateKey {
  const { comment = "", provider = nobleProvider } = options;
  const scheme = provider.signature("ed25519");
  const publicKey = seed.length === 32 ? scheme.publicKey(seed) : undefined;
  if (publicKey === undefined) throw new SshError("key-format", `an ed25519 key has 32 bytes, not ${seed.length}`);
  const secret = seed.slice();
  const type = "ssh-ed25519";
  return {
    type,
    comment,
    algorithms: [type],
    publicBlob: encodeEd25519Blob(publicKey),
    sign: (data, algorithm) => {
      requireAlgorithm(algorithm, [type]);
      return encodeSignatureBlob(type, scheme.sign(secret, data));
    },
    exportSecret: () => {
      const both = new Uint8Array(64);
      both.set(secret);
      both.set(publicKey, 32);
      return new SshWriter().string(publicKey).string(both).take();
    },
  };
}

/**
 * A key from its secret number, big-endian. `publicPoint` is what stands beside the number in a file, where it does:
 * throws `key-mismatch` when the two do not belong together, and `key-format` for a number out of range.
 */
export function ecdsaPrivateKey(
  curve: EcdsaCurve,
  scalar: Uint8Array,
  options: KeyOptions = {},
  publicPoint?: Uint8Array,
): PrivateKey {
  const { comment = "", provider = nobleProvider } = options;
  const scheme = provider.signature(curve.scheme);
  const secret = new Uint8Array(curve.length);
  if (scalar.length <= curve.length) secret.set(scalar, curve.length - scalar.length);
  const point = scheme.publicKey(secret);
  if (point === undefined)
    throw new SshError("key-format", `a ${curve.curve} key is a number from 1 to the group order`);
  if (publicPoint !== undefined) requireSameBlob(publicPoint, point);
  const type = curve.algorithm;
  return {
    type,
    comment,
    algorithms: [type],
    publicBlob: encodeEcdsaBlob(point, curve),
    sign: (data, algorithm) => {
      requireAlgorithm(algorithm, [type]);
      return encodeEcdsaSignature(scheme.sign(secret, data), curve);
    },
    exportSecret: () => new SshWriter().text(curve.curve).string(point).mpint(secret).take(),
  };
}

/** Says that a key cannot sign with this algorithm. */
export function requireAlgorithm(algorithm: string, algorithms: readonly string[]): void {
  if (!algorithms.includes(algorithm))
    throw new SshError("local-usage", `signing with "${algorithm}": this key does ${algorithms.join(", ")}`);
}

/** Says that the public half stored beside a secret is not the one that belongs to it. */
export function requireSameBlob(stored: Uint8Array, derived: Uint8Array): void {
  if (!bytesEqual(stored, derived))
    throw new SshError("key-mismatch", "reading a private key: its public half does not belong to its secret half");
}
