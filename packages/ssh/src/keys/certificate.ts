import { encodeEcdsaBlob } from "../algorithms/signatures/ecdsa.ts";
import { encodeEd25519Blob } from "../algorithms/signatures/ed25519.ts";
import { encodeRsaBlob } from "../algorithms/signatures/rsa.ts";
import { isSshError, SshError, type SshErrorCode } from "../errors.ts";
import { printable } from "../wire/printable.ts";
import { SshReader } from "../wire/reader.ts";
import { ecdsaCurveNamed } from "./ecdsa-curves.ts";
import { checkPublicBlob, publicKeyType } from "./public-key.ts";

/** An OpenSSH certificate as it is written: nothing in it is proved before `verifyCertificate` says so. */
export interface Certificate {
  /** Such as `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string;
  /** The whole certificate in wire form. */
  readonly blob: Uint8Array;
  /** The certified key, in wire form without the certificate. */
  readonly publicBlob: Uint8Array;
  readonly serial: bigint;
  readonly kind: "user" | "host";
  /** The authority's name for it, for logs. Made fit for display. */
  readonly keyId: string;
  /** User or host names. None means that it is valid for nobody. */
  readonly principals: readonly string[];
  /** Seconds since 1970; valid from here on … */
  readonly validAfter: bigint;
  /** … and up to here, exclusive. 2^64-1 is for ever. */
  readonly validBefore: bigint;
  /** What has to be obeyed, or the certificate refused: name → value in wire form. */
  readonly criticalOptions: ReadonlyMap<string, Uint8Array>;
  /** What is permitted, and may be ignored: name → value in wire form. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
  /** The authority's public key, in wire form. */
  readonly authority: Uint8Array;
  /** What the authority signed, and its signature blob. */
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

const suffix = "-cert-v01@openssh.com";

/** Most principals of a certificate, the limit of OpenSSH. */
const maxPrincipals = 256;

/** Whether a public key in wire form is a certificate of a kind that `parseCertificate` may know. */
export function isCertificateType(type: string): boolean {
  return type.endsWith(suffix);
}

/**
 * Reads a certificate in wire form (OpenSSH PROTOCOL.certkeys). Throws `code`, by default `malformed-message`, also for
 * one whose key or authority is of a type that this package does not know.
 *
 * @example
 * const { validBefore } = parseCertificate(publicBlob);
 */
export function parseCertificate(blob: Uint8Array, code: SshErrorCode = "malformed-message"): Certificate {
  const bytes = blob.slice();
  const reader = new SshReader(bytes, code, "a certificate");
  const type = reader.text();
  if (!isCertificateType(type)) reader.fail(`"${printable(type, 64)}" is no certificate`);
  // The nonce: only there to make the signed bytes unforeseeable.
  reader.string();
  const publicBlob = readKey(type.slice(0, -suffix.length), reader);
  const serial = reader.u64();
  const kind = reader.u32();
  if (kind !== 1 && kind !== 2) reader.fail(`its kind is ${kind}`);
  const keyId = printable(reader.description(), 1024);
  const principals = readPrincipals(reader.string(), code);
  const validAfter = reader.u64();
  const validBefore = reader.u64();
  const criticalOptions = readOptions(reader.string(), code);
  const extensions = readOptions(reader.string(), code);
  // Reserved; OpenSSH ignores it too.
  reader.string();
  const authority = reader.string();
  const signedBytes = bytes.subarray(0, reader.offset);
  const signature = reader.string();
  reader.end();
  checkAuthority(authority, code);
  return {
    ...{ type, blob: bytes, publicBlob, serial, kind: kind === 1 ? "user" : "host", keyId, principals },
    ...{ validAfter, validBefore, criticalOptions, extensions, authority, signedBytes, signature },
  };
}

/** The certificate that a peer's public key is, if it is one that can be read. */
export function certificateOf(publicBlob: Uint8Array): Certificate | undefined {
  try {
    return isCertificateType(publicKeyType(publicBlob)) ? parseCertificate(publicBlob) : undefined;
  } catch (error) {
    if (isSshError(error)) return undefined;
    throw error;
  }
}

/** The fields of the certified key, put together to a plain key again. */
function readKey(keyType: string, reader: SshReader): Uint8Array {
  const curve = ecdsaCurveNamed(keyType);
  if (curve !== undefined) {
    if (reader.text() !== curve.curve) reader.fail("its curve is not the one of its type");
    const point = reader.string();
    if (point.length !== 2 * curve.length + 1 || point[0] !== 4) reader.fail("its point is not an uncompressed one");
    return encodeEcdsaBlob(point, curve);
  }
  switch (keyType) {
    case "ssh-ed25519": {
      const key = reader.string();
      if (key.length !== 32) reader.fail(`its key has ${key.length} bytes, not 32`);
      return encodeEd25519Blob(key);
    }
    case "ssh-rsa": {
      const exponent = reader.mpintBytes();
      return encodeRsaBlob(exponent, reader.mpintBytes());
    }
    default:
      return reader.fail(`there is no support for keys of type "${printable(keyType, 64)}"`);
  }
}

function readPrincipals(bytes: Uint8Array, code: SshErrorCode): readonly string[] {
  const reader = new SshReader(bytes, code, "the principals of a certificate");
  const principals: string[] = [];
  while (reader.remaining > 0) {
    if (principals.length === maxPrincipals) reader.fail(`there are more than ${maxPrincipals}`);
    principals.push(reader.text());
  }
  return principals;
}

/** Names in ascending order, each once: so a name cannot be set twice, with each reader heeding another one. */
function readOptions(bytes: Uint8Array, code: SshErrorCode): ReadonlyMap<string, Uint8Array> {
  const reader = new SshReader(bytes, code, "the options of a certificate");
  const options = new Map<string, Uint8Array>();
  let last: string | undefined;
  while (reader.remaining > 0) {
    const name = reader.text();
    if (last !== undefined && name <= last) reader.fail(`"${printable(name, 64)}" is not in order`);
    options.set(name, reader.string());
    last = name;
  }
  return options;
}

function checkAuthority(authority: Uint8Array, code: SshErrorCode): void {
  const type = publicKeyType(authority, code);
  // Chains of certificates do not exist, and reading them would be recursion that a peer controls.
  if (isCertificateType(type)) throw new SshError(code, "reading a certificate: its authority is a certificate itself");
  checkPublicBlob(authority, type, code);
}
