import type { NetconfErrorCode } from "../errors.ts";
import type { ClientSession } from "../shell/client-session.ts";
import type { CloseReason } from "../shell/close-reason.ts";
import type { KnownDevice, PeerIdentity } from "./identity.ts";
import type { SecureChannel } from "./secure.ts";

/** Why a connection did not become a session. Up to `store-failed` they come from identifying the device. */
export type RejectReason =
  | "unknown-identity"
  | "key-mismatch"
  | "key-not-trusted"
  | "awaiting-approval"
  | "refused-by-operator"
  | "refused-by-caller"
  | "no-user-left"
  | "lookup-failed"
  | "store-failed"
  | "already-connected"
  | "replaced"
  | "timeout-first-byte"
  | "timeout-secure"
  | "limit-connecting"
  | "limit-sessions"
  | "manager-closed"
  /** SSH or TLS failed: wrong key, wrong credentials, a broken rule. */
  | "secure-failed"
  /** The NETCONF hellos failed. */
  | "session-failed";

interface Common {
  /** Counts the accepted connections, from 1. */
  readonly connection: number;
  /** For logs, never an identity. */
  readonly remote: string;
  /** Milliseconds of the manager's clock. */
  readonly at: number;
}

/** What happens: to one connection, or to a listener. */
export type CallHomeEvent = ConnectionEvent | ListenerFailed;

/** A listener ended with an error; the others go on. */
export interface ListenerFailed {
  readonly kind: "listener-failed";
  readonly local: string | undefined;
  readonly at: number;
  readonly error: Error;
}

/** connected, identified, ready, closed; or rejected on the way. */
export type ConnectionEvent = Common &
  (
    | { readonly kind: "connected" }
    | { readonly kind: "identified"; readonly peer: PeerIdentity; readonly device: string }
    | {
        readonly kind: "rejected";
        readonly reason: RejectReason;
        readonly error: Error;
        readonly peer: PeerIdentity | undefined;
        readonly device: string | undefined;
      }
    | { readonly kind: "ready"; readonly device: string; readonly sessionId: number; readonly version: "1.0" | "1.1" }
    | { readonly kind: "closed"; readonly device: string; readonly reason: CloseReason; readonly milliseconds: number }
  );

/** One device that called, with an open session. */
export interface CallHomeSession<Credentials = unknown> {
  /** The name in the device list, or the fingerprint when the manager has no list. */
  readonly device: string;
  readonly known: KnownDevice<Credentials> | undefined;
  readonly peer: PeerIdentity;
  readonly remote: string;
  readonly channel: SecureChannel;
  readonly session: ClientSession;
}

const OWN_REASONS: ReadonlySet<string> = new Set<RejectReason & NetconfErrorCode>([
  "unknown-identity",
  "key-mismatch",
  "key-not-trusted",
  "awaiting-approval",
  "refused-by-operator",
  "refused-by-caller",
  "no-user-left",
  "lookup-failed",
  "store-failed",
  "already-connected",
  "replaced",
  "timeout-first-byte",
  "timeout-secure",
  "limit-connecting",
  "limit-sessions",
  "manager-closed",
]);

/** An error of the Call Home layer names its reason itself, also as the cause of another; any other has that of its step. */
export function rejectReason(error: Error, step: "secure-failed" | "session-failed"): RejectReason {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < MAX_CAUSES; at = at.cause, depth++) {
    // The set holds members of RejectReason only.
    if ("code" in at && typeof at.code === "string" && OWN_REASONS.has(at.code)) return at.code as RejectReason;
  }
  return step;
}

const MAX_CAUSES = 8;
