import type { Clock } from "@netconf-kit/socket";
import { NetconfError } from "../errors.ts";
import type { Deadline } from "./deadline.ts";
import type { WatchedSocket } from "./watched-socket.ts";

/** A connection that is not a session yet. */
export interface Connecting {
  readonly number: number;
  readonly socket: WatchedSocket;
  readonly deadline: Deadline;
  /** When it was accepted. */
  readonly since: number;
}

/**
 * The connections on their way to a session, so many at most. A newcomer over the limit waits, which leaves the ones behind it in
 * the listener's backlog: when the power comes back all devices call in one second, and none of them has done wrong. A
 * connection that has been silent for a while makes room, so that a flood of such connections lets devices through.
 */
export class ConnectingSet implements Iterable<Connecting> {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #members = new Set<Connecting>();
  #waiting: (() => void)[] = [];

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  get size(): number {
    return this.#members.size;
  }

  [Symbol.iterator](): Iterator<Connecting> {
    return this.#members[Symbol.iterator]();
  }

  /** Resolves when the newcomer has been added. */
  async admit(newcomer: Connecting): Promise<void> {
    while (this.#members.size >= this.#limit) {
      const silent = this.#oldestSilent();
      const patience = silent === undefined ? undefined : silent.since + SILENCE;
      if (silent !== undefined && this.#clock.now() >= silent.since + SILENCE) this.#evict(silent);
      else await this.#changed(patience);
    }
    this.#members.add(newcomer);
  }

  delete(member: Connecting): void {
    if (!this.#members.delete(member)) return;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #oldestSilent(): Connecting | undefined {
    for (const member of this.#members) if (!member.socket.heard) return member;
    return undefined;
  }

  #evict(member: Connecting): void {
    this.delete(member);
    member.deadline.fire(new NetconfError("limit-connecting", "the peer was silent while others were waiting"));
  }

  /** Resolves when a member has left, or at `at`. */
  #changed(at: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const cancel = at === undefined ? undefined : this.#clock.schedule(at, resolve);
      this.#waiting.push(() => {
        cancel?.();
        resolve();
      });
    });
  }
}

/** Milliseconds. Both SSH and TLS peers speak within one round trip. */
const SILENCE = 1000;
