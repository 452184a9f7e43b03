import { protocolError, refuse } from "./config-error.ts";

/** The datastores that exist here. */
export type DatastoreName = "running" | "candidate";

/** Who holds which global lock (RFC 6241 §7.5). Session 0 stands for the server's own program. */
export class Locks {
  readonly #owners = new Map<DatastoreName, number>();

  owner(name: DatastoreName): number | undefined {
    return this.#owners.get(name);
  }

  take(name: DatastoreName, sessionId: number): void {
    const owner = this.#owners.get(name);
    // RFC 6241 §7.5: also when the owner is this very session.
    if (owner !== undefined) refuseLock(`cannot lock ${name}: it is locked by session ${owner}`, owner);
    this.#owners.set(name, sessionId);
  }

  release(name: DatastoreName, sessionId: number): void {
    const owner = this.#owners.get(name);
    // RFC 6241 §7.6: only the session that obtained the lock may release it.
    if (owner === undefined) refuse(protocolError("operation-failed", `cannot unlock ${name}: it is not locked`));
    if (owner !== sessionId) refuseLock(`cannot unlock ${name}: it is locked by session ${owner}`, owner);
    this.#owners.delete(name);
  }

  /** Releases what a session holds when it ends (RFC 6241 §7.5). Gives the names. */
  releaseAll(sessionId: number): readonly DatastoreName[] {
    const held = [...this.#owners].filter(([, owner]) => owner === sessionId).map(([name]) => name);
    for (const name of held) this.#owners.delete(name);
    return held;
  }

  /** RFC 6241 §7.5: while a lock is active, nobody else changes the datastore. */
  requireFree(name: DatastoreName, sessionId: number, what: string): void {
    const owner = this.#owners.get(name);
    if (owner === undefined || owner === sessionId) return;
    refuse(protocolError("in-use", `cannot ${what}: ${name} is locked by session ${owner}`));
  }
}

/** RFC 6241 §7.5, Appendix A: the holder's session-id, or 0 when it is no NETCONF session. */
export function refuseLock(message: string, sessionId: number): never {
  return refuse(protocolError("lock-denied", message, { sessionId }));
}
