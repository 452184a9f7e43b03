import type { AuthorizedKey, AuthorizedKeys } from "./authorized-keys.ts";
import { certificateOf } from "./certificate.ts";
import type { PublicKey } from "./public-key.ts";
import {
  type CertificateChecks,
  type CertificateRefusal,
  type CertificateVerdict,
  oneOfKeys,
  verifyCertificate,
} from "./verify-certificate.ts";

/** What a user's certificate has to pass. */
export interface UserCertificateChecks extends Omit<CertificateChecks, "kind" | "isAuthority" | "principal"> {
  readonly username: string;
  /** Keys that may certify any user, as the TrustedUserCAKeys file of sshd lists them. */
  readonly authorities: readonly PublicKey[];
  /**
   * Names that a certificate may be for to let `username` in, as an AuthorizedPrincipalsFile lists them.
   * Default: the user name alone.
   */
  readonly principals?: readonly string[];
}

/**
 * What a server asks about the key of a login attempt when it trusts authorities: does this certificate, in wire form, let
 * that user in? Never throws on bytes of a peer. The engine itself proves that the peer holds the key.
 *
 * @example
 * const authenticate = (attempt: AuthAttempt) => ({
 *   accept:
 *     attempt.method === "publickey" &&
 *     checkUserCertificate(attempt.publicBlob, { username: attempt.username, authorities, now: Date.now() / 1000 }).valid,
 * });
 */
export function checkUserCertificate(publicBlob: Uint8Array, checks: UserCertificateChecks): CertificateVerdict {
  const { username, authorities, principals = [username], ...rest } = checks;
  const certificate = certificateOf(publicBlob);
  if (certificate === undefined) return refuse("malformed", "it cannot be read");
  // Of several names one is enough. With none of them in the certificate, any will give the right answer.
  const principal = principals.find((name) => certificate.principals.includes(name)) ?? principals[0];
  if (principal === undefined) return refuse("wrong-principal", "no name would do");
  return verifyCertificate(certificate, { ...rest, kind: "user", principal, isAuthority: oneOfKeys(authorities) });
}

/** What a certificate has to pass for a line of authorized_keys. */
export interface AuthorizedCertificateChecks extends Omit<UserCertificateChecks, "authorities" | "principals"> {
  /** Options of authorized_keys entries that the caller enforces by itself, as for `AuthorizedKeys.find`. */
  readonly enforcedOptions?: readonly string[];
}

/**
 * The same for the authorities of a user's authorized_keys file: entries with `cert-authority`, each for the names in its
 * `principals`, or for the user name alone where it has none. With a yes comes the entry, whose options in
 * `enforcedOptions` are for the caller to look at.
 *
 * @example
 * const verdict = checkAuthorizedCertificate(keys, attempt.publicBlob, { username: attempt.username, now });
 */
export function checkAuthorizedCertificate(
  keys: AuthorizedKeys,
  publicBlob: Uint8Array,
  checks: AuthorizedCertificateChecks,
): CertificateVerdict & { readonly entry?: AuthorizedKey } {
  const { enforcedOptions = [], ...rest } = checks;
  const certificate = certificateOf(publicBlob);
  if (certificate === undefined) return refuse("malformed", "it cannot be read");
  let verdict = refuse("untrusted-authority", "its authority is not a trusted one");
  for (const entry of keys.authorities(certificate.authority, { enforced: enforcedOptions })) {
    const listed = entry.options.get("principals");
    const principals = listed === undefined ? {} : { principals: listed.flatMap((names) => names.split(",")) };
    verdict = checkUserCertificate(publicBlob, { ...rest, ...principals, authorities: [entry] });
    if (verdict.valid) return { ...verdict, entry };
  }
  return verdict;
}

function refuse(code: CertificateRefusal, problem: string): CertificateVerdict {
  return { valid: false, code, reason: `the certificate does not count: ${problem}` };
}
