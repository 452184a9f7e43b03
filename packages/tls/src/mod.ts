export { alertOf, type TlsAlert, tlsAlerts } from "./alerts.ts";
export { type CertToNameEntry, type CertToNameMapType, parseCertToName, type ValidatedPath } from "./cert-to-name.ts";
export { type Certificate, readCertificate } from "./certificate.ts";
export type { SecureWithTls, TlsChannel, VerifyPeer } from "./channel.ts";
export { isTlsError, TlsError, type TlsErrorCode, type TlsErrorRule, tlsErrors } from "./errors.ts";
export {
  certificateFingerprint,
  parsePin,
  parseTlsFingerprint,
  publicKeyFingerprint,
  type TlsPin,
} from "./fingerprint.ts";
export { type CertificateIdentity, identityOf } from "./identity.ts";
export { certificateLimits } from "./limits.ts";
export type { NameAttribute } from "./name.ts";
export { parseServerName } from "./server-name.ts";
export type { SubjectAltName } from "./subject-alt-names.ts";
export { checkValidity } from "./validity.ts";
