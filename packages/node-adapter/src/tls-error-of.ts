import { isTransportError } from "@netconf-kit/socket";
import { alertOf, isTlsError, TlsError, type TlsErrorCode } from "@netconf-kit/tls";

/** What path validation finds, by OpenSSL's names. Whatever is not here is `certificate-untrusted`. */
const verdicts: ReadonlyMap<string, TlsErrorCode> = new Map([
  ["CERT_HAS_EXPIRED", "certificate-expired"],
  ["CERT_NOT_YET_VALID", "certificate-not-yet-valid"],
  ["CERT_REVOKED", "certificate-revoked"],
  ["UNABLE_TO_GET_CRL", "revocation-unknown"],
  ["UNABLE_TO_GET_CRL_ISSUER", "revocation-unknown"],
  ["CRL_HAS_EXPIRED", "revocation-unknown"],
  ["CRL_NOT_YET_VALID", "revocation-unknown"],
  ["CRL_SIGNATURE_FAILURE", "revocation-unknown"],
]);

const failures: ReadonlyMap<string, TlsErrorCode> = new Map([
  ["WRONG_VERSION_NUMBER", "not-tls"],
  ["HTTP_REQUEST", "not-tls"],
  ["HTTPS_PROXY_REQUEST", "not-tls"],
  ["UNKNOWN_PROTOCOL", "not-tls"],
  ["BAD_RECORD_TYPE", "not-tls"],
  ["PACKET_LENGTH_TOO_LONG", "not-tls"],
  ["ENCRYPTED_LENGTH_TOO_LONG", "not-tls"],
  ["RECORD_LAYER_FAILURE", "not-tls"],
  ["UNSUPPORTED_PROTOCOL", "version-unsupported"],
  ["WRONG_SSL_VERSION", "version-unsupported"],
  ["VERSION_TOO_LOW", "version-unsupported"],
  ["INAPPROPRIATE_FALLBACK", "version-unsupported"],
  ["NO_SHARED_CIPHER", "no-common-cipher"],
  ["PEER_DID_NOT_RETURN_A_CERTIFICATE", "certificate-missing"],
]);

/** Where an error came up: what is garbage at the beginning is a broken record later. */
export type TlsStage = "handshake" | "data";

/** The runtime's error as a `TlsError`; one that has nothing to do with TLS stays what it is. */
export function tlsErrorOf(error: unknown, stage: TlsStage): Error {
  if (!(error instanceof Error) || isTlsError(error)) return error instanceof Error ? error : new Error(String(error));
  const code = "code" in error ? String(error.code) : "";
  const found = brokenBelow(error, stage) ?? alertIn(code, error.message) ?? failureIn(code, error.message, stage);
  if (found === undefined) return error;
  const words = found.startsWith("alert-")
    ? `the peer ended TLS with the alert "${found.slice(6)}"`
    : wording(stage, error);
  return new TlsError(found, words, { cause: error });
}

function brokenBelow(error: Error, stage: TlsStage): TlsErrorCode | undefined {
  return stage === "handshake" && isTransportError(error) ? "closed-in-handshake" : undefined;
}

/** What path validation says, as an error. */
export function verdictOf(reason: unknown, cause?: unknown): TlsError {
  const name = reason instanceof Error && "code" in reason ? String(reason.code) : String(reason);
  const code = verdicts.get(name) ?? "certificate-untrusted";
  return new TlsError(code, `the peer's certificate is not valid: ${name}`, cause === undefined ? {} : { cause });
}

/** OpenSSL and BoringSSL have the alert in the code, rustls (Deno) in the text, where its code may name another one. */
function alertIn(code: string, message: string): TlsErrorCode | undefined {
  const inWords = /received fatal alert: (\w+)/.exec(message)?.[1];
  const inCode = message.startsWith("peer ")
    ? undefined
    : /^ERR_SSL_(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(.+)$/.exec(code)?.[1];
  const alert = alertOf(inWords ?? inCode ?? "");
  return alert && `alert-${alert}`;
}

function failureIn(code: string, message: string, stage: TlsStage): TlsErrorCode | undefined {
  if (stage === "data") return code.startsWith("ERR_SSL_") ? "broken-record" : undefined;
  if (code === "ECONNRESET" || code === "EPIPE" || code === "ERR_STREAM_PREMATURE_CLOSE") return "closed-in-handshake";
  if (code === "ERR_TLS_HANDSHAKE_TIMEOUT") return "handshake-timeout";
  // rustls has no names of its own for these.
  if (/peer is incompatible: Tls1[23]/.test(message)) return "version-unsupported";
  if (/received corrupt message of type/.test(message)) return "not-tls";
  if (code.startsWith("ERR_SSL_")) return failures.get(code.slice("ERR_SSL_".length)) ?? "handshake-failed";
  return VERIFY_CODE.test(code) ? verdictOf(code).code : undefined;
}

/** OpenSSL's verdicts, such as SELF_SIGNED_CERT_IN_CHAIN. No error of Node or of a system call looks like them. */
const VERIFY_CODE = /^(?!ERR_|EAI_)[A-Z]+(_[A-Z]+)+$/;

function wording(stage: TlsStage, error: Error): string {
  // OpenSSL: "803C82823F7F0000:error:0A0000C7:SSL routines:tls_x:peer did not return a certificate:../deps/…:3517:"
  const reason = /:SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1] ?? error.message;
  return stage === "handshake" ? `the TLS handshake failed: ${reason}` : `TLS broke: ${reason}`;
}
