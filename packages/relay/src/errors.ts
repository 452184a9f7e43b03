interface RelayErrorEntry {
  /** What the WebSocket is closed with, so that a page sees it (RFC 6455 §7.4). */
  readonly close?: number;
  /** Of a relay the peer is whoever has opened the WebSocket. */
  readonly fault: "peer" | "local" | "transport";
  readonly rfc?: string;
  readonly meaning: string;
}

/**
 * Why a relay refuses or ends a WebSocket. Codes and close codes are API: a page sees the close code, and the code again as
 * the first word of the reason. 4000 to 4999 are for private use (RFC 6455 §7.4.2).
 */
export const relayErrors = {
  "bad-request": {
    close: 4000,
    fault: "peer",
    rfc: "RFC 6455 §4.2.1",
    meaning: "neither /dial?target=HOST:PORT nor /wait was asked for",
  },
  "origin-refused": {
    close: 4001,
    fault: "peer",
    rfc: "RFC 6455 §10.2",
    meaning: "the page comes from an origin that is not on the list of the relay",
  },
  "token-refused": {
    close: 4002,
    fault: "peer",
    rfc: "RFC 6455 §10.5",
    meaning: "the token is missing or is not that of the relay",
  },
  "target-refused": {
    close: 4003,
    fault: "peer",
    rfc: "RFC 6455 §10.5",
    meaning: "the target is not on the list of the relay",
  },
  "too-many-sockets": {
    close: 4004,
    fault: "peer",
    rfc: "RFC 6455 §10.4",
    meaning: "the relay carries as many WebSockets as it may",
  },
  "too-many-from-address": {
    close: 4005,
    fault: "peer",
    rfc: "RFC 6455 §10.4",
    meaning: "the relay carries as many WebSockets from this address as it may",
  },
  "too-many-to-target": {
    close: 4006,
    fault: "peer",
    rfc: "RFC 6455 §10.4",
    meaning: "the relay has as many connections with this target as it may",
  },
  "call-home-off": {
    close: 4007,
    fault: "peer",
    rfc: "RFC 8071 §4.1",
    meaning: "the relay does not listen for devices that call home",
  },
  "connection-refused": {
    close: 4010,
    fault: "transport",
    rfc: "RFC 9293",
    meaning: "nothing listens at the target, or a firewall rejects the connection",
  },
  unreachable: { close: 4011, fault: "transport", rfc: "RFC 9293", meaning: "the relay has no route to the target" },
  "name-not-found": {
    close: 4012,
    fault: "transport",
    rfc: "RFC 9293",
    meaning: "the name of the target does not resolve at the relay",
  },
  "connect-timeout": {
    close: 4013,
    fault: "transport",
    rfc: "RFC 9293",
    meaning: "the target did not answer in time",
  },
  "device-lost": {
    close: 4014,
    fault: "transport",
    rfc: "RFC 9293",
    meaning: "the connection between relay and device broke off",
  },
  idle: { close: 4020, fault: "transport", rfc: "RFC 9293", meaning: "no byte went either way for too long" },
  "client-silent": {
    close: 4021,
    fault: "peer",
    rfc: "RFC 6455 §5.5.2",
    meaning: "pings were not answered: whoever opened the WebSocket is gone, or reads nothing",
  },
  stopped: { close: 1001, fault: "local", rfc: "RFC 6455 §7.4.1", meaning: "the relay was stopped" },
  "bad-frame": { close: 1002, fault: "peer", rfc: "RFC 6455 §5", meaning: "a frame broke the WebSocket protocol" },
  "text-message": {
    close: 1003,
    fault: "peer",
    rfc: "RFC 6455 §7.4.1",
    meaning: "bytes go in binary messages, and this one was text",
  },
  "message-too-big": {
    close: 1009,
    fault: "peer",
    rfc: "RFC 6455 §10.4",
    meaning: "a message was longer than the relay takes",
  },
  "connection-lost": {
    close: 1006,
    fault: "transport",
    rfc: "RFC 6455 §7.1.5",
    meaning: "the connection with the relay broke off, or there is no relay at that address",
  },
  "bad-option": { fault: "local", meaning: "the relay cannot be started with such an option" },
} as const;

/** The names in `relayErrors`. */
export type RelayErrorCode = keyof typeof relayErrors;

const table: Readonly<Record<RelayErrorCode, RelayErrorEntry>> = relayErrors;

/**
 * Something that a relay refuses, or that ended a WebSocket of it.
 *
 * @example
 * const error = new RelayError("target-refused", "192.0.2.9:830 is not on the list");
 * console.log(error.close); // 4003
 */
export class RelayError extends Error {
  override readonly name = "RelayError";
  readonly layer = "relay";
  readonly code: RelayErrorCode;
  readonly fault: "peer" | "local" | "transport";
  readonly rfc: string | undefined;
  /** The close code of the WebSocket; `undefined` for what is found before there is one. */
  readonly close: number | undefined;

  constructor(code: RelayErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    ({ fault: this.fault, rfc: this.rfc, close: this.close } = table[code]);
  }
}

/**
 * Whether a value is a `RelayError`, of this copy of the package or another one.
 *
 * @example
 * try {
 *   await createRelay({ token: "short" });
 * } catch (error) {
 *   if (isRelayError(error)) console.log(error.code); // bad-option
 * }
 */
export function isRelayError(value: unknown): value is RelayError {
  return value instanceof Error && value.name === "RelayError" && "layer" in value && value.layer === "relay";
}

/**
 * What the close of a WebSocket with a relay meant, from the two fields of its `CloseEvent`; `undefined` for a clean end: the
 * device has closed, or the page itself.
 *
 * @example
 * ws.onclose = ({ code, reason }) => show(relayErrorOf(code, reason)?.message ?? "closed");
 */
export function relayErrorOf(close: number, reason = ""): RelayError | undefined {
  if (close === 1000 || close === 1005) return undefined; // RFC 6455 §7.4.1: as intended, and without a status
  for (const [code, entry] of Object.entries(table)) {
    if (entry.close !== close) continue;
    const known = code as RelayErrorCode; // the keys of our own table
    const told = reason.startsWith(`${known}: `) ? reason.slice(known.length + 2) : reason;
    return new RelayError(known, told === "" ? entry.meaning : told);
  }
  return new RelayError(
    "connection-lost",
    `the WebSocket was closed with ${close}${reason === "" ? "" : `: ${reason}`}`,
  );
}
