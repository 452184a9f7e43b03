import type { Clock } from "@netconf-kit/socket";
import { NetconfError, quoted } from "../errors.ts";
import { get } from "../operations/get.ts";
import type { ClientSession } from "../shell/client-session.ts";
import type { Deadline } from "./deadline.ts";
import type { WatchedSocket } from "./watched-socket.ts";

/** What happens to a second connection of a device whose first one still stands. */
export type WhenConnected = "probe" | "replace" | "reject";

/** A connection that has taken the name of its device. */
export interface Claim {
  readonly device: string;
  readonly socket: WatchedSocket;
  readonly deadline: Deadline;
  /** Absent until the hellos are done. */
  session?: ClientSession;
}

export interface ClaimPolicy {
  readonly whenConnected: WhenConnected;
  readonly probeTimeout: number;
}

/** One session per device: each name has one claim at most. */
export class DeviceClaims {
  readonly #clock: Clock;
  readonly #claims = new Map<string, Claim>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#claims.size;
  }

  has(device: string): boolean {
    return this.#claims.has(device);
  }

  /**
   * Takes the name of a device. Both connections have proved the same identity, so the newcomer is no stranger; with `probe` the
   * standing session is asked for a sign of life, and stays if it gives one.
   *
   * @throws NetconfError `already-connected`; the newcomer's own reason to give up
   */
  async take(claim: Claim, { whenConnected, probeTimeout }: ClaimPolicy): Promise<void> {
    const { device, deadline } = claim;
    for (;;) {
      const standing = this.#claims.get(device);
      if (standing === undefined) break;
      if (whenConnected === "reject") throw alreadyConnected(device, "it has a connection already");
      if (whenConnected === "probe" && standing.session !== undefined) {
        const alive = await deadline.race(this.#isAlive(standing, standing.session, probeTimeout));
        if (alive) throw alreadyConnected(device, "its session is alive");
        if (this.#claims.get(device) !== standing) continue;
      }
      standing.deadline.fire(new NetconfError("replaced", `device ${quoted(device)} has called again`));
      break;
    }
    this.#claims.set(device, claim);
  }

  release(claim: Claim): void {
    if (this.#claims.get(claim.device) === claim) this.#claims.delete(claim.device);
  }

  /** Asks for nothing (an empty filter, RFC 6241 §6.4.2), and takes any byte for a sign of life: the device may be busy. */
  #isAlive({ socket }: Claim, session: ClientSession, timeout: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(this.#clock.now() + timeout, () => resolve(false));
      const answer = (alive: boolean): void => {
        cancel();
        resolve(alive);
      };
      void socket.heardAgain().then(() => answer(true));
      void session.closed.then(() => answer(false));
      session.rpc(get({ filter: { subtree: [] } }), { timeout }).catch(() => {}); // bytes count, not the reply
    });
  }
}

function alreadyConnected(device: string, why: string): NetconfError {
  return new NetconfError("already-connected", `cannot accept device ${quoted(device)}: ${why}`);
}
