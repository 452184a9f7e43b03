export { type ConnectTcpOptions, connectTcp } from "./connect-tcp.ts";
export { nodeCryptoProvider } from "./crypto-provider.ts";
export { type DialTcpOptions, dialTcp } from "./dial-tcp.ts";
export { type FileStorage, fileStorage } from "./file-storage.ts";
export { type ListenTcpOptions, listenTcp, type TcpListener } from "./listen-tcp.ts";
export { type SshAgentOptions, sshAgent } from "./ssh-agent.ts";
export {
  type ReadSshConfigOptions,
  readSshConfig,
  type SshConfig,
  type SshConfigSettings,
  type SshConfigTarget,
} from "./ssh-config.ts";
export { isSshConfigError, SshConfigError, type SshConfigErrorCode, sshConfigErrors } from "./ssh-config-error.ts";
export { type SshConfigConnection, sshConfigConnection } from "./ssh-config-options.ts";
export type { IgnoredOption } from "./ssh-config-resolve.ts";
export type { SshConfigJump, StrictHostKeyChecking } from "./ssh-config-values.ts";
export { tcpSocket } from "./tcp-socket.ts";
export { type TlsClientOptions, tlsClient } from "./tls-client.ts";
export type { Pem, TlsOptions, TlsVersion } from "./tls-options.ts";
export { type TlsServerOptions, tlsServer } from "./tls-server.ts";
