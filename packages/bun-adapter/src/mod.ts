export { type DialTcpOptions, dialTcp } from "./dial-tcp.ts";
export { type ListenTcpOptions, listenTcp, type TcpListener } from "./listen-tcp.ts";
