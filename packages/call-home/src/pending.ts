import type { PeerIdentity } from "@netconf-kit/core";
import { sourceOf } from "@netconf-kit/socket";

/** A device whose key nobody has stated, and that an operator may approve. */
export interface PendingDevice {
  /** The fingerprint of its key or certificate. */
  readonly id: string;
  readonly identity: PeerIdentity;
  /** The entry whose address it called from. */
  readonly device: string | undefined;
  /** Where it called from last. */
  readonly remote: string;
  /** `ssh` or `tls`: the kind of the listener. */
  readonly transport: string;
  readonly calls: number;
  /** Milliseconds since its first and its last call. */
  readonly firstCall: number;
  readonly lastCall: number;
}

/** How many unknown devices are held, and for how long. */
export interface PendingLimits {
  /** Devices that are held. Default 256. */
  readonly maxDevices: number;
  /** Devices that are held from one address (IPv6: one network of 64 bits). Default 16. */
  readonly maxPerSource: number;
  /** Milliseconds after its last call that a device is forgotten. Default a day. */
  readonly expireAfter: number;
}

/** What a call of an unknown device adds. */
export type Caller = Pick<PendingDevice, "identity" | "device" | "remote" | "transport">;

/** A refusal of an operator that still holds. */
export interface RefusedDevice {
  readonly id: string;
  /** Milliseconds. */
  readonly expiresIn: number;
}

interface Held extends Caller {
  readonly source: string;
  readonly calls: number;
  readonly first: number;
  readonly last: number;
}

/**
 * The unknown devices that wait for an operator. What is held is what they have shown, not the connections: an operator takes
 * minutes, a connection that waits costs a place, and devices call again. A full queue takes nobody new, so that no flood can drive
 * out what an operator is about to approve. Pure: time is passed in, in milliseconds.
 *
 * @example
 * const pending = new PendingDevices({ maxDevices: 16 });
 */
export class PendingDevices {
  readonly #limits: PendingLimits;
  readonly #held = new Map<string, Held>();
  readonly #bySource = new Map<string, number>();
  readonly #refused = new Map<string, number>();

  constructor(limits: Partial<PendingLimits> = {}) {
    this.#limits = { maxDevices: 256, maxPerSource: 16, expireAfter: 86_400_000, ...limits };
  }

  /** Holds a device, or counts one more call of it. `full` where there is no place for it. */
  hold(caller: Caller, now: number): "new" | "again" | "full" {
    this.#expire(now);
    const id = idOf(caller.identity);
    const held = this.#held.get(id);
    if (held !== undefined) {
      this.#held.set(id, { ...held, ...caller, calls: held.calls + 1, last: now });
      return "again";
    }
    const source = sourceOf(caller.remote);
    const fromThere = this.#bySource.get(source) ?? 0;
    if (this.#held.size >= this.#limits.maxDevices || fromThere >= this.#limits.maxPerSource) return "full";
    this.#held.set(id, { ...caller, source, calls: 1, first: now, last: now });
    this.#bySource.set(source, fromThere + 1);
    return "new";
  }

  get(id: string, now: number): PendingDevice | undefined {
    this.#expire(now);
    const held = this.#held.get(id);
    return held && describe(id, held, now);
  }

  /** The longest held first. */
  list(now: number): readonly PendingDevice[] {
    this.#expire(now);
    return [...this.#held].map(([id, held]) => describe(id, held, now));
  }

  delete(id: string): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    const left = (this.#bySource.get(held.source) ?? 0) - 1;
    if (left > 0) this.#bySource.set(held.source, left);
    else this.#bySource.delete(held.source);
  }

  /** Takes a device out, and keeps it out for so many milliseconds. */
  refuse(id: string, now: number, expiresIn: number = this.#limits.expireAfter): void {
    this.delete(id);
    this.#expire(now);
    this.#refused.delete(id);
    if (expiresIn <= 0) return;
    this.#refused.set(id, now + expiresIn);
    if (this.#refused.size <= MAX_REFUSED) return;
    for (const oldest of this.#refused.keys()) {
      this.#refused.delete(oldest);
      return;
    }
  }

  /** Takes a refusal back. False when there was none. */
  readmit(id: string): boolean {
    return this.#refused.delete(id);
  }

  isRefused(identity: PeerIdentity, now: number): boolean {
    const until = this.#refused.get(idOf(identity));
    return until !== undefined && now < until;
  }

  refused(now: number): readonly RefusedDevice[] {
    this.#expire(now);
    return [...this.#refused].map(([id, until]) => ({ id, expiresIn: until - now }));
  }

  /** Takes back what {@link list} and {@link refused} gave, as after a restart. What is over the limits is left out. */
  restore(pending: readonly PendingDevice[], refused: readonly RefusedDevice[], now: number): void {
    for (const { id: _, calls, firstCall, lastCall, ...caller } of pending) {
      if (this.hold(caller, now - lastCall) !== "new") continue;
      const id = idOf(caller.identity);
      const held = this.#held.get(id);
      if (held !== undefined) this.#held.set(id, { ...held, calls, first: now - firstCall });
    }
    for (const { id, expiresIn } of refused) this.refuse(id, now, expiresIn);
  }

  #expire(now: number): void {
    for (const [id, { last }] of this.#held) if (now - last >= this.#limits.expireAfter) this.delete(id);
    for (const [id, until] of this.#refused) if (now >= until) this.#refused.delete(id);
  }
}

/** Refusals are an operator's; so many of them are enough for anybody. */
const MAX_REFUSED = 4096;

/** A peer that proved nothing is nobody to approve: it has no fingerprint, and is never held. */
function idOf(identity: PeerIdentity): string {
  return identity.kind === "unauthenticated" ? "" : identity.fingerprint;
}

function describe(
  id: string,
  { identity, device, remote, transport, calls, first, last }: Held,
  now: number,
): PendingDevice {
  return { id, identity, device, remote, transport, calls, firstCall: now - first, lastCall: now - last };
}
