import { describeIdentity, IdentityError, type NetconfErrorCode, type PeerIdentity, quoted } from "@netconf-kit/core";
import type { PeerEvidence } from "./identify-evidence.ts";
import { type DeviceEntry, hasKey, hostOf, type NamedSessions } from "./named-sessions.ts";
import type { CallHomeUser, FailedUsers } from "./users.ts";

/** What made a device known. */
export type IdentifiedBy = "key" | "certificate" | "lookup" | "address" | "user";

/** Who calls, and what logs in. */
export interface Identified<Credentials> {
  readonly kind: "accepted";
  readonly by: IdentifiedBy;
  /** The lookup that knew it. */
  readonly lookup: string | undefined;
  readonly device: string;
  /** What the device is known as from here on: its key, or the certificate about it. */
  readonly peer: PeerIdentity;
  /** Absent where the transport needs none. */
  readonly credentials: Credentials | undefined;
  /** The user of the list whose credentials they are. */
  readonly user: string | undefined;
  /** Nobody has stated this key: it becomes the device's once the login has succeeded. */
  readonly newKey: boolean;
  /** Under which name failures of users are remembered. */
  readonly subject: string;
}

/** A caller that nobody is to talk to, and why. */
export interface Refused {
  readonly kind: "refused";
  readonly error: IdentityError;
  /** An operator could let it in. */
  readonly mayBeApproved: boolean;
}

/** The verdict; or a question that only the caller of the procedure can answer. */
export type IdentityStep<Credentials> =
  | { readonly kind: "ask-lookup"; readonly lookup: number }
  | { readonly kind: "ask-selection"; readonly device: string | undefined }
  | Identified<Credentials>
  | Refused;

/** `reject` the connection; name the user who logs in; or `pass` on to the list of users. */
export type Selection = "reject" | "pass" | { readonly user: string };

/** By what a caller may be known. */
export interface IdentityRules<Credentials> {
  readonly devices: NamedSessions<Credentials>;
  readonly users: readonly CallHomeUser<Credentials>[];
  readonly failed: FailedUsers;
  /** Lookups that may be asked. */
  readonly lookups: readonly { readonly name: string }[];
  /** Whether somebody selects users. */
  readonly selects: boolean;
  readonly isRefused: (identity: PeerIdentity, now: number) => boolean;
}

/** What is known of a caller when it has to be told who it is. */
export interface IdentityCase {
  readonly evidence: PeerEvidence;
  readonly remote: string;
  /** Whether the transport logs in. TLS does not: our certificate is the same for every device. */
  readonly needsCredentials: boolean;
  readonly now: number;
}

/**
 * Finds out which device calls, and with which credentials to log in to it: identity first, and what an address says only where an
 * entry asks for it (RFC 8071 §3.1 C5, C7).
 *
 * The order: a key or certificate of an entry → the caller's lookups (SSHFP, known_hosts) → a refusal by the operator → the entry
 * whose address this is → the caller's selection of a user → the first user that has not failed → refused. An entry with credentials
 * of its own ends the search. A key that nobody has stated comes through only where the entry or the user says `accept-new`.
 *
 * Synchronous: `step()` gives a verdict or a question, whose answer goes to `answerLookup` or `answerSelection`.
 *
 * @example
 * const procedure = new IdentityProcedure(rules, about);
 * const step = procedure.step();
 */
export class IdentityProcedure<Credentials> {
  readonly #rules: IdentityRules<Credentials>;
  readonly #case: IdentityCase;
  readonly #peer: PeerIdentity;
  #nextLookup = 0;
  #step: IdentityStep<Credentials>;

  constructor(rules: IdentityRules<Credentials>, about: IdentityCase) {
    this.#rules = rules;
    this.#case = about;
    this.#peer = about.evidence.identity;
    this.#step = this.#byKey();
  }

  step(): IdentityStep<Credentials> {
    return this.#step;
  }

  /** The name of the entry that the lookup knows the key for, if any. */
  answerLookup(device: string | undefined): void {
    if (this.#step.kind !== "ask-lookup") return;
    const { name } = this.#rules.lookups[this.#step.lookup] ?? { name: "" };
    if (device === undefined) this.#step = this.#askLookup();
    else this.#step = this.#byLookup(name, device);
  }

  answerSelection(selection: Selection): void {
    if (this.#step.kind !== "ask-selection") return;
    const { device } = this.#step;
    const entry = device === undefined ? undefined : this.#rules.devices.named(device);
    if (selection === "reject")
      this.#step = this.#refuse("refused-by-caller", "the selection of a user rejected it", entry);
    else if (selection === "pass") this.#step = this.#firstUser(entry);
    else this.#step = this.#selected(selection.user, entry);
  }

  #found: Found = UNKNOWN;

  #byKey(): IdentityStep<Credentials> {
    const { devices } = this.#rules;
    const { identity, certificate } = this.#case.evidence;
    const entry = devices.find(identity);
    if (entry !== undefined) {
      const by = identity.kind === "x509-certificate" && !entry.fingerprints?.includes(identity.fingerprint);
      return this.#known(entry, { by: by ? "certificate" : "key", lookup: undefined, peer: identity, newKey: false });
    }
    const certified = certificate && devices.find(certificate.identity);
    if (certificate === undefined || certified?.certified === undefined) return this.#askLookup();
    // RFC 8071 §3.1 C6: nothing in a certificate counts before its authority and its validity have been checked.
    const fault = certificate.fault(certified.certified);
    if (fault !== undefined) return this.#refuse("unknown-identity", fault, certified);
    return this.#known(certified, { by: "certificate", lookup: undefined, peer: certificate.identity, newKey: false });
  }

  #askLookup(): IdentityStep<Credentials> {
    const lookup = this.#nextLookup++;
    if (lookup < this.#rules.lookups.length) return { kind: "ask-lookup", lookup };
    if (this.#rules.isRefused(this.#peer, this.#case.now))
      return this.#refuse("refused-by-operator", "an operator refused it");
    return this.#byAddress();
  }

  #byLookup(lookup: string, device: string): IdentityStep<Credentials> {
    const entry = this.#rules.devices.named(device);
    if (entry === undefined)
      return this.#refuse("lookup-failed", `${lookup} says ${quoted(device)}, which is no entry`);
    return this.#known(entry, { by: "lookup", lookup, peer: this.#peer, newKey: false });
  }

  #byAddress(): IdentityStep<Credentials> {
    const entry = this.#rules.devices.at(this.#case.remote);
    if (entry === undefined) return this.#askSelection(undefined);
    if (hasKey(entry)) return this.#refuse("key-mismatch", "its address is that of an entry with another key", entry);
    if (entry.unknownKeys !== "accept-new")
      return this.#refuse("key-not-trusted", "its address is that of an entry that has no key yet", entry);
    return this.#known(entry, { by: "address", lookup: undefined, peer: this.#peer, newKey: true });
  }

