import { nobleProvider } from "../algorithms/noble-provider.ts";
import { SshError } from "../errors.ts";
import { printable } from "../wire/printable.ts";
import { SshReader } from "../wire/reader.ts";
import { bcryptPbkdf } from "./bcrypt-pbkdf.ts";
import { ecdsaCurveNamed } from "./ecdsa-curves.ts";
import { type KeyCipher, keyCipher } from "./key-cipher.ts";
import type { KeySteps } from "./key-steps.ts";
import { type Passphrase, requirePassphrase, wrongPassphrase } from "./passphrase.ts";
import {
  ecdsaPrivateKey,
  ed25519PrivateKey,
  type KeyOptions,
  type PrivateKey,
  requireSameBlob,
} from "./private-key.ts";
import { publicKeyType } from "./public-key.ts";
import { rsaPrivateKey } from "./rsa-private-key.ts";

/*
 * The openssh-key-v1 format (OpenSSH PROTOCOL.key):
 *
 *   "openssh-key-v1" NUL | string cipher | string kdf | string kdf options | uint32 number of keys
 *   string public key | string of { uint32 check, uint32 check, key type, secret fields, string comment, 1 2 3 … } | tag
 */
export const opensshMagic: Uint8Array = new TextEncoder().encode("openssh-key-v1\0");

export const opensshLabel = "OPENSSH PRIVATE KEY";

/** A file with more rounds would keep us busy for half a minute and longer; ssh-keygen writes 16 or 24. */
export const maxBcryptRounds = 2048;

export interface DecodeKeyOptions extends KeyOptions {
  readonly passphrase?: Passphrase;
}

/**
 * Reads what stands between the PEM lines. Throws `key-format`, `key-mismatch`, `key-encrypted`, `key-passphrase-wrong`,
 * `key-not-supported`.
 */
export function* decodeOpensshKey(bytes: Uint8Array, options: DecodeKeyOptions = {}): KeySteps<PrivateKey> {
  const reader = new SshReader(bytes, "key-format", "an openssh-key-v1 file");
  if (!reader.bytes(opensshMagic.length).every((byte, i) => byte === opensshMagic[i]))
    reader.fail("its magic is missing");
  const cipherName = reader.text();
  const kdf = reader.text();
  const kdfOptions = reader.string();
  const count = reader.u32();
  if (count !== 1) reader.fail(`it holds ${count} keys, not 1`);
  const publicBlob = reader.string();
  const secrets = reader.string();
  if (cipherName === "none") {
    reader.end();
    if (kdf !== "none" || kdfOptions.length > 0) reader.fail("it has a key derivation and no cipher");
    return decodeSecrets(secrets, publicBlob, options, false);
  }
  const cipher = keyCipher(cipherName);
  if (cipher === undefined || kdf !== "bcrypt") throw unsupportedEncryption(cipherName, kdf);
  const tag = reader.bytes(cipher.tagLength);
  reader.end();
  if (secrets.length === 0 || secrets.length % cipher.blockLength !== 0)
    reader.fail(`its secret part has ${secrets.length} bytes, which is not a number of blocks`);
  const plain = yield* decrypt(cipherName, cipher, kdfOptions, { secrets, tag }, options);
  return decodeSecrets(plain, publicBlob, options, true);
}

function* decrypt(
  name: string,
  cipher: KeyCipher,
  kdfOptions: Uint8Array,
  { secrets, tag }: { readonly secrets: Uint8Array; readonly tag: Uint8Array },
  { provider = nobleProvider, passphrase }: DecodeKeyOptions,
): KeySteps<Uint8Array> {
  const reader = new SshReader(kdfOptions, "key-format", "the key derivation of an openssh-key-v1 file");
  const salt = reader.string();
  const rounds = reader.u32();
  reader.end();
  if (salt.length === 0 || rounds === 0) reader.fail("it has no salt or no rounds");
  if (rounds > maxBcryptRounds)
    throw new SshError("key-not-supported", `reading a private key: ${rounds} rounds are more than ${maxBcryptRounds}`);
  const bytes = requirePassphrase(passphrase, name);
  const length = cipher.keyLength + cipher.ivLength;
  const derived = yield* bcryptPbkdf(provider, { passphrase: bytes, salt, rounds, length });
  const keys = { key: derived.slice(0, cipher.keyLength), iv: derived.slice(cipher.keyLength) };
  const plain = cipher.open(provider, keys, secrets.slice(), tag);
  for (const secret of [derived, keys.key, keys.iv]) secret.fill(0);
  if (plain === undefined) throw wrongPassphrase();
  return plain;
}

function unsupportedEncryption(cipher: string, kdf: string): SshError {
  return new SshError(
    "key-not-supported",
    `reading a private key: there is no support for "${printable(cipher, 64)}" with "${printable(kdf, 64)}"`,
  );
}

function decodeSecrets(
  secrets: Uint8Array,
  publicBlob: Uint8Array,
  options: KeyOptions,
  decrypted: boolean,
): PrivateKey {
  const reader = new SshReader(secrets, "key-format", "a private key");
  const check = reader.u32();
  if (reader.u32() !== check) {
    if (decrypted) throw wrongPassphrase();
    reader.fail("its two check numbers differ");
  }
  const type = reader.text();
  if (type !== publicKeyType(publicBlob, "key-format")) reader.fail("its two halves are of different types");
  const make = secretFields(type, reader);
  const comment = reader.description();
  for (let i = 1; reader.remaining > 0; i++) {
    // The padding counts up from 1.
    if (reader.u8() !== (i & 0xff)) reader.fail("its padding is wrong");
  }
  const key = make({ ...options, comment });
  requireSameBlob(publicBlob, key.publicBlob);
  return key;
}

/** Reads the fields of one type and gives the function that makes the key of them. */
function secretFields(type: string, reader: SshReader): (options: KeyOptions) => PrivateKey {
  const curve = ecdsaCurveNamed(type);
  if (curve !== undefined) {
    if (reader.text() !== curve.curve) reader.fail("its curve is not the one of its type");
    const point = reader.string();
    const scalar = reader.mpintBytes();
    return (options) => ecdsaPrivateKey(curve, scalar, options, point);
  }
  switch (type) {
    case "ssh-ed25519": {
      const publicKey = reader.string();
      const both = reader.string();
      if (publicKey.length !== 32 || both.length !== 64) reader.fail("an ed25519 key has 32 and 64 bytes");
      requireSameBlob(publicKey, both.subarray(32));
      return (options) => ed25519PrivateKey(both.subarray(0, 32), options);
    }
    case "ssh-rsa": {
      const numbers = {
        modulus: reader.mpintBytes().slice(),
        publicExponent: reader.mpintBytes().slice(),
        privateExponent: reader.mpintBytes().slice(),
        coefficient: reader.mpintBytes().slice(),
        prime1: reader.mpintBytes().slice(),
        prime2: reader.mpintBytes().slice(),
      };
      return (options) => rsaPrivateKey(numbers, options);
    }
    default:
      throw new SshError(
        "key-not-supported",
        `reading a private key: there is no support for "${printable(type, 64)}"`,
      );
  }
}
