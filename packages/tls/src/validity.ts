import type { Certificate } from "./certificate.ts";
import { TlsError } from "./errors.ts";

/**
 * RFC 5280 §4.1.2.5: both ends of the validity count as valid.
 *
 * @param now milliseconds since 1970
 * @throws TlsError `certificate-expired`, `certificate-not-yet-valid`
 * @example
 * checkValidity(readCertificate(der), Date.now());
 */
export function checkValidity(certificate: Certificate, now: number): void {
  const { notBefore, notAfter } = certificate;
  if (now < notBefore)
    throw new TlsError("certificate-not-yet-valid", `the peer's certificate becomes valid in ${span(notBefore - now)}`);
  // The last moment is written in whole seconds.
  if (now >= notAfter + 1000)
    throw new TlsError("certificate-expired", `the peer's certificate expired ${span(now - notAfter)} ago`);
}

function span(milliseconds: number): string {
  const hours = Math.ceil(milliseconds / 3_600_000);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
