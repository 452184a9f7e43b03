export { nodeCryptoProvider } from "./crypto-provider.ts";
export { type DialTcpOptions, dialTcp } from "./dial-tcp.ts";
export { type FileStorage, fileStorage } from "./file-storage.ts";
export { type ListenTcpOptions, listenTcp, type TcpListener } from "./listen-tcp.ts";
export { type SshAgentOptions, sshAgent } from "./ssh-agent.ts";
export { tcpSocket } from "./tcp-socket.ts";
