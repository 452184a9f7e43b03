import { DerReader, tags } from "./der-reader.ts";
import { readTime } from "./der-time.ts";
import { certificateLimits } from "./limits.ts";
import { type NameAttribute, readName } from "./name.ts";
import { readSubjectAltNames, type SubjectAltName } from "./subject-alt-names.ts";

/** What NETCONF needs to know of an X.509 certificate. Nothing in it is proved by having been read. */
export interface Certificate {
  /** The bytes it was read from. */
  readonly der: Uint8Array;
  /** In lower-case hex, as it is written in the certificate. */
  readonly serialNumber: string;
  readonly issuer: readonly NameAttribute[];
  readonly subject: readonly NameAttribute[];
  /** The first and the last moment of its validity, in milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** The public key with its algorithm, as DER: what an SPKI pin is the hash of. */
  readonly subjectPublicKeyInfo: Uint8Array;
  readonly subjectAltNames: readonly SubjectAltName[];
}

/**
 * Reads an X.509 certificate (RFC 5280 §4.1) in DER. Signatures are not checked here: that is the business of path validation.
 *
 * @throws TlsError `certificate-malformed`, also for more than 64 KiB, 64 extensions or 256 alternative names
 * @example
 * const certificate = readCertificate(der);
 * console.log(certificate.subjectAltNames, certificate.notAfter);
 */
export function readCertificate(der: Uint8Array): Certificate {
  const outer = new DerReader(der);
  if (der.length > certificateLimits.bytes)
    outer.fail(`it has ${der.length} bytes, the limit is ${certificateLimits.bytes}`);
  const certificate = outer.sequence();
  outer.end();
  const body = certificate.sequence();
  certificate.sequence();
  certificate.value(tags.bitString);
  certificate.end();

  const version = body.optional(0xa0)?.value(tags.integer)[0] ?? 0;
  const serialNumber = toHex(body.value(tags.integer));
  if (serialNumber === "") body.fail("the serial number is empty");
  body.sequence();
  const issuer = readName(body);
  const validity = body.sequence();
  const notBefore = readTime(validity);
  const notAfter = readTime(validity);
  validity.end();
  const subject = readName(body);
  if (!body.nextIs(tags.sequence)) body.fail("the public key is missing");
  const subjectPublicKeyInfo = body.element().whole;
  // issuerUniqueID and subjectUniqueID: allowed, and of no use to anybody (RFC 5280 §4.1.2.8).
  body.optional(0x81);
  body.optional(0x82);
  const extensions = body.optional(0xa3);
  body.end();
  // RFC 5280 §4.1.2.9: extensions in version 3 only, which is written as 2.
  if (extensions !== undefined && version !== 2) body.fail("it has extensions and is not of version 3");
  const subjectAltNames = extensions === undefined ? [] : alternativeNames(extensions);
  return { der, serialNumber, issuer, subject, notBefore, notAfter, subjectPublicKeyInfo, subjectAltNames };
}

const SUBJECT_ALT_NAME = "2.5.29.17";

function alternativeNames(extensions: DerReader): readonly SubjectAltName[] {
  const list = extensions.sequence();
  extensions.end();
  const seen = new Set<string>();
  let names: readonly SubjectAltName[] = [];
  while (list.more) {
    const extension = list.sequence();
    const id = extension.objectIdentifier();
    extension.optionalTrue();
    const value = extension.value(tags.octetString);
    extension.end();
    // RFC 5280 §4.2: not more than one instance of an extension.
    if (seen.has(id)) list.fail(`extension ${id} is there twice`);
    if (seen.add(id).size > certificateLimits.extensions) list.fail("it has too many extensions");
    if (id === SUBJECT_ALT_NAME) names = readSubjectAltNames(value);
  }
  return names;
}

/** Lower-case hex without separators. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
