import { nobleProvider } from "../algorithms/noble-provider.ts";
import { encodeEcdsaBlob, nistp256 } from "../algorithms/signatures/ecdsa.ts";
import { SshError } from "../errors.ts";
import { encodeBase64 } from "../wire/base64.ts";
import { printable } from "../wire/printable.ts";
import { readU32, SshReader } from "../wire/reader.ts";
import { SshWriter } from "../wire/writer.ts";
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
 *   string public key | string of { uint32 check, uint32 check, key type, secret fields, string comment, 1 2 3 … }
 */
const magic = new TextEncoder().encode("openssh-key-v1\0");

export const opensshLabel = "OPENSSH PRIVATE KEY";

/** Reads what stands between the PEM lines. Throws `key-format`, `key-mismatch`, `key-encrypted`, `key-not-supported`. */
export function decodeOpensshKey(bytes: Uint8Array, options: KeyOptions = {}): PrivateKey {
  const reader = new SshReader(bytes, "key-format", "an openssh-key-v1 file");
  if (!reader.bytes(magic.length).every((byte, i) => byte === magic[i])) reader.fail("its magic is missing");
  const cipher = reader.text();
  const kdf = reader.text();
  const kdfOptions = reader.string();
  const count = reader.u32();
  if (count !== 1) reader.fail(`it holds ${count} keys, not 1`);
  const publicBlob = reader.string();
  // Before the rest is read: authenticated ciphers put their tag behind it.
  if (cipher !== "none")
    throw new SshError("key-encrypted", `reading a private key: it is encrypted with "${printable(cipher, 64)}"`);
  const secrets = reader.string();
  reader.end();
  if (kdf !== "none" || kdfOptions.length > 0) reader.fail("it has a key derivation and no cipher");
  return decodeSecrets(secrets, publicBlob, options);
}

function decodeSecrets(secrets: Uint8Array, publicBlob: Uint8Array, options: KeyOptions): PrivateKey {
  const reader = new SshReader(secrets, "key-format", "a private key");
  const check = reader.u32();
  if (reader.u32() !== check) reader.fail("its two check numbers differ");
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
  switch (type) {
    case "ssh-ed25519": {
      const publicKey = reader.string();
      const both = reader.string();
      if (publicKey.length !== 32 || both.length !== 64) reader.fail("an ed25519 key has 32 and 64 bytes");
      requireSameBlob(publicKey, both.subarray(32));
      return (options) => ed25519PrivateKey(both.subarray(0, 32), options);
    }
    case nistp256.algorithm: {
      if (reader.text() !== nistp256.curve) reader.fail("its curve is not the one of its type");
      const point = reader.string();
      const scalar = reader.mpintBytes();
      if (scalar.length > 32) reader.fail(`its number has ${scalar.length} bytes`);
      const padded = new Uint8Array(32);
      padded.set(scalar, 32 - scalar.length);
      return (options) => {
        const key = ecdsaPrivateKey(padded, options);
        requireSameBlob(encodeEcdsaBlob(point, nistp256), key.publicBlob);
        return key;
      };
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

/** The file, unencrypted: keep it where only its owner can read. Ends with a line end. */
export function formatPrivateKey(key: PrivateKey): string {
  const secret = key.exportSecret();
  // The check numbers tell a wrong passphrase. Without one they carry nothing, so they may follow from the key.
  const check = readU32(nobleProvider.hash("sha256", secret), 0);
  const secrets = new SshWriter(secret.length + 128)
    .u32(check)
    .u32(check)
    .text(key.type)
    .bytes(secret)
    .text(key.comment);
  for (let i = 1; secrets.length % 8 !== 0; i++) secrets.u8(i);
  const bytes = new SshWriter(1024)
    .bytes(magic)
    .text("none")
    .text("none")
    .text("")
    .u32(1)
    .string(key.publicBlob)
    .string(secrets.take())
    .take();
  const lines = encodeBase64(bytes).replace(/.{70}(?=.)/g, "$&\n");
  return `-----BEGIN ${opensshLabel}-----\n${lines}\n-----END ${opensshLabel}-----\n`;
}
