import type { DeviceList, KnownDevice, PeerIdentity } from "@netconf-kit/core";
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

/** A device, and the identity by which it was recognized; or why its certificate does not count. */
export type Identified<Credentials> =
  | { readonly device: KnownDevice<Credentials>; readonly peer: PeerIdentity }
  | { readonly refusal: string };

/**
 * Finds the device that a host key or host certificate belongs to (RFC 8071 §3.1 C5 and C6). A key that is pinned counts with and
 * without a certificate. A certificate counts when the device is to be known by it: signed by the authority of that entry, valid
 * now, and for the name of that entry.
 *
 * @throws NetconfError `unknown-identity`; SshError for a certificate that cannot be read
 */
export function identifyDevice<Credentials>(
  devices: DeviceList<Credentials>,
  { algorithm, keyType, fingerprint, publicBlob }: OfferedHostKey,
  now: number,
  provider?: CryptoProvider,
): Identified<Credentials> {
  if (!keyType.endsWith("-cert-v01@openssh.com")) {
    const peer: PeerIdentity = { kind: "ssh-host-key", fingerprint, algorithm };
    return { device: devices.require(peer), peer };
  }
  const certificate = parseCertificate(publicBlob);
  const identity = certificateIdentity(certificate, algorithm);
  const key: PeerIdentity = { kind: "ssh-host-key", fingerprint: identity.fingerprint, algorithm };
  const pinned = devices.find(key);
  if (pinned !== undefined) return { device: pinned, peer: key };
  // Nothing in the certificate is proved yet: it only selects the entry that says what has to be proved.
  const device = devices.require(identity);
  const verdict = verifyCertificate(certificate, {
    kind: "host",
    principal: device.certified?.name ?? "",
    now,
    isAuthority: (authority) => fingerprintSha256(authority) === device.certified?.authority,
    ...(provider !== undefined && { provider }),
  });
  return verdict.valid ? { device, peer: identity } : { refusal: verdict.reason };
}
