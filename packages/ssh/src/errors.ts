/** What a code means: the rule behind it, whose fault it is, and the reason of the SSH_MSG_DISCONNECT that answers it. */
export interface SshErrorRule {
  readonly rfc: string;
  readonly fault: "peer" | "local" | "transport";
  /** RFC 4253 §11.1 reason code; absent where nothing is sent. */
  readonly disconnect?: number;
}

/** The one table of codes. Codes are API: they may be added, never renamed. */
export const sshErrors = {
  // The binary packet protocol and its messages.
  "malformed-packet": { rfc: "RFC 4253 §6", fault: "peer", disconnect: 2 },
  "packet-too-long": { rfc: "RFC 4253 §6.1", fault: "peer", disconnect: 2 },
  "mac-mismatch": { rfc: "RFC 4253 §6.4", fault: "peer", disconnect: 5 },
  "malformed-message": { rfc: "RFC 4251 §5", fault: "peer", disconnect: 2 },
  "message-not-allowed": { rfc: "RFC 4253 §7.1", fault: "peer", disconnect: 2 },

  // Version exchange and key exchange.
  "version-mismatch": { rfc: "RFC 4253 §4.2", fault: "peer", disconnect: 8 },
  "version-line-too-long": { rfc: "RFC 4253 §4.2", fault: "peer", disconnect: 2 },
  "no-common-algorithm": { rfc: "RFC 4253 §7.1", fault: "peer", disconnect: 3 },
  "strict-kex-violation": { rfc: "draft-ietf-sshm-strict-kex", fault: "peer", disconnect: 2 },
  "key-exchange-failed": { rfc: "RFC 4253 §8", fault: "peer", disconnect: 3 },
  "host-key-signature-invalid": { rfc: "RFC 4253 §8", fault: "peer", disconnect: 3 },
  "host-key-rejected": { rfc: "RFC 4251 §4.1", fault: "peer", disconnect: 9 },

  // Authentication and services.
  "authentication-failed": { rfc: "RFC 4252 §5.1", fault: "peer", disconnect: 14 },
  "too-many-authentication-attempts": { rfc: "RFC 4252 §4", fault: "peer", disconnect: 2 },
  "service-not-available": { rfc: "RFC 4253 §10", fault: "peer", disconnect: 7 },

  // Channels. Refusals concern one channel: the connection goes on.
  "subsystem-refused": { rfc: "RFC 4254 §6.5", fault: "peer" },
  "channel-open-refused": { rfc: "RFC 4254 §5.1", fault: "peer" },
  "channel-closed": { rfc: "RFC 4254 §5.3", fault: "transport" },
  "channel-window-exceeded": { rfc: "RFC 4254 §5.2", fault: "peer", disconnect: 2 },
  "channel-protocol": { rfc: "RFC 4254 §5", fault: "peer", disconnect: 2 },

  // Time and the end of the connection.
  "timeout-version-exchange": { rfc: "RFC 4253 §4.2", fault: "peer", disconnect: 2 },
  "timeout-key-exchange": { rfc: "RFC 4253 §7", fault: "peer", disconnect: 3 },
  "timeout-authentication": { rfc: "RFC 4252 §4", fault: "peer", disconnect: 2 },
  "timeout-channel-open": { rfc: "RFC 4254 §5.1", fault: "peer" },
  "keepalive-lost": { rfc: "RFC 4254 §4", fault: "transport", disconnect: 10 },
  "disconnected-by-peer": { rfc: "RFC 4253 §11.1", fault: "peer" },
  "connection-ended": { rfc: "RFC 4253 §11.1", fault: "transport" },
  "limit-exceeded": { rfc: "RFC 4251 §9", fault: "peer", disconnect: 2 },

  // Keys and key files, as the user gave them.
  "key-format": { rfc: "RFC 4253 §6.6", fault: "local" },
  "key-mismatch": { rfc: "RFC 4253 §6.6", fault: "local" },
  "key-encrypted": { rfc: "RFC 4253 §6.6", fault: "local" },
  "key-passphrase-wrong": { rfc: "RFC 4253 §6.6", fault: "local" },
  "key-not-supported": { rfc: "RFC 4253 §6.6", fault: "local" },
  "known-hosts-format": { rfc: "RFC 4251 §4.1", fault: "local" },
  "authorized-keys-format": { rfc: "RFC 4252 §7", fault: "local" },

  // The agent that holds keys for us.
  "agent-protocol": { rfc: "draft-ietf-sshm-ssh-agent", fault: "peer" },
  "agent-refused": { rfc: "draft-ietf-sshm-ssh-agent", fault: "peer" },
  "agent-closed": { rfc: "draft-ietf-sshm-ssh-agent", fault: "transport" },

  // Our caller.
  "credential-unavailable": { rfc: "RFC 4252 §5", fault: "local", disconnect: 13 },
  "provider-failed": { rfc: "RFC 4253 §6.3", fault: "local", disconnect: 11 },
  "signer-failed": { rfc: "RFC 4253 §8", fault: "local", disconnect: 3 },
  aborted: { rfc: "RFC 4253 §11.1", fault: "local", disconnect: 11 },
  "local-usage": { rfc: "RFC 4251 §4", fault: "local", disconnect: 11 },
} as const;

/** A code of `sshErrors`. */
export type SshErrorCode = keyof typeof sshErrors;

export interface SshErrorOptions {
  readonly cause?: unknown;
  /** Where in the conversation it happened, such as `"key exchange"`. */
  readonly phase?: string;
  /** Methods with which a failed login could go on, as the server says (RFC 4252 §5.1). */
  readonly serverOffers?: readonly string[];
  /** Overrides the table's reason code, for the few rules that depend on the case. */
  readonly disconnectReason?: number;
}

/**
 * A failure of the SSH layer. `fault` tells who broke the rule: `"peer"` never comes from a wrong call, `"local"` never
 * comes from bytes of the network.
 *
 * @example
 * try { await connectSsh(socket, options); } catch (error) {
 *   if (isSshError(error) && error.fault === "peer") log(error.code, error.rfc);
 * }
 */
export class SshError extends Error {
  override readonly name = "SshError";
  readonly layer = "ssh";
  readonly code: SshErrorCode;
  readonly fault: "peer" | "local" | "transport";
  readonly rfc: string;
  /** The reason to send in SSH_MSG_DISCONNECT (RFC 4253 §11.1); `undefined` means that nothing is sent. */
  readonly disconnectReason: number | undefined;
  readonly phase: string | undefined;
  /** With `authentication-failed`: the methods the server still offers, if it has said so. */
  readonly serverOffers: readonly string[] | undefined;

  constructor(code: SshErrorCode, message: string, options: SshErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    const rule: SshErrorRule = sshErrors[code];
    this.code = code;
    this.fault = rule.fault;
    this.rfc = rule.rfc;
    this.disconnectReason = options.disconnectReason ?? rule.disconnect;
    this.phase = options.phase;
    this.serverOffers = options.serverOffers;
  }
}

/**
 * Whether a value is an `SshError`, of this copy of the package or another one.
 *
 * @example
 * if (isSshError(error) && error.code === "no-common-algorithm") console.error(error.message);
 */
export function isSshError(value: unknown): value is SshError {
  return value instanceof Error && value.name === "SshError" && "layer" in value && value.layer === "ssh";
}
