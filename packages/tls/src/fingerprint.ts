import { sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { type Certificate, toHex } from "./certificate.ts";
import { TlsError } from "./errors.ts";

/**
 * How a certificate is called in logs and device lists: `SHA256:` and the hash of its DER in hex with colons, as
 * `openssl x509 -fingerprint -sha256` prints it.
 *
 * @example
 * certificateFingerprint(readCertificate(der)); // "SHA256:9A:3C:…"
 */
export function certificateFingerprint(certificate: Certificate): string {
  return `SHA256:${colonHex(sha256(certificate.der))}`;
}

/**
 * The same of the public key alone: it survives a certificate that is renewed with its key.
 *
 * @example
 * publicKeyFingerprint(readCertificate(der)); // what a pin of the public key compares
 */
export function publicKeyFingerprint(certificate: Certificate): string {
  return `SHA256:${colonHex(sha256(certificate.subjectPublicKeyInfo))}`;
}

/** Hash algorithms by their number in TLS (RFC 5246 §7.4.1.4.1). 1 is MD5: anybody can make two certificates with one such hash. */
const hashes: ReadonlyMap<number, (bytes: Uint8Array) => Uint8Array> = new Map([
  [2, sha1],
  [3, sha224],
  [4, sha256],
  [5, sha384],
  [6, sha512],
]);

/**
 * Reads a `tls-fingerprint` of RFC 7407 §3.2: the number of a hash algorithm, then the hash of a certificate, all in hex with
 * colons (`04:9A:3C:…` is SHA-256). The result tells whether a certificate has it.
 *
 * @throws TlsError `invalid-options` for MD5, unknown algorithms and hashes of the wrong length
 * @example
 * const has = parseTlsFingerprint(text);
 * has(readCertificate(der)); // true or false
 */
export function parseTlsFingerprint(text: string): (certificate: Certificate) => boolean {
  const [number = "", ...digits] = text.split(":");
  const hash = hashes.get(Number.parseInt(number, 16));
  const wellFormed = [number, ...digits].every((pair) => /^[\da-f]{2}$/i.test(pair));
  if (!wellFormed || hash === undefined) {
    throw new TlsError(
      "invalid-options",
      `cannot use "${text}" as a fingerprint: it begins with the hash algorithm, 02 (SHA-1) to 06 (SHA-512), as in 04:9A:3C`,
    );
  }
  const wanted = digits.join("").toLowerCase();
  if (wanted.length !== 2 * hash(new Uint8Array()).length)
    throw new TlsError("invalid-options", `cannot use "${text}" as a fingerprint: the hash has the wrong length`);
  return (certificate) => toHex(hash(certificate.der)) === wanted;
}

/** What a server has to show when no authority vouches for it: SHA-256 of its certificate, or of its public key (SPKI), in hex. */
export type TlsPin = { readonly certificate: string } | { readonly publicKey: string };

/**
 * Reads a pin; colons, case and a leading `SHA256:` or `sha256 Fingerprint=` make no difference.
 *
 * @throws TlsError `invalid-options`
 * @example
 * const trusted = parsePin({ publicKey: publicKeyFingerprint(readCertificate(der)) });
 * trusted(certificate); // whether it has this key
 */
export function parsePin(pin: TlsPin): (certificate: Certificate) => boolean {
  const [text, fingerprint] =
    "certificate" in pin
      ? ([pin.certificate, certificateFingerprint] as const)
      : ([pin.publicKey, publicKeyFingerprint] as const);
  const digits = text.replace(/^sha256( Fingerprint)?[:=]/i, "").replaceAll(":", "");
  if (!/^[\da-f]{64}$/i.test(digits))
    throw new TlsError("invalid-options", `cannot use "${text}" as a pin: it is not a SHA-256 hash in hex`);
  const wanted = `SHA256:${pairs(digits.toUpperCase())}`;
  return (certificate) => fingerprint(certificate) === wanted;
}

function colonHex(bytes: Uint8Array): string {
  return pairs(toHex(bytes).toUpperCase());
}

function pairs(digits: string): string {
  return (digits.match(/../g) ?? []).join(":");
}
