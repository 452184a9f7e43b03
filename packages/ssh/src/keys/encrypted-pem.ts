import { md5 } from "@noble/hashes/legacy.js";
import { nobleProvider } from "../algorithms/noble-provider.ts";
import type { HashName } from "../algorithms/provider.ts";
import { isSshError, SshError } from "../errors.ts";
import { printable } from "../wire/printable.ts";
import { DerReader } from "./der-reader.ts";
import { decryptCbc } from "./key-cipher.ts";
import type { KeySteps } from "./key-steps.ts";
import { objectIdentifiers } from "./object-identifiers.ts";
import type { DecodeKeyOptions } from "./openssh-private-key.ts";
import { requirePassphrase, wrongPassphrase } from "./passphrase.ts";
import { pbkdf2 } from "./pbkdf2.ts";

/** A file with more iterations would keep us busy for a minute. */
export const maxPbkdf2Iterations = 10_000_000;

/** Decrypts an "ENCRYPTED PRIVATE KEY" file: PBES2 with PBKDF2 and AES-CBC (RFC 8018 §6.2). Gives the PKCS #8 inside. */
export function* decryptPbes2(bytes: Uint8Array, options: DecodeKeyOptions): KeySteps<Uint8Array> {
  const outer = new DerReader(bytes, "an encrypted PKCS #8 key");
  const fields = outer.sequence();
  outer.end();
  const scheme = fields.sequence();
  const encrypted = fields.octetString();
  fields.end();
  const schemeIdentifier = scheme.objectIdentifier();
  if (schemeIdentifier !== objectIdentifiers.pbes2) throw unsupported("encryption scheme", schemeIdentifier);
  const parameters = scheme.sequence();
  scheme.end();
  const derivation = parameters.sequence();
  const cipher = parameters.sequence();
  parameters.end();
  const cipherIdentifier = cipher.objectIdentifier();
  const keyLength = cbcKeyLengths.get(cipherIdentifier);
  if (keyLength === undefined) throw unsupported("cipher", cipherIdentifier);
  const iv = cipher.octetString();
  cipher.end();
  if (iv.length !== 16) cipher.fail(`its IV has ${iv.length} bytes, not 16`);
  const kdf = readPbkdf2(derivation, keyLength);
  const passphrase = requirePassphrase(options.passphrase, "PBES2");
  const key = yield* pbkdf2(options.provider ?? nobleProvider, { ...kdf, passphrase, length: keyLength });
  return decryptPadded(key, iv, encrypted);
}

/** RFC 8018 appendix A.2. */
function readPbkdf2(
  derivation: DerReader,
  keyLength: number,
): { readonly hash: HashName; readonly salt: Uint8Array; readonly iterations: number } {
  const identifier = derivation.objectIdentifier();
  if (identifier !== objectIdentifiers.pbkdf2) throw unsupported("key derivation", identifier);
  const parameters = derivation.sequence();
  derivation.end();
  const salt = parameters.octetString();
  const iterations = parameters.smallInteger();
  if (parameters.nextIs("integer") && parameters.smallInteger() !== keyLength)
    parameters.fail("its key length is not that of its cipher");
  let hash: HashName | undefined = "sha1";
  if (parameters.nextIs("sequence")) {
    const prf = parameters.sequence();
    const prfIdentifier = prf.objectIdentifier();
    if (prf.nextIs("null")) prf.null();
    prf.end();
    hash = prfs.get(prfIdentifier);
    if (hash === undefined) throw unsupported("pseudorandom function", prfIdentifier);
  }
  parameters.end();
  if (iterations === 0) parameters.fail("it has no iterations");
  if (iterations > maxPbkdf2Iterations)
    throw new SshError(
      "key-not-supported",
      `reading a private key: ${iterations} iterations are more than ${maxPbkdf2Iterations}`,
    );
  return { hash, salt, iterations };
}

/**
 * Decrypts a file of the old form, with a "DEK-Info" header (RFC 1421 §4.6.1.3): AES-CBC with a key that OpenSSL makes
 * with one round of MD5. Such a file resists guessing badly; it is read, never written.
 */
export function decryptOldPem(bytes: Uint8Array, dekInfo: string, options: DecodeKeyOptions): Uint8Array {
  const [cipher = "", hex = ""] = dekInfo.split(",");
  const keyLength = oldCbcKeyLengths.get(cipher.trim());
  if (keyLength === undefined) throw unsupported("cipher", cipher);
  if (!/^[0-9A-Fa-f]{32}$/.test(hex.trim()))
    throw new SshError("key-format", "reading a private key: the IV in its DEK-Info is malformed");
  const iv = Uint8Array.from(hex.trim().match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const passphrase = requirePassphrase(options.passphrase, cipher);
  const key = new Uint8Array(keyLength);
  let block = new Uint8Array(0);
  for (let at = 0; at < keyLength; at += block.length) {
    block = md5.create().update(block).update(passphrase).update(iv.subarray(0, 8)).digest();
    key.set(block.subarray(0, keyLength - at), at);
  }
  return decryptPadded(key, iv, bytes);
}

/** AES-CBC with the padding of RFC 8018 §6.1.1 around one DER sequence: a wrong key gives neither. */
function decryptPadded(key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0 || bytes.length % 16 !== 0)
    throw new SshError("key-format", `reading a private key: ${bytes.length} encrypted bytes are no number of blocks`);
  const plain = decryptCbc({ key, iv }, bytes);
  const count = plain[plain.length - 1] ?? 0;
  const end = plain.length - count;
  if (count === 0 || count > 16 || plain.subarray(end).some((byte) => byte !== count)) throw wrongPassphrase();
  try {
    const outer = new DerReader(plain.subarray(0, end), "a decrypted key");
    outer.sequence();
    outer.end();
  } catch (error) {
    if (isSshError(error)) throw wrongPassphrase();
    throw error;
  }
  return plain.subarray(0, end);
}

function unsupported(what: string, name: string): SshError {
  return new SshError(
    "key-not-supported",
    `reading a private key: there is no support for the ${what} "${printable(name, 64)}"`,
  );
}

const oldCbcKeyLengths: ReadonlyMap<string, number> = new Map([
  ["AES-128-CBC", 16],
  ["AES-192-CBC", 24],
  ["AES-256-CBC", 32],
]);

/** aes128-CBC-PAD, aes192-CBC-PAD, aes256-CBC-PAD: 2.16.840.1.101.3.4.1.{2,22,42}. */
const cbcKeyLengths: ReadonlyMap<string, number> = new Map([
  ["60864801650304012a", 32],
  ["608648016503040116", 24],
  ["608648016503040102", 16],
]);

/** hmacWithSHA1, -SHA256, -SHA384, -SHA512: 1.2.840.113549.2.{7,9,10,11}. */
const prfs: ReadonlyMap<string, HashName> = new Map([
  ["2a864886f70d0207", "sha1"],
  ["2a864886f70d0209", "sha256"],
  ["2a864886f70d020a", "sha384"],
  ["2a864886f70d020b", "sha512"],
]);
