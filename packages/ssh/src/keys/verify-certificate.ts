import { bytesEqual } from "../algorithms/bytes-equal.ts";
import { nobleProvider } from "../algorithms/noble-provider.ts";
import type { CryptoProvider } from "../algorithms/provider.ts";
import { ecdsaSha2Nistp256, ecdsaSha2Nistp384, ecdsaSha2Nistp521 } from "../algorithms/signatures/ecdsa.ts";
import { sshEd25519 } from "../algorithms/signatures/ed25519.ts";
import type { HostKeyAlgorithm } from "../algorithms/signatures/host-key-algorithm.ts";
import { rsaSha256, rsaSha512 } from "../algorithms/signatures/rsa.ts";
import { isSshError } from "../errors.ts";
import { printable } from "../wire/printable.ts";
import { SshReader } from "../wire/reader.ts";
import type { Certificate } from "./certificate.ts";

/** An option that somebody has to enforce for the certificate to be accepted. */
export type EnforceableOption = "force-command" | "source-address";

/** What a certificate has to pass. */
export interface CertificateChecks {
  /** What the certificate is shown for. */
  readonly kind: "user" | "host";
  /** The user name, exactly, or the host name without its port, in lower case. */
  readonly principal: string;
  /** Seconds since 1970. */
  readonly now: number;
  /** Whether this public key, in wire form, is an authority that may speak for `principal`. */
  readonly isAuthority: (publicBlob: Uint8Array) => boolean;
  /** Whether a key, certified or of an authority, has been withdrawn. Default: none has. */
  readonly isRevoked?: (publicBlob: Uint8Array, certificate: Certificate) => boolean;
  /**
   * Critical options that the caller enforces by itself, from the fields of the result. A certificate with any other one
   * is refused. Default: none.
   */
  readonly enforced?: readonly EnforceableOption[];
  /** How the authority may have signed. Default: ed25519, the three ecdsa, RSA with SHA-2. */
  readonly signatureAlgorithms?: readonly HostKeyAlgorithm[];
  readonly provider?: CryptoProvider;
}

/** Why a certificate is not good enough. */
export type CertificateRefusal =
  | "malformed"
  | "wrong-kind"
  | "untrusted-authority"
  | "revoked"
  | "wrong-principal"
  | "not-yet-valid"
  | "expired"
  | "critical-option"
  | "signature-algorithm"
  | "bad-signature";

/** Whether a certificate is good, or why not. */
export type CertificateVerdict =
  | {
      readonly valid: true;
      readonly certificate: Certificate;
      /** The only command that may run. For the caller to enforce. */
      readonly forceCommand: string | undefined;
      /** Networks from which the user may come. For the caller to enforce, with `matchesSourceAddress`. */
      readonly sourceAddresses: readonly string[] | undefined;
    }
  | { readonly valid: false; readonly code: CertificateRefusal; readonly reason: string };

const defaultAlgorithms: readonly HostKeyAlgorithm[] = [
  ...[sshEd25519, ecdsaSha2Nistp256, ecdsaSha2Nistp384, ecdsaSha2Nistp521, rsaSha512, rsaSha256],
];

/**
 * Whether a certificate counts, here and now, for this name (OpenSSH PROTOCOL.certkeys). It says nothing about who shows
 * it: that the peer holds the certified key is proved by its signature over the session.
 *
 * @example
 * const verdict = verifyCertificate(certificate, { kind: "user", principal: "admin", now, isAuthority });
 * if (verdict.valid === false) log(verdict.code, verdict.reason);
 */
export function verifyCertificate(certificate: Certificate, checks: CertificateChecks): CertificateVerdict {
  const { kind, principal, isRevoked = () => false, provider = nobleProvider } = checks;
  if (certificate.kind !== kind) return refused("wrong-kind", `it is a ${certificate.kind} certificate`);
  // Only `true` is a yes, whatever a caller without types gives back.
  if (checks.isAuthority(certificate.authority) !== true)
    return refused("untrusted-authority", "its authority is not a trusted one");
  if (
    isRevoked(certificate.authority, certificate) !== false ||
    isRevoked(certificate.publicBlob, certificate) !== false
  )
    return refused("revoked", "its key or its authority is revoked");
  const signature = checkSignature(certificate, checks.signatureAlgorithms ?? defaultAlgorithms, provider);
  if (signature !== undefined) return signature;
  // An empty list is valid for nobody: it must not become a certificate for everybody. Names are compared whole.
  if (!certificate.principals.includes(principal))
    return refused("wrong-principal", `it is not for "${printable(principal, 256)}"`);
  // Anything but a time is "never": NaN compares as neither before nor after.
  const now = Number.isFinite(checks.now) ? BigInt(Math.floor(checks.now)) : undefined;
  if (now === undefined || now < certificate.validAfter) return refused("not-yet-valid", "it is not valid yet");
  if (now >= certificate.validBefore) return refused("expired", "it is not valid any more");
  return checkOptions(certificate, checks.enforced ?? []);
}

function checkSignature(
  certificate: Certificate,
  allowed: readonly HostKeyAlgorithm[],
  provider: CryptoProvider,
): CertificateVerdict | undefined {
  const name = readText(certificate.signature, false);
  const algorithm = allowed.find((each) => each.name === name);
  if (algorithm === undefined)
    return refused("signature-algorithm", `it is signed with "${printable(name ?? "", 64)}", which is not allowed`);
  const { authority, signedBytes, signature } = certificate;
  if (algorithm.verify(provider, authority, signedBytes, signature) !== true)
    return refused("bad-signature", "the signature of its authority is wrong");
  return undefined;
}

function checkOptions(certificate: Certificate, enforced: readonly EnforceableOption[]): CertificateVerdict {
  let forceCommand: string | undefined;
  let sourceAddresses: readonly string[] | undefined;
  for (const [name, value] of certificate.criticalOptions) {
    const known = enforced.find((each) => each === name);
    // "Critical" means: who does not know it, refuses. That includes knowing and not enforcing it.
    if (known === undefined || certificate.kind !== "user")
      return refused("critical-option", `nobody enforces its option "${printable(name, 64)}"`);
    const text = readText(value, true);
    if (text === undefined || text === "") return refused("critical-option", `its option "${known}" is malformed`);
    if (known === "force-command") forceCommand = text;
    else sourceAddresses = text.split(",");
  }
  return { valid: true, certificate, forceCommand, sourceAddresses };
}

/** The string that bytes start with, or consist of. */
function readText(bytes: Uint8Array, whole: boolean): string | undefined {
  try {
    const reader = new SshReader(bytes);
    const text = reader.text();
    if (whole) reader.end();
    return text;
  } catch (error) {
    if (isSshError(error)) return undefined;
    throw error;
  }
}

function refused(code: CertificateRefusal, problem: string): CertificateVerdict {
  return { valid: false, code, reason: `the certificate does not count: ${problem}` };
}

/**
 * An `isAuthority` that knows a list of keys.
 *
 * @example
 * const isAuthority = oneOfKeys([parsePublicKey(text)]);
 */
export function oneOfKeys(keys: readonly { readonly publicBlob: Uint8Array }[]): (publicBlob: Uint8Array) => boolean {
  return (publicBlob) => keys.some((key) => bytesEqual(key.publicBlob, publicBlob));
}
