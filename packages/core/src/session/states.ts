/**
 * Theory of operation. A session has two ends and one table. Each end says hello at once and does not wait (RFC 6241
 * §8.1); what may arrive then depends on the role and on the phase:
 *
 *   awaiting-hello ──hello──▶ open ──close-session──▶ closing ──end──▶ closed
 *          └───────────────────┴──── a broken rule ────┴────▶ failed
 *
 * `close-session` is what a client sends and a server receives. What the table does not list is illegal: it ends the
 * session with `unexpected-message`. Who opened TCP plays no part, so Call Home needs nothing here.
 */
import type { MessageKind } from "../messages/read-message.ts";

/** The end of a session that one is. */
export type SessionRole = "client" | "server";
/** Where a session stands. */
export type SessionPhase = "awaiting-hello" | "open" | "closing" | "closed" | "failed";

/** A message that arrived, the close-session that went out or came in, or the end of input. */
export type SessionInput = MessageKind | "close-session" | "end";

type Table = Readonly<Record<SessionPhase, Readonly<Partial<Record<SessionInput, SessionPhase>>>>>;

/** Which message moves a session from one phase to which; what is not here is not allowed. */
export const transitions: Readonly<Record<SessionRole, Table>> = {
  client: {
    "awaiting-hello": { hello: "open" },
    open: { "rpc-reply": "open", notification: "open", "close-session": "closing", end: "closed" },
    // Replies to earlier requests still come, and a peer may hang up without answering close-session.
    closing: { "rpc-reply": "closing", notification: "closing", end: "closed" },
    closed: {},
    failed: {},
  },
  server: {
    "awaiting-hello": { hello: "open" },
    open: { rpc: "open", "close-session": "closing", end: "closed" },
    // RFC 6241 §7.8: requests after a close-session are ignored.
    closing: { rpc: "closing", end: "closed" },
    closed: {},
    failed: {},
  },
};

/**
 * Where `input` leads, or `undefined` when it is illegal.
 *
 * @example
 * nextPhase("client", "awaiting-hello", "hello"); // "open"
 */
export function nextPhase(role: SessionRole, phase: SessionPhase, input: SessionInput): SessionPhase | undefined {
  return transitions[role][phase][input];
}
