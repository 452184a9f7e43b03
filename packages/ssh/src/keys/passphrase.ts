import { SshError } from "../errors.ts";
import { printable } from "../wire/printable.ts";

/** Text is used in UTF-8. */
export type Passphrase = string | Uint8Array;

/** The passphrase in bytes. Throws `key-encrypted` when there is none; an empty one counts as none, as in OpenSSH. */
export function requirePassphrase(passphrase: Passphrase | undefined, cipher: string): Uint8Array {
  const bytes = typeof passphrase === "string" ? new TextEncoder().encode(passphrase) : passphrase;
  if (bytes === undefined || bytes.length === 0)
    throw new SshError(
      "key-encrypted",
      `reading a private key: it is encrypted with "${printable(cipher, 64)}" and needs a passphrase`,
    );
  return bytes;
}

export function wrongPassphrase(): SshError {
  return new SshError("key-passphrase-wrong", "reading a private key: the passphrase is wrong or the file is damaged");
}
