import { decodeEcdsaBlob } from "../algorithms/signatures/ecdsa.ts";
import { decodeEd25519Blob } from "../algorithms/signatures/ed25519.ts";
import { decodeRsaBlob } from "../algorithms/signatures/rsa.ts";
import { SshError, type SshErrorCode } from "../errors.ts";
import { decodeBase64, encodeBase64 } from "../wire/base64.ts";
import { printable } from "../wire/printable.ts";
import { SshReader } from "../wire/reader.ts";
import { ecdsaCurveNamed } from "./ecdsa-curves.ts";

/** A public key. A `PrivateKey` is one too. */
export interface PublicKey {
  /** The key type, such as `ssh-ed25519`. */
  readonly type: string;
  /** The key in wire form (RFC 4253 §6.6). */
  readonly publicBlob: Uint8Array;
  readonly comment: string;
}

/**
 * One line for an `id_….pub` or `authorized_keys` file, without a line end.
 *
 * @example
 * formatPublicKey(parsePrivateKey(text)); // "ssh-ed25519 AAAA…"
 */
export function formatPublicKey(key: PublicKey): string {
  const comment = key.comment === "" ? "" : ` ${key.comment.replace(/[\r\n]+/g, " ")}`;
  return `${key.type} ${encodeBase64(key.publicBlob)}${comment}`;
}

/** "type base64 [comment]", which public key, known_hosts and authorized_keys lines share. */
export function parseKeyFields(text: string, code: SshErrorCode): PublicKey {
  // Space and tab separate, nothing else: other white space belongs to a field and makes it wrong.
  const match = /^([^ \t]+)[ \t]+([^ \t]+)(?:[ \t]+(.*))?$/s.exec(text);
  const [, type = "", base64 = "", comment = ""] = match ?? [];
  if (match === null) throw new SshError(code, `reading a public key: "${printable(text, 80)}" is not "type base64"`);
  const publicBlob = decodeBase64(base64);
  if (publicBlob === undefined) throw new SshError(code, `reading a key of type "${printable(type, 64)}": bad base64`);
  checkPublicBlob(publicBlob, type, code);
  return { type, publicBlob, comment };
}

/** Throws unless the blob is a key of the declared type; known types are checked to the last byte. */
export function checkPublicBlob(blob: Uint8Array, type: string, code: SshErrorCode): void {
  if (publicKeyType(blob, code) !== type)
    throw new SshError(code, `reading a key: it is declared as "${printable(type, 64)}" and is of another type`);
  const curve = ecdsaCurveNamed(type);
  if (curve !== undefined) decodeEcdsaBlob(blob, curve, code);
  switch (type) {
    case "ssh-ed25519":
      decodeEd25519Blob(blob, code);
      return;
    case "ssh-rsa":
      decodeRsaBlob(blob, code);
      return;
  }
}

/** The key type that a blob names. */
export function publicKeyType(blob: Uint8Array, code: SshErrorCode = "malformed-message"): string {
  return new SshReader(blob, code, "a public key").text();
}
