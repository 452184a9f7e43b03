import { encodeEcdsaBlob } from "../algorithms/signatures/ecdsa.ts";
import { encodeEd25519Blob } from "../algorithms/signatures/ed25519.ts";
import { encodeRsaBlob } from "../algorithms/signatures/rsa.ts";
import { SshError } from "../errors.ts";
import { decodeBase64 } from "../wire/base64.ts";
import { DerReader } from "./der-reader.ts";
import { ecdsaCurves } from "./ecdsa-curves.ts";
import { curveIdentifiers, objectIdentifiers } from "./object-identifiers.ts";
import { parsePem } from "./pem.ts";
import { checkPublicBlob, type PublicKey, parseKeyFields, publicKeyType } from "./public-key.ts";

/**
 * Reads a public key: the one line of an `id_….pub` file (type, base64, comment), a file of RFC 4716, or a "PUBLIC KEY" or
 * "RSA PUBLIC KEY" file as openssl writes them. Throws `key-format`, and `key-not-supported` for other types in the latter.
 *
 * Keys of a type this package does not know are kept as they are; only their name is compared.
 *
 * @example
 * const key = parsePublicKey("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti me");
 */
export function parsePublicKey(text: string): PublicKey {
  const line = text.trim();
  if (line.startsWith("---- BEGIN SSH2 PUBLIC KEY ----")) return parseRfc4716(line);
  if (line.startsWith("-----BEGIN ")) return parsePublicPem(text);
  if (/[\r\n]/.test(line)) throw new SshError("key-format", "reading a public key: there is more than one line");
  return parseKeyFields(line, "key-format");
}

/** RFC 4716 §3: header lines, which a backslash continues, then base64. */
function parseRfc4716(text: string): PublicKey {
  const lines = text.split(/\r?\n|\r/);
  if (lines.pop()?.trimEnd() !== "---- END SSH2 PUBLIC KEY ----") throw format("there is no END line");
  lines.shift();
  let comment = "";
  while (lines[0]?.includes(":")) {
    let header = lines.shift() ?? "";
    while (header.endsWith("\\") && lines.length > 0) header = header.slice(0, -1) + (lines.shift() ?? "");
    const [, tag = "", value = ""] = /^([^:]{1,64}):[ \t]*(.*)$/.exec(header) ?? [];
    // §3.3.2: the quotes around a comment are not part of it.
    if (tag.toLowerCase() === "comment") comment = value.replace(/^"(.*)"$/, "$1");
  }
  const publicBlob = decodeBase64(lines.join("").replace(/\s/g, ""));
  if (publicBlob === undefined) throw format("bad base64");
  const type = publicKeyType(publicBlob, "key-format");
  checkPublicBlob(publicBlob, type, "key-format");
  return { type, publicBlob, comment };
}

function parsePublicPem(text: string): PublicKey {
  const { label, bytes } = parsePem(text, "PUBLIC KEY", "a public key");
  if (label !== "PUBLIC KEY" && label !== "RSA PUBLIC KEY")
    throw new SshError("key-not-supported", `reading a public key: there is no support for "${label}" files`);
  const publicBlob = label === "PUBLIC KEY" ? decodeSpki(bytes) : decodePkcs1PublicKey(bytes);
  return { type: publicKeyType(publicBlob, "key-format"), publicBlob, comment: "" };
}

/** SubjectPublicKeyInfo (RFC 5280 §4.1). */
function decodeSpki(bytes: Uint8Array): Uint8Array {
  const outer = new DerReader(bytes, "a public key");
  const fields = outer.sequence();
  outer.end();
  const algorithm = fields.sequence();
  const identifier = algorithm.objectIdentifier();
  const key = fields.bitString();
  fields.end();
  switch (identifier) {
    case objectIdentifiers.rsaEncryption:
      algorithm.null();
      algorithm.end();
      return decodePkcs1PublicKey(key);
    case objectIdentifiers.ed25519:
      algorithm.end();
      if (key.length !== 32) throw format(`an ed25519 key has 32 bytes, not ${key.length}`);
      return encodeEd25519Blob(key);
    case objectIdentifiers.ecPublicKey: {
      if (!algorithm.nextIs("objectIdentifier")) throw unsupported("a curve given by numbers");
      const name = algorithm.objectIdentifier();
      algorithm.end();
      const curve = ecdsaCurves.find(({ curve }) => curve === curveIdentifiers.get(name));
      if (curve === undefined) throw unsupported(`the curve "${name}"`);
      if (key.length !== 2 * curve.length + 1 || key[0] !== 4) throw format("its point is not an uncompressed one");
      return encodeEcdsaBlob(key, curve);
    }
    default:
      throw unsupported(`keys of type "${identifier}"`);
  }
}

/** RFC 8017 appendix A.1.1. */
function decodePkcs1PublicKey(bytes: Uint8Array): Uint8Array {
  const outer = new DerReader(bytes, "an RSA public key");
  const fields = outer.sequence();
  outer.end();
  const modulus = fields.integer();
  const exponent = fields.integer();
  fields.end();
  return encodeRsaBlob(exponent, modulus);
}

function format(problem: string): SshError {
  return new SshError("key-format", `reading a public key: ${problem}`);
}

function unsupported(what: string): SshError {
  return new SshError("key-not-supported", `reading a public key: there is no support for ${what}`);
}
