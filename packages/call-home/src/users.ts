import { NetconfError } from "@netconf-kit/core";
import type { UnknownKeys } from "./named-sessions.ts";

/** Credentials that are tried at devices that have none of their own, in the order of the list. */
export interface CallHomeUser<Credentials> {
  readonly name: string;
  readonly credentials: Credentials;
  /**
   * Whether it may log in to a device whose key nobody has stated. `accept-new`: it may, and when it succeeds the key is the
   * device's from then on. Only for credentials that a stranger learns nothing from, such as a key. Default `refuse`.
   */
  readonly unknownKeys?: UnknownKeys;
}

/** A user that could not log in to a device. */
export interface FailedUser {
  /** Name of the device; its fingerprint, when it has no name; its address, when it proved nothing. */
  readonly device: string;
  readonly user: string;
  /** Milliseconds until it is tried again. */
  readonly expiresIn: number;
}

/** How many failures are remembered, and for how long. */
export interface FailedUsersLimits {
  /** Milliseconds that a failure is remembered. Default an hour. */
  readonly expireAfter: number;
  /** Devices that are remembered; the one whose last failure is oldest is forgotten first. Default 4096. */
  readonly maxDevices: number;
}

/**
 * Which users have failed at which device, so that the next call tries the next one. Forgets after a while, or when told to.
 * Pure: time is passed in, in milliseconds.
 *
 * @example
 * const failed = new FailedUsers();
 * failed.remember("router-7", "ops", clock.now());
 * failed.has("router-7", "ops", clock.now()); // true, for an hour
 */
export class FailedUsers {
  readonly #limits: FailedUsersLimits;
  /** Device → user → when it is forgotten. The device with the oldest news first. */
  readonly #devices = new Map<string, Map<string, number>>();

  constructor(limits: Partial<FailedUsersLimits> = {}) {
    this.#limits = { expireAfter: 3_600_000, maxDevices: 4096, ...limits };
  }

  has(device: string, user: string, now: number): boolean {
    const until = this.#devices.get(device)?.get(user);
    return until !== undefined && now < until;
  }

  remember(device: string, user: string, now: number, expiresIn: number = this.#limits.expireAfter): void {
    const users = this.#devices.get(device) ?? new Map<string, number>();
    for (const [name, until] of users) if (now >= until) users.delete(name);
    users.set(user, now + expiresIn);
    this.#devices.delete(device);
    this.#devices.set(device, users);
    if (this.#devices.size <= this.#limits.maxDevices) return;
    for (const oldest of this.#devices.keys()) {
      this.#devices.delete(oldest);
      return;
    }
  }

  /** Forgets failures: all, those at a device, those of a user, or one. */
  forget(which: { readonly device?: string; readonly user?: string } = {}): void {
    for (const [device, users] of this.#devices) {
      if (which.device !== undefined && which.device !== device) continue;
      if (which.user === undefined) users.clear();
      else users.delete(which.user);
      if (users.size === 0) this.#devices.delete(device);
    }
  }

  list(now: number): readonly FailedUser[] {
    return [...this.#devices].flatMap(([device, users]) =>
      [...users].flatMap(([user, until]) => (now < until ? [{ device, user, expiresIn: until - now }] : [])),
    );
  }
}

/** @throws NetconfError `invalid-argument` when two have the same name */
export function checkUsers(users: readonly CallHomeUser<unknown>[]): void {
  const names = new Set(users.map(({ name }) => name));
  if (names.size !== users.length) throw new NetconfError("invalid-argument", "two Call Home users have the same name");
}
