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
  close(reason?: Error): Promise<void> | void;
}

/**
 * Secures a connected socket. Whoever writes one has to verify the peer's key before any credential leaves (RFC 8071 §3.1
 * C5, C7), and to give up when `signal` fires.
 */
export type Secure = (socket: DuplexSocket, options: { readonly signal: AbortSignal }) => Promise<SecureChannel>;