  #known(entry: DeviceEntry<Credentials>, found: Found): IdentityStep<Credentials> {
    this.#found = found;
    if (entry.credentials === undefined && this.#case.needsCredentials) return this.#askSelection(entry);
    return this.#accept(entry, entry.credentials, undefined);
  }

  /** From here on a user of the list logs in, to a device that is known or not. */
  #askSelection(entry: DeviceEntry<Credentials> | undefined): IdentityStep<Credentials> {
    if (!this.#case.needsCredentials) return this.#refuse("unknown-identity", "no entry matches");
    if (this.#rules.selects) return { kind: "ask-selection", device: entry?.name };
    return this.#firstUser(entry);
  }

  #selected(name: string, entry: DeviceEntry<Credentials> | undefined): IdentityStep<Credentials> {
    const user = this.#rules.users.find((candidate) => candidate.name === name);
    if (user === undefined)
      return this.#refuse("lookup-failed", `the selected user ${quoted(name)} is not in the list`, entry);
    if (!mayLogIn(user, entry))
      return this.#refuse("key-not-trusted", `the selected user ${quoted(name)} logs in to known keys only`);
    return this.#accept(entry, user.credentials, user.name);
  }

  #firstUser(entry: DeviceEntry<Credentials> | undefined): IdentityStep<Credentials> {
    const { users, failed } = this.#rules;
    const eligible = users.filter((user) => mayLogIn(user, entry));
    if (entry === undefined && eligible.length === 0) return this.#refuse("unknown-identity", "no entry matches");
    const subject = this.#subject(entry);
    const user = eligible.find(({ name }) => !failed.has(subject, name, this.#case.now));
    if (user !== undefined) return this.#accept(entry, user.credentials, user.name);
    return this.#refuse("no-user-left", `none of ${eligible.length} users is left to try`, entry);
  }

  #accept(
    entry: DeviceEntry<Credentials> | undefined,
    credentials: Credentials | undefined,
    user: string | undefined,
  ): IdentityStep<Credentials> {
    const subject = this.#subject(entry);
    // A peer without a key cannot be recognized again: there is nothing to pin.
    if (entry === undefined && this.#peer.kind === "unauthenticated")
      return this.#refuse("unknown-identity", "it proved nothing");
    const found = entry === undefined ? { ...UNKNOWN, peer: this.#peer } : this.#found;
    return { kind: "accepted", ...found, device: entry?.name ?? subject, credentials, user, subject };
  }

  #refuse(code: NetconfErrorCode, why: string, entry?: DeviceEntry<Credentials>): Refused {
    // Who decides about it wants to see all that was shown. A certificate and its key have the same fingerprint.
    const peer = this.#case.evidence.certificate?.identity ?? this.#peer;
    const message = `cannot accept ${describeIdentity(peer)} from ${quoted(this.#case.remote)}: ${why}`;
    return {
      kind: "refused",
      error: new IdentityError(code, message, peer, { device: entry?.name }),
      mayBeApproved: APPROVABLE.has(code) && peer.kind !== "unauthenticated",
    };
  }

  #subject(entry: DeviceEntry<Credentials> | undefined): string {
    if (entry !== undefined) return entry.name;
    return this.#peer.kind === "unauthenticated" ? hostOf(this.#case.remote) : this.#peer.fingerprint;
  }
}

/** A device that nobody has vouched for, known or not, is not trusted with the users for known ones (RFC 8071 §3.1 C7). */
function mayLogIn(user: CallHomeUser<unknown>, entry: DeviceEntry<unknown> | undefined): boolean {
  return (entry !== undefined && entry.approved !== false) || user.unknownKeys === "accept-new";
}

type Found = Pick<Identified<unknown>, "by" | "lookup" | "peer" | "newKey">;

/** A key that nobody has stated, let in by a user that says so. */
const UNKNOWN: Found = { by: "user", lookup: undefined, peer: { kind: "unauthenticated" }, newKey: true };
const APPROVABLE: ReadonlySet<NetconfErrorCode> = new Set<NetconfErrorCode>([
  "unknown-identity",
  "key-mismatch",
  "key-not-trusted",
]);
