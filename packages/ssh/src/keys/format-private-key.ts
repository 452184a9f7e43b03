import { nobleProvider } from "../algorithms/noble-provider.ts";
import type { CryptoProvider, RandomSource } from "../algorithms/provider.ts";
import { SshError } from "../errors.ts";
import { encodeBase64 } from "../wire/base64.ts";
import { readU32 } from "../wire/reader.ts";
import { SshWriter } from "../wire/writer.ts";
import { bcryptPbkdf } from "./bcrypt-pbkdf.ts";
import { type KeyCipher, keyCipher } from "./key-cipher.ts";
import { type KeySteps, runKeySteps } from "./key-steps.ts";
import { maxBcryptRounds, opensshLabel, opensshMagic } from "./openssh-private-key.ts";
import type { Passphrase } from "./passphrase.ts";
import type { PrivateKey } from "./private-key.ts";

/** Whether a key file is encrypted, and how. */
export interface FormatPrivateKeyOptions {
  /** Encrypts the file. Absent or empty: no encryption. */
  readonly passphrase?: Passphrase;
  /** What a guess at the passphrase costs: 1 to 2048, some 10 ms each. Default 24, as ssh-keygen. */
  readonly rounds?: number;
  /** A cryptographic source, compulsory with a passphrase. */
  readonly random?: RandomSource;
  /** Default `aes256-ctr`, which every reader of this format knows. */
  readonly cipher?: "aes256-ctr" | "aes256-gcm@openssh.com";
  readonly provider?: CryptoProvider;
}

/**
 * An `openssh-key-v1` file, with a line end at its end. Without a passphrase keep it where only its owner can read.
 * Throws `local-usage`.
 *
 * @example
 * const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
 * const text = formatPrivateKey(generateKey("ssh-ed25519", random), { passphrase: "correct horse", random });
 */
export function formatPrivateKey(key: PrivateKey, options: FormatPrivateKeyOptions = {}): string {
  return runKeySteps(formatPrivateKeySteps(key, options));
}

/** The work of `formatPrivateKey`, step by step. */
export function* formatPrivateKeySteps(key: PrivateKey, options: FormatPrivateKeyOptions): KeySteps<string> {
  const { cipher: name = "aes256-ctr", provider = nobleProvider } = options;
  const passphrase =
    typeof options.passphrase === "string" ? new TextEncoder().encode(options.passphrase) : options.passphrase;
  const bytes = new SshWriter(1024).bytes(opensshMagic);
  if (passphrase === undefined || passphrase.length === 0) {
    // The check numbers tell a wrong passphrase. Without one they carry nothing, so they may follow from the key.
    const check = readU32(provider.hash("sha256", key.exportSecret()), 0);
    bytes
      .text("none")
      .text("none")
      .text("")
      .u32(1)
      .string(key.publicBlob)
      .string(secretPart(key, check, 8));
    return armour(bytes.take());
  }
  const cipher = keyCipher(name);
  const { rounds = 24, random } = options;
  if (cipher?.seal === undefined) throw new SshError("local-usage", `writing a private key: there is no "${name}"`);
  if (random === undefined) throw new SshError("local-usage", "writing a private key: a passphrase needs `random`");
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > maxBcryptRounds)
    throw new SshError("local-usage", `writing a private key: "${rounds}" rounds are not 1 to ${maxBcryptRounds}`);
  const salt = random(16);
  const secrets = secretPart(key, readU32(random(4), 0), cipher.blockLength);
  const tag = yield* seal(provider, { ...cipher, seal: cipher.seal }, { passphrase, salt, rounds }, secrets);
  bytes.text(name).text("bcrypt").string(new SshWriter(32).string(salt).u32(rounds).take());
  bytes.u32(1).string(key.publicBlob).string(secrets).bytes(tag);
  return armour(bytes.take());
}

function secretPart(key: PrivateKey, check: number, blockLength: number): Uint8Array {
  const secret = key.exportSecret();
  const part = new SshWriter(secret.length + 128).u32(check).u32(check).text(key.type).bytes(secret).text(key.comment);
  for (let i = 1; part.length % blockLength !== 0; i++) part.u8(i);
  return part.take();
}

function* seal(
  provider: CryptoProvider,
  cipher: Required<KeyCipher>,
  kdf: { readonly passphrase: Uint8Array; readonly salt: Uint8Array; readonly rounds: number },
  bytes: Uint8Array,
): KeySteps<Uint8Array> {
  const derived = yield* bcryptPbkdf(provider, { ...kdf, length: cipher.keyLength + cipher.ivLength });
  const keys = { key: derived.slice(0, cipher.keyLength), iv: derived.slice(cipher.keyLength) };
  const tag = cipher.seal(provider, keys, bytes);
  for (const secret of [derived, keys.key, keys.iv]) secret.fill(0);
  return tag;
}

function armour(bytes: Uint8Array): string {
  const lines = encodeBase64(bytes).replace(/.{70}(?=.)/g, "$&\n");
  return `-----BEGIN ${opensshLabel}-----\n${lines}\n-----END ${opensshLabel}-----\n`;
}
