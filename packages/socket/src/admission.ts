import { sourceOf } from "./source-of.ts";

/** So many at once, and later so many in a second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** What connections may take before they have shown who they are. */
export interface AdmissionLimits {
  /** Unproved connections at once. Default 128. */
  readonly maxPending: number;
  /** Unproved connections at once from one source. Default 32. */
  readonly maxPendingPerSource: number;
  /** Connections that came to nothing. Those under way count too, until they succeed. Default 256, then 32 a second. */
  readonly failures: Rate;
  /** The same from one source. Default 64, then 1 a second. */
  readonly failuresPerSource: Rate;
}

/** Whom `AdmissionControl` lets in, and how many of them. */
export interface AdmissionOptions extends Partial<AdmissionLimits> {
  /** Whether this peer may connect at all. `remote` is the socket's, and proves nothing. Default: every one may. */
  readonly allows?: (remote: string | undefined) => boolean;
  /**
   * What counts as one source; `undefined` exempts from the limits of sources, as for a proxy that stands for many. Default: the
   * address without its port, for IPv6 its network of 64 bits.
   */
  readonly sourceOf?: (remote: string) => string | undefined;
}

/** What `AdmissionControl` allows unless told otherwise. */
export const defaultAdmissionLimits: AdmissionLimits = {
  maxPending: 128,
  maxPendingPerSource: 32,
  failures: { burst: 256, perSecond: 32 },
  failuresPerSource: { burst: 64, perSecond: 1 },
};

/** A connection that was let in. Both may be called late and often; the first call counts. */
export interface Admission {
  readonly admitted: true;
  /** The peer has shown who it is: it counts no longer. */
  succeed(now: number): void;
  /** It is over. */
  end(now: number): void;
}

/** Why a connection is to be closed at once. */
export interface AdmissionRefusal {
  readonly admitted: false;
  readonly reason: "not-allowed" | "too-many" | "too-many-from-source" | "too-often" | "too-often-from-source";
}

/**
 * Decides whether a connection is let in, before a byte of it is read. A server pays for a stranger with a place and with a
 * key exchange; so strangers are counted, by where they come from and all together, and those that come to nothing are
 * remembered for a while. Who succeeds costs nothing, however often. Pure: time is passed in, in milliseconds.
 *
 * @example
 * const control = new AdmissionControl({ maxPending: 64 });
 * const verdict = control.admit(socket.remote, clock.now());
 * if (!verdict.admitted) await socket.close();
 */
export class AdmissionControl {
  readonly #limits: AdmissionLimits;
  readonly #allows: (remote: string | undefined) => boolean;
  readonly #sourceOf: (remote: string) => string | undefined;
  readonly #total: Tally;
  /** The least recently seen first. */
  readonly #sources: Map<string, Tally> = new Map();

  constructor(options: AdmissionOptions = {}) {
    this.#limits = { ...defaultAdmissionLimits, ...options };
    this.#allows = options.allows ?? (() => true);
    this.#sourceOf = options.sourceOf ?? sourceOf;
    this.#total = new Tally(this.#limits.failures);
  }

  /** Unproved connections now. */
  get pending(): number {
    return this.#total.pending;
  }

  admit(remote: string | undefined, now: number): Admission | AdmissionRefusal {
    const { maxPending, maxPendingPerSource } = this.#limits;
    if (!this.#allows(remote)) return refusal("not-allowed");
    const name = remote === undefined ? undefined : this.#sourceOf(remote);
    const source = name === undefined ? undefined : this.#tallyOf(name);
    if (this.#total.pending >= maxPending) return refusal("too-many");
    if (source !== undefined && source.pending >= maxPendingPerSource) return refusal("too-many-from-source");
    if (!this.#total.hasRoom(now)) return refusal("too-often");
    if (source?.hasRoom(now) === false) return refusal("too-often-from-source");
    const tallies = source === undefined ? [this.#total] : [this.#total, source];
    for (const tally of tallies) tally.begin();
    let over = false;
    const leave = (succeeded: boolean, at: number): void => {
      if (over) return;
      over = true;
      for (const tally of tallies) tally.end(succeeded, at);
    };
    return { admitted: true, succeed: (at) => leave(true, at), end: (at) => leave(false, at) };
  }

  #tallyOf(name: string): Tally {
    const tally = this.#sources.get(name) ?? new Tally(this.#limits.failuresPerSource);
    this.#sources.delete(name);
    if (this.#sources.size >= MAX_SOURCES) this.#forgetOne();
    this.#sources.set(name, tally);
    return tally;
  }

  /** Somebody with very many addresses gets more attempts; the total still bounds them. */
  #forgetOne(): void {
    for (const [name, { pending }] of this.#sources) {
      if (pending > 0) continue;
      this.#sources.delete(name);
      return;
    }
  }
}

/** Sources that are remembered. */
const MAX_SOURCES = 4096;

function refusal(reason: AdmissionRefusal["reason"]): AdmissionRefusal {
  return { admitted: false, reason };
}

/** The unproved connections of one source, and how many failures it has left. */
class Tally {
  pending = 0;
  readonly #rate: Rate;
  #left: number;
  #at: number | undefined;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#left = rate.burst;
  }

  hasRoom(now: number): boolean {
    this.#refill(now);
    return this.#left >= 1;
  }

  begin(): void {
    this.pending++;
    this.#left--;
  }

  end(succeeded: boolean, now: number): void {
    this.pending--;
    this.#refill(now);
    if (succeeded) this.#left = Math.min(this.#rate.burst, this.#left + 1);
  }

  #refill(now: number): void {
    const elapsed = Math.max(0, now - (this.#at ?? now));
    this.#at = now;
    this.#left = Math.min(this.#rate.burst, this.#left + (elapsed * this.#rate.perSecond) / 1000);
  }
}
