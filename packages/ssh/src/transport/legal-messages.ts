/**
 * The one table that says which message numbers are legal, in which phase, for which role. Whatever it does not list is
 * refused, and a refused message ends the connection.
 *
 * A phase is what the *peer* may send now. It turns to a key exchange when the peer's KEXINIT arrives, not when ours
 * leaves: until then the peer's ordinary messages are legal (RFC 4253 §7.1).
 */

/** Who we are on this connection. */
export type Role = "client" | "server";

export type ReceivePhase =
  | "initial-kexinit"
  | "initial-kex"
  | "initial-gex-group"
  | "initial-gex-reply"
  | "initial-newkeys"
  | "service"
  | "authentication"
  | "open"
  | "rekey-kex"
  | "rekey-gex-group"
  | "rekey-gex-reply"
  | "rekey-newkeys";

/**
 * - `deliver`: to be handled.
 * - `ignore`: legal, without effect.
 * - `unimplemented`: unknown; answered with SSH_MSG_UNIMPLEMENTED (RFC 4253 §11.4).
 * - `refuse`: ends the connection.
 */
export type MessageVerdict = "deliver" | "ignore" | "unimplemented" | "refuse";

/** What to do with message `number` received in `phase` by `role`. `strict`: both sides have agreed on strict key exchange. */
export function judgeMessage(role: Role, phase: ReceivePhase, number: number, strict: boolean): MessageVerdict {
  const row = (strict ? STRICT_TABLE[phase] : undefined) ?? TABLE[phase];
  if (includes(row.deliver[role], number)) return "deliver";
  if (includes(row.ignore?.[role], number)) return "ignore";
  return includes(row.unimplemented, number) ? "unimplemented" : "refuse";
}

type Numbers = readonly (number | readonly [from: number, to: number])[];

interface Row {
  readonly deliver: Readonly<Record<Role, Numbers>>;
  readonly ignore?: Readonly<Record<Role, Numbers>>;
  readonly unimplemented: Numbers;
}

/** DISCONNECT, IGNORE, UNIMPLEMENTED, DEBUG: legal at any time (RFC 4253 §11), but for strict key exchange. */
const GENERIC: Numbers = [[1, 4]];
/** Transport numbers that nobody has assigned to something we know (RFC 4250 §4.1.2). 8 is NEWCOMPRESS, never negotiated. */
const UNKNOWN_GENERIC: Numbers = [[8, 19]];
const UNKNOWN_NEGOTIATION: Numbers = [[22, 29]];
const KEXINIT: Numbers = [20];
const NEWKEYS: Numbers = [21];
/** KEXDH_REPLY, KEX_ECDH_REPLY (RFC 4253 §8, RFC 5656 §4). */
const KEX_TO_CLIENT: Numbers = [31];
/** KEXDH_INIT, KEX_ECDH_INIT. */
const KEX_TO_SERVER: Numbers = [30];
/** KEX_DH_GEX_GROUP, KEX_DH_GEX_REPLY (RFC 4419 §5). Only a client ever waits for them. */
const GEX_GROUP: Numbers = [31];
const GEX_REPLY: Numbers = [33];
/** ping@openssh.com (OpenSSH PROTOCOL §1.8), after the login only. */
const PING = 192;
const PONG = 193;

