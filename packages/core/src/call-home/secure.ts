import type { DuplexSocket } from "@netconf-kit/socket";
import type { PeerIdentity } from "./identity.ts";

/** A stream whose ends have proved who they are, as SSH or TLS makes it. */
export interface SecureChannel {
  readonly socket: DuplexSocket;
  /** Who logged in, at either end. */
  readonly username: string;
  /** The other end. */
  readonly peer: PeerIdentity;
  /** What was negotiated, for display: `kex` → `mlkem768x25519-sha256`. */
  readonly security: Readonly<Record<string, string>>;
  /** Resolves when the peer has given a sign of life, where the protocol can ask for one. */
  readonly probe?: () => Promise<unknown>;
  close(reason?: Error): Promise<void> | void;
}

/** What securing a connection is told. */
export interface SecureOptions {
  readonly signal: AbortSignal;
  /**
   * Judges who the peer has proved to be, and throws when it is nobody expected. Called before the channel is given out, and
   * wherever the protocol allows before any credential leaves.
   */
  readonly verifyPeer?: (peer: PeerIdentity) => void;
}

/**
 * Secures a connected socket. Whoever writes one has to verify the peer's key before any credential leaves (RFC 8071 §3.1
 * C5, C7), to call `verifyPeer` where there is one, and to give up when `signal` fires.
 */
export type Secure = (socket: DuplexSocket, options: SecureOptions) => Promise<SecureChannel>;
