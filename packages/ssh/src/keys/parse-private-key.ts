import type { CryptoProvider } from "../algorithms/provider.ts";
import { SshError } from "../errors.ts";
import { decodeBase64 } from "../wire/base64.ts";
import { printable } from "../wire/printable.ts";
import { decodeOpensshKey, opensshLabel } from "./openssh-private-key.ts";
import type { PrivateKey } from "./private-key.ts";

export interface ParsePrivateKeyOptions {
  readonly provider?: CryptoProvider;
}

/**
 * Reads a private key file: `openssh-key-v1` with an ed25519, ecdsa-nistp256 or RSA key, not encrypted.
 *
 * Throws `key-format` (not a key file, or a damaged one), `key-mismatch` (its parts do not belong together),
 * `key-encrypted` (it needs a passphrase) and `key-not-supported` (another container or key type).
 *
 * @example
 * const key = parsePrivateKey(await readFile("id_ed25519", "utf8"));
 */
export function parsePrivateKey(text: string, options: ParsePrivateKeyOptions = {}): PrivateKey {
  const { label, headers, bytes } = parsePem(text);
  if (label === opensshLabel) return decodeOpensshKey(bytes, options);
  if (label.startsWith("ENCRYPTED") || headers.includes("ENCRYPTED"))
    throw new SshError("key-encrypted", `reading a private key: this "${label}" is encrypted`);
  throw new SshError("key-not-supported", `reading a private key: there is no support for "${label}" files`);
}

/** RFC 7468, with the header lines of RFC 1421 that old key files carry. */
function parsePem(text: string): { readonly label: string; readonly headers: string; readonly bytes: Uint8Array } {
  const match = /-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*\r?\n([\s\S]*?)-----END ([A-Z0-9 ]{1,64})-----/.exec(text);
  if (match === null) {
    if (/^PuTTY-User-Key-File-/.test(text))
      throw new SshError("key-not-supported", "reading a private key: there is no support for PuTTY files");
    throw new SshError("key-format", "reading a private key: there is no BEGIN and END line");
  }
  const [, label = "", body = "", end = ""] = match;
  if (end !== label)
    throw new SshError("key-format", `reading a private key: BEGIN "${printable(label)}", END "${printable(end)}"`);
  const blank = /^[\s\S]*?\r?\n\r?\n/.exec(body);
  const headers = body.includes(":") && blank !== null ? blank[0] : "";
  const bytes = decodeBase64(body.slice(headers.length).replace(/[\s]/g, ""));
  if (bytes === undefined) throw new SshError("key-format", `reading a private key: bad base64 in "${label}"`);
  return { label, headers, bytes };
}
