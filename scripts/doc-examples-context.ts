// What the examples in doc comments take for granted: what somebody has who is in need of the thing that is shown.
import type {
  CallHomeConfig,
  CallHomeManagerConfig,
  DeviceEntry,
  DeviceListener,
  DeviceManager,
  DeviceTransport,
  IdentityCase,
  IdentityRules,
  ListenConfig,
  ListenState,
  OutboundSshOptions,
} from "@netconf-kit/call-home";
import type { MakeWay } from "@netconf-kit/conformance";
import type { ClientSession, DeviceList, PeerIdentity, Secure } from "@netconf-kit/core";
import type { FrameSink } from "@netconf-kit/framing";
import type { FileStorage, SshConfig, TlsServerOptions } from "@netconf-kit/node-adapter";
import type { NetconfServer, ServerSchema } from "@netconf-kit/server";
import type { Clock, Dial, DuplexSocket, Listener, ProtocolMachine } from "@netconf-kit/socket";
import type {
  AuthAttempt,
  AuthenticationMethod,
  AuthorizedKeys,
  Certificate,
  KnownHosts,
  OfferedHostKey,
  PrivateKey,
  SshChannel,
  SshClientOptions,
  SshfpAnswer,
  SshServerOptions,
  UserCertificateChecks,
} from "@netconf-kit/ssh";
import type { Certificate as TlsCertificate } from "@netconf-kit/tls";
import type { XmlElement } from "@netconf-kit/xml";
import type {
  AuthenticateClient,
  ConnectTlsOptions,
  ListenCallHomeOptions,
  SshCredentials,
  VerifyHostKey,
} from "netconf-kit";

declare global {
  // Sockets and time.
  const socket: DuplexSocket;
  const accepted: DuplexSocket;
  const dial: Dial;
  const listener: Listener;
  const machine: ProtocolMachine<string> & { send(line: string): void };
  const sink: FrameSink;
  const makeWay: MakeWay;
  const ws: WebSocket;
  const net: typeof import("node:net");
  const spawn: typeof import("node:child_process").spawn;
  const listeners: readonly DeviceListener<SshCredentials>[];
  const clock: Clock;
  const signal: AbortSignal;
  const host: string;
  const port: number;
  const now: number;
  const random: () => number;
  const wallClock: () => number;

  // Sessions, devices and managers.
  const session: ClientSession;
  const laterSession: ClientSession;
  const secure: Secure;
  const devices: DeviceList<string>;
  const router: DeviceEntry<string>;
  const transport: DeviceTransport<string>;
  const identity: PeerIdentity;
  const peer: Parameters<NetconfServer["serve"]>[1];
  const credentials: SshCredentials;
  const storage: FileStorage;
  const server: NetconfServer;
  const schema: ServerSchema;
  const before: XmlElement;
  const after: XmlElement;
  const running: XmlElement & ListenConfig;
  const manager: DeviceManager<SshCredentials>;
  const rules: IdentityRules<string>;
  const about: IdentityCase;
  const outboundSsh: OutboundSshOptions;
  const another: CallHomeManagerConfig;
  const config: CallHomeConfig & SshConfig & ListenConfig;
  const state: ListenState;

  // Keys and certificates.
  const text: string;
  const pem: string;
  const der: Uint8Array;
  const publicBlob: Uint8Array;
  const hostKey: PrivateKey;
  const known: KnownHosts;
  const offered: OfferedHostKey;
  const attempt: AuthAttempt & { readonly method: "publickey" };
  const authorized: ReadonlySet<string>;
  const authorities: UserCertificateChecks["authorities"];
  const isAuthority: (publicBlob: Uint8Array) => boolean;
  const expected: string;
  const verifyHostKey: VerifyHostKey;
  const tls: ConnectTlsOptions["tls"];
  const certToName: TlsServerOptions["certToName"];
  const keys: AuthorizedKeys;
  const username: string;
  const password: string;
  const passphrase: string;
  const authentication: readonly AuthenticationMethod[];
  const authenticate: AuthenticateClient;
  const options: SshClientOptions & SshServerOptions & ListenCallHomeOptions;
  const certificate: Certificate & TlsCertificate;
  const key: PrivateKey & string;
  const cert: string;
  const ca: TlsCertificate & string;
  const clientCa: string;
  const token: string;

  // What happens elsewhere in a program.
  const bar: { set(part: number): void };
  function doh(name: string, type: "SSHFP"): Promise<SshfpAnswer>;
  function it(name: string, run: () => unknown): void;
  function openNetconf(channel: SshChannel): Promise<void>;
  function readCredentials(): Promise<SshCredentials>;
  function renew(): void;
  function reboot(): void;
  function retryLater(): void;
  function show(text: string): void;
  const error: unknown;
  const thrown: unknown;
  function log(...values: readonly unknown[]): void;
  function readFile(name: string): Promise<Uint8Array>;
  function readFile(name: string, encoding: "utf8"): Promise<string>;
}
