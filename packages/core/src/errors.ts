/** Who has to change something for the error to go away. `"local"` never comes from what the peer sent. */
export type Fault = "peer" | "local" | "transport";

/** What the session does about it. `"refuse"` ends one request or one connection, `"terminate"` ends the session. */
export type Reaction = "terminate" | "refuse" | "none";

/** What one code means. */
export interface NetconfErrorRule {
  readonly layer: "netconf" | "call-home";
  readonly rfc: string;
  readonly fault: Fault;
  readonly reaction: Reaction;
}

type Entry = readonly [layer: "netconf" | "call-home", rfc: string, fault: Fault, reaction: Reaction];

/** Every error of this package: layer, where the rule stands, whose fault it is, what follows. Codes are API. */
const TABLE = {
  "hello-malformed": ["netconf", "RFC 6241 §8.1", "peer", "terminate"],
  "hello-missing-session-id": ["netconf", "RFC 6241 §8.1", "peer", "terminate"],
  "hello-has-session-id": ["netconf", "RFC 6241 §8.1", "peer", "terminate"],
  "hello-bad-session-id": ["netconf", "RFC 6241 Appendix C", "peer", "terminate"],
  "hello-no-common-version": ["netconf", "RFC 6241 §8.1", "peer", "terminate"],
  "malformed-message": ["netconf", "RFC 6241 §3", "peer", "terminate"],
  "malformed-reply": ["netconf", "RFC 6241 §4.2", "peer", "refuse"],
  "malformed-notification": ["netconf", "RFC 5277 §2.2.1", "peer", "terminate"],
  "unexpected-message": ["netconf", "RFC 6241 §4", "peer", "terminate"],
  "unknown-message-id": ["netconf", "RFC 6241 §4.2", "peer", "terminate"],
  "missing-message-id": ["netconf", "RFC 6241 §4.2", "peer", "terminate"],
  "peer-closed-before-hello": ["netconf", "RFC 6241 §8.1", "transport", "none"],
  "peer-closed-mid-message": ["netconf", "RFC 6242 §4", "transport", "none"],
  "peer-closed": ["netconf", "RFC 6241 §4.2", "transport", "none"],
  "timeout-hello": ["netconf", "RFC 6241 §8.1", "peer", "terminate"],
  "timeout-rpc": ["netconf", "RFC 6241 §4.2", "peer", "refuse"],
  "session-closed": ["netconf", "RFC 6241 §7.8", "local", "refuse"],
  "session-terminated": ["netconf", "RFC 6241 §7.9", "local", "terminate"],
  "not-open": ["netconf", "RFC 6241 §8.1", "local", "refuse"],
  "capability-missing": ["netconf", "RFC 6241 §8", "local", "refuse"],
  "invalid-argument": ["netconf", "RFC 6241 §7", "local", "refuse"],
  "commit-without-effect": ["netconf", "RFC 6241 §8.3.4.1", "peer", "refuse"],
  "already-answered": ["netconf", "RFC 6241 §4.5", "local", "refuse"],
  "already-reading": ["netconf", "RFC 5277 §2.2", "local", "refuse"],
  "limit-pending-rpcs": ["netconf", "RFC 6241 §4.5", "local", "refuse"],
  "limit-output": ["netconf", "RFC 6242 §4", "local", "refuse"],
  "limit-entry": ["netconf", "RFC 6241 §4.2", "peer", "terminate"],
  "limit-capabilities": ["netconf", "RFC 6241 §8.1", "peer", "terminate"],
  "unknown-identity": ["call-home", "RFC 8071 §3.1 C5", "peer", "refuse"],
  "key-mismatch": ["call-home", "RFC 8071 §3.1 C5", "peer", "refuse"],
  "key-not-trusted": ["call-home", "RFC 8071 §3.1 C5", "peer", "refuse"],
  "awaiting-approval": ["call-home", "RFC 8071 §3.1 C5", "peer", "refuse"],
  "refused-by-operator": ["call-home", "RFC 8071 §3.1 C5", "peer", "refuse"],
  "refused-by-caller": ["call-home", "RFC 8071 §3.1 C5", "local", "refuse"],
  "no-user-left": ["call-home", "RFC 8071 §3.1 C7", "local", "refuse"],
  "lookup-failed": ["call-home", "RFC 8071 §3.1 C5", "local", "refuse"],
  "store-failed": ["call-home", "RFC 8071 §3.1 C5", "local", "refuse"],
  "already-connected": ["call-home", "RFC 8071 §3.1", "peer", "refuse"],
  replaced: ["call-home", "RFC 8071 §3.1", "peer", "terminate"],
  "timeout-first-byte": ["call-home", "RFC 8071 §5", "peer", "refuse"],
  "timeout-secure": ["call-home", "RFC 8071 §5", "peer", "refuse"],
  "limit-connecting": ["call-home", "RFC 8071 §5", "peer", "refuse"],
  "limit-sessions": ["call-home", "RFC 8071 §5", "peer", "refuse"],
  "manager-closed": ["call-home", "RFC 8071 §3.1", "local", "terminate"],
  "timeout-connect": ["call-home", "RFC 8071 §4.1", "transport", "refuse"],
  "liveness-lost": ["call-home", "RFC 8071 §4.1", "transport", "terminate"],
  "device-stopped": ["call-home", "RFC 8071 §4.1", "local", "terminate"],
} as const;

