import type { ClientSession, ClientSessionOptions, SecureChannel } from "netconf-kit";

/** An open session and how to end it. */
export interface Connected {
  readonly session: ClientSession;
  readonly channel: SecureChannel;
  readonly close: () => Promise<void>;
}

/** One way of getting sessions: over SSH or TLS, by dialling or by being called. */
export interface Opener {
  readonly open: (signal: AbortSignal) => Promise<Connected>;
  readonly close: () => Promise<void>;
}

/** What a session takes, whatever carries it. */
export type SessionSettings = Pick<ClientSessionOptions, "helloTimeout" | "rpcTimeout" | "onMessage">;
