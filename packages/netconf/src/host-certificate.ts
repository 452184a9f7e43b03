import type { PeerEvidence } from "@netconf-kit/call-home";
import type { PeerIdentity } from "@netconf-kit/core";
import {
  type Certificate,
  type CryptoProvider,
  fingerprintSha256,
  type OfferedHostKey,
  parseCertificate,
  verifyCertificate,
} from "@netconf-kit/ssh";

export type CertificateIdentity = Extract<PeerIdentity, { readonly kind: "ssh-host-certificate" }>;

/** What a host certificate says. It counts as an identity only once the certificate is verified. */
export function certificateIdentity(certificate: Certificate, algorithm: string): CertificateIdentity {
  return {
    kind: "ssh-host-certificate",
    fingerprint: fingerprintSha256(certificate.publicBlob),
    algorithm,
    authority: fingerprintSha256(certificate.authority),
    keyId: certificate.keyId,
    principals: certificate.principals,
  };
}

/** What a verifier of host keys found out, where it is a certificate. */
export function isCertificateIdentity(identity: unknown): identity is CertificateIdentity {
  return (
    typeof identity === "object" &&
    identity !== null &&
    "kind" in identity &&
    identity.kind === "ssh-host-certificate" &&
    "authority" in identity
  );
}

/**
 * What a host key or host certificate shows of a device (RFC 8071 §3.1 C5 and C6). A certificate counts for an entry by which it finds
 * no fault: signed by the authority of that entry, valid now, and for its name.
 *
 * @throws SshError for a certificate that cannot be read
 */
export function evidenceOf(
  { algorithm, keyType, fingerprint, publicBlob }: OfferedHostKey,
  now: () => number,
  provider?: CryptoProvider,
): PeerEvidence {
  if (!keyType.endsWith("-cert-v01@openssh.com"))
    return { identity: { kind: "ssh-host-key", fingerprint, algorithm }, publicBlob };
  const certificate = parseCertificate(publicBlob);
  const identity = certificateIdentity(certificate, algorithm);
  return {
    identity: { kind: "ssh-host-key", fingerprint: identity.fingerprint, algorithm },
    publicBlob,
    certificate: {
      identity,
      fault: (expected) => {
        const verdict = verifyCertificate(certificate, {
          kind: "host",
          principal: expected.name,
          now: now(),
          isAuthority: (authority) => fingerprintSha256(authority) === expected.authority,
          ...(provider !== undefined && { provider }),
        });
        return verdict.valid ? undefined : verdict.reason;
      },
    },
  };
}
