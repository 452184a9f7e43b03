import type { Clock } from "@netconf-kit/socket";
import { NetconfError } from "../errors.ts";
import type { Deadline } from "./deadline.ts";
import type { WatchedSocket } from "./watched-socket.ts";

/** A connection that is not a session yet. */
export interface Connecting {
  readonly number: number;
  readonly socket: WatchedSocket;
  readonly deadline: Deadline;
  /** It comes from where devices have come from before. */
  readonly known: boolean;
  /** Called once: it has a place and may begin, or is refused. */
  start(refusal?: NetconfError): void;
}

export interface ConnectingLimits {
  /** Connections under way at once. An eighth of the places is kept for known sources. */
  readonly places: number;
  /** Connections that wait for a place: so many from known sources, and so many others. */
  readonly waiting: number;
}

/**
 * The connections on their way to a session, so many at most; the others wait. When the power comes back all devices call in
 * one second, and none of them has done wrong. A flood looks the same but for two things: it comes from nowhere known, and it
 * is silent. So known sources go first and have places of their own; among the others go first those that have spoken; and
 * who has been silent for a second makes room.
 */
export class ConnectingSet implements Iterable<Connecting> {
  readonly #clock: Clock;
  #limits: ConnectingLimits;
  /** When each got its place. */
  readonly #placed = new Map<Connecting, number>();
  #strangersPlaced = 0;
  /** Since when each waits. */
  readonly #known = new Map<Connecting, number>();
  readonly #strangers = new Map<Connecting, number>();
  #serving = false;
  #cancelTimer: (() => void) | undefined;
  #waiters: (() => void)[] = [];

  constructor(limits: ConnectingLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Those that have a place. */
  get size(): number {
    return this.#placed.size;
  }

  get waiting(): number {
    return this.#known.size + this.#strangers.size;
  }

  set limits(limits: ConnectingLimits) {
    this.#limits = limits;
    this.#serve();
  }

  [Symbol.iterator](): Iterator<Connecting> {
    return this.#placed.keys();
  }

  /**
   * Takes a newcomer in: it starts now, or later, or is refused. The promise resolves when the next connection may be accepted,
   * a second later at most: the listener is held back, but never so long that somebody known behind a flood would notice.
   */
  async admit(newcomer: Connecting): Promise<void> {
    const queue = newcomer.known ? this.#known : this.#strangers;
    while (queue.size >= this.#limits.waiting) {
      const silent = oldestSilent(queue);
      if (silent === undefined) {
        newcomer.start(new NetconfError("limit-connecting", `${queue.size} connections are waiting already`));
        return;
      }
      const patience = silent.since + SILENCE - this.#clock.now();
      if (patience > 0) await this.#changed(patience);
      else this.#dismiss(queue, silent.member);
    }
    queue.set(newcomer, this.#clock.now());
    this.#serve();
    // Only in the queue nobody reads.
    if (queue.has(newcomer)) newcomer.socket.listen();
  }

  delete(member: Connecting): void {
    if (this.#leave(member)) this.#serve();
  }

  /** Gives places to those that wait, as far as there are any or somebody silent makes room. */
  #serve(): void {
    // A connection that ends as soon as it starts comes back here.
    if (this.#serving) return;
    this.#serving = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (this.#hasPlaceFor(next)) this.#place(next);
      else if (!this.#makeRoomFor(next)) break;
    }
    this.#serving = false;
    for (const wake of this.#waiters.splice(0)) wake();
  }

  #place(next: Connecting): void {
    (next.known ? this.#known : this.#strangers).delete(next);
    this.#placed.set(next, this.#clock.now());
    if (!next.known) this.#strangersPlaced++;
    next.start();
  }

  #next(): Connecting | undefined {
    for (const member of this.#known.keys()) return member;
    for (const member of this.#strangers.keys()) if (member.socket.heard) return member;
    for (const member of this.#strangers.keys()) return member;
    return undefined;
  }

  #hasPlaceFor({ known }: Connecting): boolean {
    const { places } = this.#limits;
    if (this.#placed.size >= places) return false;
    return known || this.#strangersPlaced < places - Math.floor(places / RESERVED);
  }

  /** Ends a connection that has been silent for too long; a stranger never drives out a known source. */
  #makeRoomFor({ known }: Connecting): boolean {
    const silent =
      oldestSilent(this.#placed, (member) => !member.known) ?? (known ? oldestSilent(this.#placed) : undefined);
    if (silent === undefined) return false;
    const at = silent.since + SILENCE;
    if (this.#clock.now() < at) {
      this.#cancelTimer = this.#clock.schedule(at, () => this.#serve());
      return false;
    }
    this.#leave(silent.member);
    silent.member.deadline.fire(wasSilent());
    return true;
  }

  #leave(member: Connecting): boolean {
    if (!this.#placed.delete(member)) return false;
    if (!member.known) this.#strangersPlaced--;
    return true;
  }

  #dismiss(queue: Map<Connecting, number>, member: Connecting): void {
    queue.delete(member);
    member.start(wasSilent());
  }

  /** Resolves when something has changed, or after `milliseconds`. */
  #changed(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(this.#clock.now() + milliseconds, resolve);
      this.#waiters.push(() => {
        cancel();
        resolve();
      });
    });
  }
}

function oldestSilent(
  members: ReadonlyMap<Connecting, number>,
  counts: (member: Connecting) => boolean = () => true,
): { readonly member: Connecting; readonly since: number } | undefined {
  for (const [member, since] of members) if (!member.socket.heard && counts(member)) return { member, since };
  return undefined;
}

function wasSilent(): NetconfError {
  return new NetconfError("limit-connecting", "the peer was silent while others were waiting");
}

/** Milliseconds. Both SSH and TLS peers speak within one round trip. */
const SILENCE = 1000;
/** One place in so many is for known sources only. */
const RESERVED = 8;
