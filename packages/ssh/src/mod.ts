export { aes128Ctr, aes192Ctr, aes256Ctr } from "./algorithms/ciphers/aes-ctr.ts";
export { aes128Gcm, aes256Gcm } from "./algorithms/ciphers/aes-gcm.ts";
export { chacha20Poly1305 } from "./algorithms/ciphers/chacha20-poly1305.ts";
export { forProvider } from "./algorithms/for-provider.ts";
export { curve25519Sha256, curve25519Sha256Libssh } from "./algorithms/kex/curve25519.ts";
export { ecdhNistp256, ecdhNistp384, ecdhNistp521 } from "./algorithms/kex/ecdh-nistp.ts";
export { groupExchangeSha256 } from "./algorithms/kex/group-exchange.ts";
export type { GroupExchangeKex, KexAlgorithm, PublicValueKex } from "./algorithms/kex/kex-algorithm.ts";
export { mlkem768X25519 } from "./algorithms/kex/mlkem768x25519.ts";
export { group14Sha256, group16Sha512, group18Sha512 } from "./algorithms/kex/modp-groups.ts";
export { hmacSha1, hmacSha256, hmacSha256Etm, hmacSha512, hmacSha512Etm } from "./algorithms/macs.ts";
export { nobleProvider } from "./algorithms/noble-provider.ts";
export type { CipherAlgorithm, MacAlgorithm } from "./algorithms/packet-cipher.ts";
export { compatible, modern } from "./algorithms/presets.ts";
export type {
  ChachaKey,
  CryptoProvider,
  GcmKey,
  HashName,
  HmacKey,
  IncrementalHash,
  Kem,
  KemName,
  KeyAgreement,
  KeyAgreementName,
  KeyPair,
  LaterGcm,
  RandomSource,
  SignatureName,
  SignatureScheme,
  StreamCipher,
} from "./algorithms/provider.ts";
export { type AlgorithmPreferences, defaultClientAlgorithms, defaultServerAlgorithms } from "./algorithms/registry.ts";
export { ecdsaSha2Nistp256, ecdsaSha2Nistp384, ecdsaSha2Nistp521 } from "./algorithms/signatures/ecdsa.ts";
export { sshEd25519 } from "./algorithms/signatures/ed25519.ts";
export type { HostKeyAlgorithm } from "./algorithms/signatures/host-key-algorithm.ts";
export { rsaSha256, rsaSha512 } from "./algorithms/signatures/rsa.ts";
export type { Authenticated, AuthenticationMethodName } from "./auth/authenticated.ts";
export type {
  AuthenticationMethod,
  InteractivePrompt,
  InteractiveRequest,
  KeyboardInteractiveMethod,
  PasswordMethod,
  PublickeyMethod,
} from "./auth/client-methods.ts";
export { RefusalTiming, type RefusalTimingOptions } from "./auth/refusal-timing.ts";
export type { AuthAttempt, AuthDecision } from "./auth/server-attempt.ts";
export type { ChannelExit } from "./connection/channel.ts";
export type { ConnectionLimits } from "./connection/limits.ts";
export { isSshError, SshError, type SshErrorCode, type SshErrorRule, sshErrors } from "./errors.ts";
export { type AgentKey, connectAgent, type SshAgent } from "./keys/agent-client.ts";
export {
  type AuthorizedKey,
  type AuthorizedKeys,
  type AuthorizedKeysProblem,
  parseAuthorizedKeys,
} from "./keys/authorized-keys.ts";
export { type Certificate, parseCertificate } from "./keys/certificate.ts";
export { certificateAlgorithm, certifiedSigner } from "./keys/certificate-algorithm.ts";
export { checkKnownHost, type KnownHostCheck, type KnownHostVerdict } from "./keys/check-known-host.ts";
export { fingerprintSha256 } from "./keys/fingerprint.ts";
export { type FormatPrivateKeyOptions, formatPrivateKey } from "./keys/format-private-key.ts";
export type { KeyProgress } from "./keys/key-steps.ts";
export {
  type KnownAuthority,
  KnownHosts,
  type KnownHostsEntry,
  type KnownHostsProblem,
  type KnownHostsResult,
  parseKnownHosts,
} from "./keys/known-hosts.ts";
export { formatHashedKnownHostsLine, formatKnownHostsLine } from "./keys/known-hosts-line.ts";
export { type ParsePrivateKeyOptions, parsePrivateKey } from "./keys/parse-private-key.ts";
export { parsePublicKey } from "./keys/parse-public-key.ts";
export type { Passphrase } from "./keys/passphrase.ts";
export { type GeneratedKeyType, generateKey, type KeyOptions, type PrivateKey } from "./keys/private-key.ts";
export { formatPublicKey, type PublicKey } from "./keys/public-key.ts";
export {
  formatPrivateKeyAsync,
  type KeyStepsAsyncOptions,
  parsePrivateKeyAsync,
} from "./keys/shell/private-key-async.ts";
export type { Signer } from "./keys/signer.ts";
export { matchesSourceAddress } from "./keys/source-address.ts";
export { checkSshfp, lookupSshfp, type SshfpAnswer, type SshfpRecord, type SshfpResult } from "./keys/sshfp.ts";
export { type KnownHostsChange, updateKnownHosts } from "./keys/update-known-hosts.ts";
export {
  type AuthorizedCertificateChecks,
  checkAuthorizedCertificate,
  checkUserCertificate,
  type UserCertificateChecks,
} from "./keys/user-certificate.ts";
export {
  type CertificateChecks,
  type CertificateRefusal,
  type CertificateVerdict,
  type EnforceableOption,
  oneOfKeys,
  verifyCertificate,
} from "./keys/verify-certificate.ts";
export {
  defaultSshTimeouts,
  type SshClientOptions,
  type SshLimits,
  type SshServerOptions,
  type SshTimeouts,
} from "./options.ts";
export type { KeepaliveOptions } from "./session/keepalive.ts";
export type { NegotiatedAlgorithms, NegotiatedDirection } from "./session/negotiated.ts";
export { acceptSsh } from "./shell/accept.ts";
export type { SshChannel } from "./shell/channel-socket.ts";
export type { DirectTcpipTarget, SshClientConnection } from "./shell/client-connection.ts";
export { defaultSshLimits } from "./shell/common-machine-options.ts";
export { connectSsh } from "./shell/connect.ts";
export type { SshCloseReason } from "./shell/connection-shell.ts";
export type { DirectTcpipRequest, OpenDirectTcpip } from "./shell/direct-tcpip.ts";
export type { IncomingSubsystem, SshServerConnection } from "./shell/server-connection.ts";
export { createRefusalTiming } from "./shell/server-machine-options.ts";
export type { SshConnection } from "./shell/ssh-connection.ts";
export type { HostKeyVerdict, OfferedHostKey, VerifiedHostKey } from "./transport/host-key.ts";
export type { TransportLimits } from "./transport/limits.ts";
export type { RekeyOptions } from "./transport/rekey.ts";
