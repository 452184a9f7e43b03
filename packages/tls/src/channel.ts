import type { CertificateIdentity } from "./identity.ts";

/** Judges who the peer has proved to be, by throwing when it is nobody expected. */
export type VerifyPeer = (peer: CertificateIdentity) => void;

/** The stream inside a TLS connection, with who is at its ends; one of core's `SecureChannel`s. */
export interface TlsChannel<Socket> {
  readonly socket: Socket;
  /** At the server the user name that the client's certificate maps to; at the client how its own certificate calls it. */
  readonly username: string;
  readonly peer: CertificateIdentity;
  /** `version` and `cipher`, for display. */
  readonly security: Readonly<Record<string, string>>;
  close(reason?: Error): Promise<void>;
}

/** Secures a connected socket with TLS; one of core's `Secure`s. */
export type SecureWithTls<Socket> = (
  socket: Socket,
  options: { readonly signal: AbortSignal; readonly verifyPeer?: VerifyPeer },
) => Promise<TlsChannel<Socket>>;
