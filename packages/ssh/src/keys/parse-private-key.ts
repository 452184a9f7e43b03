import type { CryptoProvider } from "../algorithms/provider.ts";
import { SshError } from "../errors.ts";
import { decodePkcs1Key, decodePkcs8Key, decodeSec1Key } from "./der-private-key.ts";
import { decryptOldPem, decryptPbes2 } from "./encrypted-pem.ts";
import { type KeySteps, runKeySteps } from "./key-steps.ts";
import { decodeOpensshKey, opensshLabel } from "./openssh-private-key.ts";
import type { Passphrase } from "./passphrase.ts";
import { parsePem } from "./pem.ts";
import type { PrivateKey } from "./private-key.ts";

/** What an encrypted key file needs. */
export interface ParsePrivateKeyOptions {
  /** Not looked at when the file is not encrypted. */
  readonly passphrase?: Passphrase;
  readonly provider?: CryptoProvider;
}

/**
 * Reads a private key file: `openssh-key-v1`, PKCS #8, PKCS #1 or SEC 1 with an ed25519, ecdsa or RSA key, plain or
 * encrypted.
 *
 * An encrypted file takes its time on purpose, a quarter of a second and more: `parsePrivateKeyAsync` does the same with pauses.
 *
 * Throws `key-format` (not a key file, or a damaged one), `key-mismatch` (its parts do not belong together),
 * `key-encrypted` (it needs a passphrase), `key-passphrase-wrong` and `key-not-supported` (another container, cipher or
 * key type, or more than 2048 rounds).
 *
 * @example
 * const key = parsePrivateKey(await readFile("id_ed25519", "utf8"), { passphrase: "correct horse" });
 */
export function parsePrivateKey(text: string, options: ParsePrivateKeyOptions = {}): PrivateKey {
  return runKeySteps(parsePrivateKeySteps(text, options));
}

/** The work of `parsePrivateKey`, step by step. */
export function* parsePrivateKeySteps(text: string, options: ParsePrivateKeyOptions): KeySteps<PrivateKey> {
  if (/^PuTTY-User-Key-File-/.test(text))
    throw new SshError("key-not-supported", "reading a private key: there is no support for PuTTY files");
  const { label, headers, bytes } = parsePem(text, "PRIVATE KEY", "a private key");
  const dekInfo = headers.get("DEK-Info");
  const plain = dekInfo === undefined ? bytes : decryptOldPem(bytes, dekInfo, options);
  switch (label) {
    case opensshLabel:
      return yield* decodeOpensshKey(bytes, options);
    case "PRIVATE KEY":
      return decodePkcs8Key(plain, options);
    case "ENCRYPTED PRIVATE KEY":
      return decodePkcs8Key(yield* decryptPbes2(bytes, options), options);
    case "RSA PRIVATE KEY":
      return decodePkcs1Key(plain, options);
    case "EC PRIVATE KEY":
      return decodeSec1Key(plain, options);
    default:
      throw new SshError("key-not-supported", `reading a private key: there is no support for "${label}" files`);
  }
}
