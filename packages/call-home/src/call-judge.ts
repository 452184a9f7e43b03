import { asError, IdentityError, type NetconfError, quoted } from "@netconf-kit/core";
import type { Clock } from "@netconf-kit/socket";
import type { DeviceCall, DeviceLookup } from "./device-lookup.ts";
import type { CallEvent, DeviceManagerEvent } from "./device-manager-events.ts";
import type { LearnedDeviceStore } from "./device-manager-options.ts";
import type { DeviceRegistry, NewKey } from "./device-registry.ts";
import type { Identified, Refused } from "./identify.ts";
import { identifyCall, type SelectUser } from "./identify-call.ts";
import { hasKey } from "./named-sessions.ts";
import type { PendingDevices } from "./pending.ts";
import type { CallHomeUser, FailedUsers } from "./users.ts";

/** A call with the number of its connection. */
export type JudgedCall = DeviceCall & { readonly connection: number };

export interface CallJudgeOptions<Credentials> {
  readonly registry: DeviceRegistry<Credentials>;
  readonly failed: FailedUsers;
  readonly pending: PendingDevices;
  /** Whether unknown devices are held. */
  readonly holds: boolean;
  readonly maxUnapproved: number;
  readonly store: LearnedDeviceStore<Credentials> | undefined;
  readonly clock: Clock;
  readonly tell: (event: DeviceManagerEvent) => void;
}

export interface JudgedBy<Credentials> {
  readonly users: readonly CallHomeUser<Credentials>[];
  readonly lookups: readonly DeviceLookup[];
  readonly selectUser: SelectUser | undefined;
}

/**
 * Decides about calls, one at a time or many side by side, and learns from how they end: a first key becomes its device's, a user
 * that was refused is not tried again for a while, an unknown device is held for an operator.
 */
export class CallJudge<Credentials> {
  readonly #options: CallJudgeOptions<Credentials>;
  /** Devices whose first key is logging in now: a second one at the same time would get the credentials too. */
  readonly #learning = new Set<string>();
  #saving: Promise<unknown> = Promise.resolve();

  constructor(options: CallJudgeOptions<Credentials>) {
    this.#options = options;
  }

  /**
   * Who calls, and what logs in. Whoever gets an answer has to say `end` in the end.
   *
   * @throws IdentityError for a device that is not welcome; it may have been held
   */
  async judge(
    call: JudgedCall,
    by: JudgedBy<Credentials>,
    needsCredentials: boolean,
  ): Promise<Identified<Credentials>> {
    const { registry, failed, pending, clock } = this.#options;
    const { devices } = registry;
    const isRefused = pending.isRefused.bind(pending);
    const now = clock.now();
    const verdict = await identifyCall({ ...by, devices, failed, isRefused }, call, { needsCredentials, now });
    if (verdict.kind === "refused") throw this.#hold(verdict, call);
    if (verdict.newKey) this.#beginLearning(verdict);
    const { device, by: reason, lookup, user, newKey, peer } = verdict;
    this.#tell(call, { kind: "recognized", peer, device, by: reason, lookup, user, newKey });
    return verdict;
  }

  /**
   * The login has succeeded: a first key is kept.
   *
   * @throws IdentityError `store-failed`; `key-mismatch` when the device has got another key, or is gone, meanwhile
   */
  async loggedIn(call: JudgedCall, identified: Identified<Credentials>): Promise<void> {
    const { device, peer, user, newKey, subject } = identified;
    if (user !== undefined) this.#options.failed.forget({ device: subject, user });
    if (!newKey || peer.kind === "unauthenticated") return;
    const key = { name: device, fingerprint: peer.fingerprint, approved: false };
    try {
      await this.inTurn(async () => {
        this.#checkFirstKey(identified);
        await this.#save(key);
      });
    } catch (error) {
      if (error instanceof IdentityError) throw error;
      const message = `cannot keep the first key of ${quoted(device)}: ${asError(error).message}`;
      throw new IdentityError("store-failed", message, peer, { device, cause: error });
    }
    this.#tell(call, { kind: "key-learned", peer, device });
  }

