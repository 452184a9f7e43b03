import type { Clock } from "@netconf-kit/socket";
import type { CryptoProvider, RandomSource } from "./algorithms/provider.ts";
import type { AlgorithmPreferences } from "./algorithms/registry.ts";
import type { AuthenticationMethod } from "./auth/client-methods.ts";
import type { RefusalTiming } from "./auth/refusal-timing.ts";
import type { AuthAttempt, AuthDecision } from "./auth/server-attempt.ts";
import type { ConnectionLimits } from "./connection/limits.ts";
import type { Signer } from "./keys/signer.ts";
import type { KeepaliveOptions } from "./session/keepalive.ts";
import type { OpenDirectTcpip } from "./shell/direct-tcpip.ts";
import type { HostKeyVerdict, OfferedHostKey, VerifiedHostKey } from "./transport/host-key.ts";
import type { TransportLimits } from "./transport/limits.ts";
import type { RekeyOptions } from "./transport/rekey.ts";

/** Milliseconds. A step that takes longer ends with a typed error that names it. */
export interface SshTimeouts {
  /** The peer's identification line. Default 10 s; `timeout-version-exchange`. */
  readonly versionExchange: number;
  /** Each message of a key exchange. Default 30 s; `timeout-key-exchange`. */
  readonly keyExchange: number;
  /** The verifier's verdict. Default 120 s; counts as a rejection. */
  readonly hostKeyVerification: number;
  /** Each of the caller's own answers during the login: user name, password, signature. Default 120 s. */
  readonly credentials: number;
  /** Client: each answer of the server during the login. Default 30 s; `timeout-authentication`. */
  readonly authentication: number;
  /** Server: the complete login, from the start. Default 120 s; `timeout-authentication`. */
  readonly login: number;
  /** Opening a channel and starting its subsystem; server: reaching where a client wants to go. Default 30 s; `timeout-channel-open`. */
  readonly channelOpen: number;
}

/** How long each step of a login may take, in milliseconds. */
export const defaultSshTimeouts: SshTimeouts = {
  versionExchange: 10_000,
  keyExchange: 30_000,
  hostKeyVerification: 120_000,
  credentials: 120_000,
  authentication: 30_000,
  login: 120_000,
  channelOpen: 30_000,
};

/** What a peer may make us keep or do. */
export interface SshLimits extends TransportLimits, ConnectionLimits {
  /** Server: failed login requests until the connection ends. Default 6. */
  readonly maxAuthFailures: number;
  /** Server: login requests of any outcome. Default 64. */
  readonly maxAuthRequests: number;
}

interface SshCommonOptions {
  /**
   * Replaces single lists of the default, which is `compatible` for a client and `modern` for a server; each best first.
   * Only the default's ciphers are put in the order of `provider.preferredCiphers`.
   */
  readonly algorithms?: Partial<AlgorithmPreferences>;
  readonly timeouts?: Partial<SshTimeouts>;
  readonly limits?: Partial<SshLimits>;
  /**
   * Asks a silent peer for a sign of life, after the login; `keepalive-lost`. Default: a server asks after 60 s of silence and
   * gives up after three questions, a client never asks. `false`: never.
   */
  readonly keepalive?: KeepaliveOptions | false;
  /** When keys are changed. Default: after 1 GiB, 2^31 packets or an hour. */
  readonly rekey?: RekeyOptions;
  readonly clock?: Clock;
  /** A cryptographic random source. Default: that of the runtime. */
  readonly random?: RandomSource;
  readonly provider?: CryptoProvider;
  /** What stands in our identification behind `SSH-2.0-`. No blanks, no minus. */
  readonly softwareVersion?: string;
  /** Gives up until the login is complete; later it has no effect. */
  readonly signal?: AbortSignal;
  /** Text of SSH_MSG_DEBUG, fit for a log. */
  readonly onDebug?: (text: string) => void;
}

/** Settings of an SSH client. */
export interface SshClientOptions extends SshCommonOptions {
  /** Who logs in; may depend on who the server has turned out to be. */
  readonly username: string | ((host: VerifiedHostKey) => string | Promise<string>);
  /**
   * Says whether the server's key is the right one. Only `{ accept: true }` lets the connection go on; a rejection, an
   * exception, a timeout or anything else ends it with `host-key-rejected`.
   */
  readonly verifyHostKey: (offered: OfferedHostKey) => HostKeyVerdict | Promise<HostKeyVerdict>;
  /** How to log in, best method first. As a function it is asked after the host key has been verified. */
  readonly authentication:
    | readonly AuthenticationMethod[]
    | ((host: VerifiedHostKey) => readonly AuthenticationMethod[] | Promise<readonly AuthenticationMethod[]>);
  /** Names of host key algorithms to ask for, best first: those of the keys that are already known. Default: all. */
  readonly hostKeyAlgorithms?: readonly string[];
  /**
   * Gets all the host keys that the server has, once it has announced them after the login and proved by signatures that it
   * holds each (OpenSSH PROTOCOL §2.5). The place to bring known_hosts up to date with `updateKnownHosts`: keys may be added,
   * and those of this server that are missing here removed. Keys of types that `algorithms.hostKey` lacks are left out; one
   * that is not proved, or by SHA-1 alone, makes the announcement void. OpenSSH proves RSA keys by SHA-1 to clients whose
   * `hostKeyAlgorithms` have no RSA. Without this function announcements have no effect.
   */
  readonly onHostKeys?: (keys: readonly OfferedHostKey[]) => void;
  /** Text for the user before the login, fit for display. */
  readonly onBanner?: (text: string) => void;
}

/** Settings of an SSH server. */
export interface SshServerOptions extends SshCommonOptions {
  /** The server's own keys, one for each type to offer. Several are announced to clients, so that they may learn them. */
  readonly hostKeys: readonly Signer[];
  /**
   * Says whether an attempt may log in. Only `{ accept: true }` does; an exception or anything else is a refusal. Keys have
   * to be looked up only: signatures are checked before `proved` is `true`.
   */
  readonly authenticate: (attempt: AuthAttempt) => AuthDecision | Promise<AuthDecision>;
  /** Methods to offer. Default: publickey, password, keyboard-interactive. */
  readonly authenticationMethods?: readonly string[];
  /** How long refusals take. Default: one for this connection; a server of many does better with one for all of them. */
  readonly refusalTiming?: RefusalTiming;
  /**
   * Leads clients to somewhere else, as a jump host does (RFC 4254 §7.2): gives the socket for a target, or `undefined` to
   * refuse it. Default: every request is refused. It decides who may reach what from here, so it should name the few targets.
   */
  readonly openDirectTcpip?: OpenDirectTcpip;
  /** Text for the user before the login. */
  readonly banner?: string;
}
