import { encodeEd25519Blob } from "../algorithms/signatures/ed25519.ts";
import { SshError } from "../errors.ts";
import { DerReader } from "./der-reader.ts";
import { ecdsaCurves } from "./ecdsa-curves.ts";
import { curveIdentifiers, objectIdentifiers } from "./object-identifiers.ts";
import {
  ecdsaPrivateKey,
  ed25519PrivateKey,
  type KeyOptions,
  type PrivateKey,
  requireSameBlob,
} from "./private-key.ts";
import { rsaPrivateKey } from "./rsa-private-key.ts";

/** PKCS #8 (RFC 5208, RFC 5958), the content of a "PRIVATE KEY" file. */
export function decodePkcs8Key(bytes: Uint8Array, options: KeyOptions): PrivateKey {
  const outer = new DerReader(bytes, "a PKCS #8 key");
  const fields = outer.sequence();
  outer.end();
  if (fields.smallInteger() > 1) fields.fail("its version is neither 0 nor 1");
  const algorithm = fields.sequence();
  const identifier = algorithm.objectIdentifier();
  const secret = fields.octetString();
  fields.optional(0);
  const publicKey = fields.optionalBitString(1);
  fields.end();
  switch (identifier) {
    case objectIdentifiers.rsaEncryption:
      algorithm.null();
      algorithm.end();
      return decodePkcs1Key(secret, options);
    case objectIdentifiers.ecPublicKey: {
      const curve = algorithm.objectIdentifier();
      algorithm.end();
      return decodeSec1Key(secret, options, curve);
    }
    case objectIdentifiers.ed25519: {
      algorithm.end();
      // RFC 8410 §7: an octet string within the octet string.
      const inner = new DerReader(secret, "an ed25519 key");
      const seed = inner.octetString();
      inner.end();
      const key = ed25519PrivateKey(seed, options);
      if (publicKey !== undefined) requireSameBlob(encodeEd25519Blob(publicKey), key.publicBlob);
      return key;
    }
    default:
      throw new SshError(
        "key-not-supported",
        `reading a PKCS #8 key: there is no support for keys of type "${identifier}"`,
      );
  }
}

/** PKCS #1 (RFC 8017 appendix A.1.2), the content of an "RSA PRIVATE KEY" file. */
export function decodePkcs1Key(bytes: Uint8Array, options: KeyOptions): PrivateKey {
  const outer = new DerReader(bytes, "an RSA key");
  const fields = outer.sequence();
  outer.end();
  // Version 1 has more than two primes.
  if (fields.smallInteger() !== 0) fields.fail("its version is not 0");
  const modulus = fields.integer().slice();
  const publicExponent = fields.integer().slice();
  const privateExponent = fields.integer().slice();
  const prime1 = fields.integer().slice();
  const prime2 = fields.integer().slice();
  // The two exponents follow from the others, and are computed from them.
  fields.integer();
  fields.integer();
  const coefficient = fields.integer().slice();
  fields.end();
  return rsaPrivateKey({ modulus, publicExponent, privateExponent, coefficient, prime1, prime2 }, options);
}

/** SEC 1 (RFC 5915 §3), the content of an "EC PRIVATE KEY" file. Within PKCS #8 the curve stands outside. */
export function decodeSec1Key(bytes: Uint8Array, options: KeyOptions, outerCurve?: string): PrivateKey {
  const outer = new DerReader(bytes, "an EC key");
  const fields = outer.sequence();
  outer.end();
  if (fields.smallInteger() !== 1) fields.fail("its version is not 1");
  const scalar = fields.octetString();
  const parameters = fields.optional(0);
  if (parameters?.nextIs("sequence"))
    throw new SshError("key-not-supported", "reading an EC key: its curve is given by numbers and not by name");
  const innerCurve = parameters?.objectIdentifier();
  parameters?.end();
  const publicKey = fields.optional(1);
  const point = publicKey?.bitString();
  publicKey?.end();
  fields.end();
  const identifier = outerCurve ?? innerCurve ?? fields.fail("it names no curve");
  if (innerCurve !== undefined && innerCurve !== identifier) fields.fail("it names two curves");
  const curve = ecdsaCurves.find(({ curve }) => curve === curveIdentifiers.get(identifier));
  if (curve === undefined)
    throw new SshError("key-not-supported", `reading an EC key: there is no support for the curve "${identifier}"`);
  return ecdsaPrivateKey(curve, scalar, options, uncompressed(point, curve.length));
}

/** A compressed point says less than the number does, so it is not compared. */
function uncompressed(point: Uint8Array | undefined, length: number): Uint8Array | undefined {
  const compressed = point?.length === 1 + length && (point[0] === 2 || point[0] === 3);
  return compressed ? undefined : point;
}
