import type { Certificate } from "./certificate.ts";
import { certificateFingerprint } from "./fingerprint.ts";
import { formatIpAddress } from "./ip-address.ts";
import { attributeTypes, onlyAttribute } from "./name.ts";

/** Who a peer has proved to be; one of core's `PeerIdentity`. */
export interface CertificateIdentity {
  readonly kind: "x509-certificate";
  /** `SHA256:` and the hash of the certificate in hex with colons. */
  readonly fingerprint: string;
  /** What the certificate calls its holder. Worth as much as the authority that says so, and nothing without one. */
  readonly names: readonly string[];
  /** Fingerprint of the configured authority that the path ends in; undefined when no path was validated. */
  readonly authority: string | undefined;
}

/**
 * The identity in a certificate whose holder has proved to have its key. Names are DNS names in lower case, IP addresses, the
 * common name and the serial number of the subject, where manufacturers put a device's own (RFC 8071 §3.1 C6).
 *
 * @example
 * const identity = identityOf(readCertificate(der), undefined);
 */
export function identityOf(certificate: Certificate, authority: Certificate | undefined): CertificateIdentity {
  const { subject, subjectAltNames } = certificate;
  const alternatives = subjectAltNames.map(({ kind, value }) => {
    if (kind === "ip") return formatIpAddress(value);
    return kind === "dns" ? value.toLowerCase() : undefined;
  });
  const names = [
    ...alternatives,
    onlyAttribute(subject, attributeTypes.commonName),
    onlyAttribute(subject, attributeTypes.serialNumber),
  ];
  return {
    kind: "x509-certificate",
    fingerprint: certificateFingerprint(certificate),
    names: [...new Set(names.filter((name) => name !== undefined))],
    authority: authority && certificateFingerprint(authority),
  };
}