const TABLE: Readonly<Record<ReceivePhase, Row>> = {
  "initial-kexinit": {
    deliver: both([...GENERIC, ...KEXINIT]),
    unimplemented: UNKNOWN_GENERIC,
  },
  "initial-kex": {
    deliver: { client: [...GENERIC, ...KEX_TO_CLIENT], server: [...GENERIC, ...KEX_TO_SERVER] },
    unimplemented: UNKNOWN_GENERIC,
  },
  "initial-gex-group": {
    deliver: { client: [...GENERIC, ...GEX_GROUP], server: GENERIC },
    unimplemented: UNKNOWN_GENERIC,
  },
  "initial-gex-reply": {
    deliver: { client: [...GENERIC, ...GEX_REPLY], server: GENERIC },
    unimplemented: UNKNOWN_GENERIC,
  },
  "initial-newkeys": {
    deliver: both([...GENERIC, ...NEWKEYS]),
    unimplemented: UNKNOWN_GENERIC,
  },
  // SERVICE_ACCEPT or SERVICE_REQUEST (RFC 4253 §10), EXT_INFO (RFC 8308 §2.4; its place is checked in ext-info.ts). Keys
  // are not changed before the login: a stranger could make a server exchange keys without end. OpenSSH refuses it as well.
  service: {
    deliver: { client: [...GENERIC, 6, 7], server: [...GENERIC, 5, 7] },
    unimplemented: [...UNKNOWN_GENERIC, ...UNKNOWN_NEGOTIATION],
  },
  // USERAUTH_FAILURE, SUCCESS, BANNER and the numbers of methods (RFC 4252 §6, RFC 4256 §5). From 80 on: RFC 4252 §6,
  // an error to which the server must respond by disconnecting.
  authentication: {
    deliver: { client: [...GENERIC, 7, [51, 53], 60], server: [...GENERIC, 50, 61] },
    unimplemented: [...UNKNOWN_GENERIC, ...UNKNOWN_NEGOTIATION, [54, 59]],
  },
  // RFC 4254 §9. A server opens no channels, so nobody may confirm or refuse one to it. Requests that were under way
  // when the login succeeded are ignored (RFC 4252 §5.3). Only servers announce that they answer pings.
  open: {
    deliver: {
      client: [...GENERIC, ...KEXINIT, [80, 82], [90, 100], PONG],
      server: [...GENERIC, ...KEXINIT, [80, 82], 90, [93, 100], PING, PONG],
    },
    ignore: { client: [], server: [50] },
    unimplemented: [...UNKNOWN_GENERIC, ...UNKNOWN_NEGOTIATION, [83, 89], [101, 255]],
  },
  "rekey-kex": {
    deliver: { client: [...GENERIC, ...KEX_TO_CLIENT], server: [...GENERIC, ...KEX_TO_SERVER] },
    unimplemented: UNKNOWN_GENERIC,
  },
  "rekey-gex-group": {
    deliver: { client: [...GENERIC, ...GEX_GROUP], server: GENERIC },
    unimplemented: UNKNOWN_GENERIC,
  },
  "rekey-gex-reply": {
    deliver: { client: [...GENERIC, ...GEX_REPLY], server: GENERIC },
    unimplemented: UNKNOWN_GENERIC,
  },
  "rekey-newkeys": {
    deliver: both([...GENERIC, ...NEWKEYS]),
    unimplemented: UNKNOWN_GENERIC,
  },
};

/** Strict key exchange: nothing but what the first exchange needs, and the peer's farewell (OpenSSH PROTOCOL §1.10). */
const STRICT_TABLE: Partial<Readonly<Record<ReceivePhase, Row>>> = {
  "initial-kex": {
    deliver: { client: [1, ...KEX_TO_CLIENT], server: [1, ...KEX_TO_SERVER] },
    unimplemented: [],
  },
  "initial-gex-group": { deliver: { client: [1, ...GEX_GROUP], server: [1] }, unimplemented: [] },
  "initial-gex-reply": { deliver: { client: [1, ...GEX_REPLY], server: [1] }, unimplemented: [] },
  "initial-newkeys": { deliver: both([1, ...NEWKEYS]), unimplemented: [] },
};

function both(numbers: Numbers): Readonly<Record<Role, Numbers>> {
  return { client: numbers, server: numbers };
}

function includes(numbers: Numbers | undefined, number: number): boolean {
  if (numbers === undefined) return false;
  for (const item of numbers) {
    if (typeof item === "number" ? item === number : number >= item[0] && number <= item[1]) return true;
  }
  return false;
}