/** A code of `netconfErrors`. */
export type NetconfErrorCode = keyof typeof TABLE;

/** The meaning of every code. */
export const netconfErrors: Readonly<Record<NetconfErrorCode, NetconfErrorRule>> = /* @__PURE__ */ mapTable(TABLE);

function mapTable<Code extends string>(table: Readonly<Record<Code, Entry>>): Record<Code, NetconfErrorRule> {
  const rules: Partial<Record<Code, NetconfErrorRule>> = {};
  for (const code in table) {
    const [layer, rfc, fault, reaction] = table[code];
    rules[code] = { layer, rfc, fault, reaction };
  }
  return rules as Record<Code, NetconfErrorRule>; // the loop has seen every code
}

/**
 * A broken rule of the NETCONF or the Call Home layer. `code` is stable; the text is not.
 *
 * @example
 * try { await session.rpc(lock("candidate")); } catch (error) {
 *   if (isNetconfError(error) && error.code === "timeout-rpc") retryLater();
 *   else throw error;
 * }
 */
export class NetconfError extends Error {
  override readonly name = "NetconfError";
  readonly layer: "netconf" | "call-home";
  readonly code: NetconfErrorCode;
  readonly fault: Fault;
  readonly rfc: string;
  readonly reaction: Reaction;

  constructor(code: NetconfErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    const { layer, rfc, fault, reaction } = netconfErrors[code];
    this.code = code;
    this.layer = layer;
    this.rfc = rfc;
    this.fault = fault;
    this.reaction = reaction;
  }
}

/**
 * True for a `NetconfError` of any copy of this package.
 *
 * @example
 * if (isNetconfError(error) && error.code === "timeout-rpc") retryLater();
 */
export function isNetconfError(error: unknown): error is NetconfError {
  return error instanceof Error && error.name === "NetconfError" && "code" in error;
}

/**
 * What a message may show of a text from the peer: quoted, control characters escaped, and cut after `maxLength` characters.
 *
 * @example
 * quoted("a\u001b[2Jb"); // "\"a\\u001b[2Jb\""
 */
export function quoted(text: string, maxLength = 120): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return `"${cut.replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}

/** Control characters, bidirectional overrides and lone surrogates: what can make a terminal or a log lie. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Anything thrown, as an Error.
 *
 * @example
 * const reason = asError(thrown);
 */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** For the end of a `switch` over a closed union. */
export function assertNever(value: never): never {
  throw new Error(`cannot happen: unhandled case ${String(value)}`);
}
