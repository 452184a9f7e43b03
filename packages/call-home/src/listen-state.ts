import type { PeerIdentity } from "@netconf-kit/core";
import { ConfigError } from "./config-errors.ts";
import { choice, flag, integer, list, oneOf, optional, record, type Shape, text } from "./config-shape.ts";
import { formatDateAndTime, parseDateAndTime } from "./date-and-time.ts";
import type { DeviceManagerState } from "./device-manager-options.ts";
import type { LearnedDevice } from "./device-registry.ts";
import { placeOf, readJson } from "./json-reader.ts";
import type { CredentialsConfig } from "./listen-config.ts";
import { credentials } from "./listen-config-shape.ts";
import { readShape } from "./parse-listen-config.ts";
import type { PendingDevice, RefusedDevice } from "./pending.ts";
import type { FailedUser } from "./users.ts";

/** What a Call Home manager has learned while it ran, and should know again after a restart. It holds no secrets. */
export interface ListenState extends DeviceManagerState {
  /** Keys that no configuration states. */
  readonly learned: readonly LearnedDevice<CredentialsConfig>[];
}

/**
 * The state as JSON. Where it is kept is the caller's to say; it has to be written whole or not at all.
 *
 * @param now Milliseconds since 1970
 * @example
 * await storage.save(new TextEncoder().encode(formatListenState(state, Date.now())));
 */
export function formatListenState({ learned, pending, refused, failedUsers }: ListenState, now: number): string {
  const stored: StoredState = {
    version: VERSION,
    savedAt: formatDateAndTime(now),
    learned,
    pending: pending.flatMap(({ id: _, identity, device, ...call }) => {
      const known = toStored(identity);
      return known === undefined ? [] : [{ identity: known, ...(device !== undefined && { device }), ...call }];
    }),
    refused,
    failedUsers,
  };
  return `${JSON.stringify(stored, undefined, 2)}\n`;
}

/**
 * Reads it again, with the time that has gone by since then taken into account: what has expired is left out. A clock that was set back
 * counts as no time.
 *
 * @param now Milliseconds since 1970
 * @throws ConfigError `config-version` for the state of another version; for anything else that is no state
 * @example
 * const { learned } = parseListenState(text, Date.now());
 */
export function parseListenState(text: string, now: number): ListenState {
  checkVersion(text);
  const { savedAt, learned, pending, refused, failedUsers } = readShape(text, stateShape);
  const gone = Math.max(0, now - (parseDateAndTime(savedAt) ?? now));
  const left = <T extends { readonly expiresIn: number }>(entries: readonly T[]): readonly T[] =>
    entries.flatMap((entry) => (entry.expiresIn > gone ? [{ ...entry, expiresIn: entry.expiresIn - gone }] : []));
  return {
    learned,
    pending: pending.map(({ identity, device, firstCall, lastCall, ...call }) => ({
      ...call,
      id: identity.fingerprint,
      identity: fromStored(identity),
      device,
      firstCall: firstCall + gone,
      lastCall: lastCall + gone,
    })),
    refused: left(refused),
    failedUsers: left(failedUsers),
  };
}

const VERSION = 1;

type StoredIdentity =
  | Extract<PeerIdentity, { readonly kind: "ssh-host-key" | "ssh-host-certificate" }>
  | (Omit<X509, "authority"> & { readonly authority?: string });
type X509 = Extract<PeerIdentity, { readonly kind: "x509-certificate" }>;

interface StoredPending extends Omit<PendingDevice, "id" | "identity" | "device"> {
  readonly identity: StoredIdentity;
  readonly device?: string;
}

interface StoredState extends Omit<ListenState, "pending"> {
  readonly version: typeof VERSION;
  /** RFC 6991 date-and-time. */
  readonly savedAt: string;
  readonly pending: readonly StoredPending[];
}

/** A peer that proved nothing is never held. */
function toStored(identity: PeerIdentity): StoredIdentity | undefined {
  if (identity.kind === "unauthenticated") return undefined;
  if (identity.kind !== "x509-certificate") return identity;
  const { authority, ...certificate } = identity;
  return authority === undefined ? certificate : { ...certificate, authority };
}

function fromStored(identity: StoredIdentity): PeerIdentity {
  return identity.kind === "x509-certificate" ? { ...identity, authority: identity.authority } : identity;
}

/** Before all else: a later version may look different in every part. */
function checkVersion(input: string): void {
  const root = readJson(input);
  const version = root.kind === "object" ? root.members.get("version") : undefined;
  if (version === undefined || (version.node.kind === "scalar" && version.node.value === VERSION)) return;
  const place = placeOf(input, version.offset);
  const message = `this state is not of version ${VERSION}`;
  throw new ConfigError([{ code: "config-version", path: "/version", ...place, message }]);
}

const word = text("a text");
const words = list(word);
const milliseconds = integer(0, 1e15);

const sshKey = record<Extract<StoredIdentity, { readonly kind: "ssh-host-key" }>>({
  kind: choice("ssh-host-key"),
  fingerprint: word,
  algorithm: word,
});
const sshCertificate = record<Extract<StoredIdentity, { readonly kind: "ssh-host-certificate" }>>({
  kind: choice("ssh-host-certificate"),
  fingerprint: word,
  algorithm: word,
  authority: word,
  keyId: text("a text", /^/),
  principals: words,
});
const x509 = record<Extract<StoredIdentity, { readonly kind: "x509-certificate" }>>({
  kind: choice("x509-certificate"),
  fingerprint: word,
  names: words,
  authority: optional(word),
});

const identityShape: Shape<StoredIdentity> = oneOf<StoredIdentity>([sshKey, sshCertificate, x509], (node) => {
  const kind = node.kind === "object" ? node.members.get("kind")?.node : undefined;
  const name = kind?.kind === "scalar" ? kind.value : undefined;
  if (name === "ssh-host-certificate") return sshCertificate;
  return name === "x509-certificate" ? x509 : sshKey;
});

const stateShape: Shape<StoredState> = record<StoredState>({
  version: choice(VERSION),
  savedAt: text("a date and time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  learned: list(
    record<LearnedDevice<CredentialsConfig>>({
      name: word,
      fingerprints: words,
      standsAlone: flag(),
      approved: flag(),
      credentials: optional(credentials),
    }),
  ),
  pending: list(
    record<StoredPending>({
      identity: identityShape,
      device: optional(word),
      remote: word,
      transport: word,
      calls: milliseconds,
      firstCall: milliseconds,
      lastCall: milliseconds,
    }),
  ),
  refused: list(record<RefusedDevice>({ id: word, expiresIn: milliseconds })),
  failedUsers: list(record<FailedUser>({ device: word, user: word, expiresIn: milliseconds })),
});
