export { nobleProvider } from "./algorithms/noble-provider.ts";
export type { CryptoProvider, RandomSource } from "./algorithms/provider.ts";
export { type AlgorithmPreferences, defaultClientAlgorithms, defaultServerAlgorithms } from "./algorithms/registry.ts";
export type { Authenticated, AuthenticationMethodName } from "./auth/authenticated.ts";
export type {
  AuthenticationMethod,
  InteractivePrompt,
  InteractiveRequest,
  KeyboardInteractiveMethod,
  PasswordMethod,
  PublickeyMethod,
} from "./auth/client-methods.ts";
export type { AuthAttempt, AuthDecision } from "./auth/server-attempt.ts";
export type { ChannelExit } from "./connection/channel.ts";
export type { ConnectionLimits } from "./connection/limits.ts";
export { isSshError, SshError, type SshErrorCode, type SshErrorRule, sshErrors } from "./errors.ts";
export {
  type AuthorizedKey,
  type AuthorizedKeys,
  type AuthorizedKeysProblem,
  parseAuthorizedKeys,
} from "./keys/authorized-keys.ts";
export { fingerprintSha256 } from "./keys/fingerprint.ts";
export {
  formatKnownHostsLine,
  KnownHosts,
  type KnownHostsEntry,
  type KnownHostsProblem,
  type KnownHostsResult,
  parseKnownHosts,
} from "./keys/known-hosts.ts";
export { formatPrivateKey } from "./keys/openssh-private-key.ts";
export { type ParsePrivateKeyOptions, parsePrivateKey } from "./keys/parse-private-key.ts";
export { type GeneratedKeyType, generateKey, type KeyOptions, type PrivateKey } from "./keys/private-key.ts";
export { formatPublicKey, type PublicKey, parsePublicKey } from "./keys/public-key.ts";
export type { Signer } from "./keys/signer.ts";
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
export type { SshClientConnection } from "./shell/client-connection.ts";
export { connectSsh } from "./shell/connect.ts";
export type { SshCloseReason } from "./shell/connection-shell.ts";
export { defaultSshLimits } from "./shell/machine-options.ts";
export type { IncomingSubsystem, SshServerConnection } from "./shell/server-connection.ts";
export type { HostKeyVerdict, OfferedHostKey, VerifiedHostKey } from "./transport/host-key.ts";
export type { TransportLimits } from "./transport/limits.ts";
export type { RekeyOptions } from "./transport/rekey.ts";