  loginRefused(call: JudgedCall, { user, device, subject, peer }: Identified<Credentials>, error: Error): void {
    if (user === undefined) return;
    const { failed, clock } = this.#options;
    failed.remember(subject, user, clock.now());
    this.#tell(call, { kind: "user-failed", peer, device, user, error });
  }

  /**
   * A device has proved to hold these keys and no others. One that is known by a certificate or a lookup stays so: a key of its own
   * would count longer than they do.
   */
  async keysProved(
    call: JudgedCall,
    identified: Identified<Credentials>,
    fingerprints: readonly string[],
  ): Promise<void> {
    const { device, peer, by, newKey } = identified;
    if (peer.kind !== "ssh-host-key" || !(by === "key" || newKey) || !fingerprints.includes(peer.fingerprint)) return;
    const { registry, store } = this.#options;
    await this.inTurn(async () => {
      const known = new Set(registry.devices.named(device)?.fingerprints);
      const learned = known.size === 0 ? undefined : registry.proposeAll(device, fingerprints);
      if (learned === undefined) return;
      await store?.save(learned);
      registry.learn(learned);
      for (const fingerprint of learned.fingerprints.filter((each) => !known.has(each)))
        this.#tell(call, { kind: "key-learned", peer: { ...peer, fingerprint }, device });
    }).catch(() => {}); // they are announced again in the next session
  }

  end({ device, newKey }: Identified<Credentials>): void {
    if (newKey) this.#learning.delete(device);
  }

  /** Saves a key, and lets it count once that has succeeded. */
  learn(key: NewKey<Credentials>): Promise<void> {
    return this.inTurn(() => this.#save(key));
  }

  /** What is saved about a device builds on what is known of it, so one after the other. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#saving.then(work);
    this.#saving = result.catch(() => {});
    return result;
  }

  async #save(key: NewKey<Credentials>): Promise<void> {
    const { registry, store } = this.#options;
    const device = registry.propose(key);
    await store?.save(device);
    registry.learn(device);
  }

  #beginLearning(identified: Identified<Credentials>): void {
    const { device, peer } = identified;
    if (this.#learning.has(device)) {
      const message = `cannot accept ${quoted(device)}: another call is about to give it its first key`;
      throw new IdentityError("already-connected", message, peer, { device });
    }
    this.#checkFirstKey(identified);
    const { registry, maxUnapproved } = this.#options;
    // Those under way count too, or many that call at once would all find room.
    if (identified.by === "user" && registry.unapproved + this.#learning.size >= maxUnapproved) {
      const message = `cannot accept ${quoted(device)}: ${maxUnapproved} devices wait for an approval after their first login`;
      throw new IdentityError("key-not-trusted", message, peer, { device });
    }
    this.#learning.add(device);
  }

  /** What was true at the verdict may have changed: another call, an approval, other rules. */
  #checkFirstKey({ device, peer, by }: Identified<Credentials>): void {
    const entry = this.#options.registry.devices.named(device);
    if (by === "user" ? entry === undefined : entry !== undefined && !hasKey(entry)) return;
    const what = entry === undefined ? "its entry is gone" : "it has got another key";
    throw new IdentityError("key-mismatch", `cannot accept ${quoted(device)}: ${what}`, peer, { device });
  }

  #hold({ error, mayBeApproved }: Refused, call: JudgedCall): NetconfError {
    const { pending, holds, clock } = this.#options;
    const { identity, device } = error;
    if (!holds || !mayBeApproved || identity.kind === "unauthenticated") return error;
    const { remote, transport } = call;
    const held = pending.hold({ identity, device, remote, transport }, clock.now());
    this.#tell(call, { kind: "pending", peer: identity, id: identity.fingerprint, held, device });
    if (held === "full") return error;
    return new IdentityError("awaiting-approval", `${error.message}; an operator may approve it`, identity, {
      device,
      cause: error,
    });
  }

  #tell({ connection, remote }: JudgedCall, event: DistributiveOmit<CallEvent, "connection" | "remote" | "at">): void {
    this.#options.tell({ connection, remote, at: this.#options.clock.now(), ...event });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
