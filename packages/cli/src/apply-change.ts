import { randomUUID } from "node:crypto";
import {
  type ClientSession,
  type ConfigChange,
  cancelCommit,
  capabilityUris,
  commit,
  diffConfig,
  discardChanges,
  editConfig,
  expectOk,
  formatDiff,
  getConfig,
  listKeys,
  lock,
  NetconfError,
  type Operation,
  unlock,
  validate,
  type XmlElement,
} from "netconf-kit";
import { UsageError } from "./exit-codes.ts";
import { timeLimit } from "./time-limit.ts";
import { wellKnownLists } from "./well-known-lists.ts";

const schema = listKeys(wellKnownLists);

export interface ApplyOptions {
  readonly config: readonly XmlElement[];
  /** Seconds until the device undoes a change that nobody confirms. */
  readonly confirmTimeout: number;
  readonly signal: AbortSignal;
  /** Whether the change that is shown shall be made. */
  readonly agree: (diff: string) => Promise<boolean>;
  readonly tell: (line: string) => void;
  /**
   * Opens another session, to confirm from: what can log in anew has not been locked out. Absent where that is impossible; then
   * the same session confirms.
   */
  readonly reopen?: (signal: AbortSignal) => Promise<{ readonly session: ClientSession } & AsyncDisposable>;
}

export type ApplyOutcome = "applied" | "unchanged" | "declined";

/**
 * Changes the running configuration so that a mistake undoes itself: candidate and running are locked, candidate is edited,
 * validated and compared; then comes a confirmed commit (RFC 6241 §8.4) that only stands when the device can still be managed.
 *
 * Throws RpcError, NetconfError (`capability-missing`, `commit-without-effect`), or what made it impossible to confirm, after the commit was undone.
 */
export async function applyChange(session: ClientSession, options: ApplyOptions): Promise<ApplyOutcome> {
  requireConfirmedCommit(session);
  const { config, agree, signal, tell } = options;
  const call = async <T>(operation: Operation<T>): Promise<T> => expectOk(await session.rpc(operation, { signal }));
  const locked: ("running" | "candidate")[] = [];
  try {
    for (const datastore of ["running", "candidate"] as const) {
      await call(lock(datastore));
      locked.push(datastore);
    }
    // RFC 6241 §8.3.1: candidate may hold what others have left in it.
    await call(discardChanges());
    const before = await call(getConfig("running"));
    await call(editConfig("candidate", config));
    if (canValidate(session)) await call(validate("candidate"));
    const changes = diffConfig(before, await call(getConfig("candidate")), schema);
    const outcome = await decide(changes, agree);
    if (outcome !== "applied") {
      await call(discardChanges());
      return outcome;
    }
    const hasEffect = async () => diffConfig(before, await call(getConfig("running")), schema).length > 0;
    await commitSafely(session, options, hasEffect, async () => {
      // A session that confirms must not find our locks in its way.
      for (const datastore of locked.splice(0).reverse()) await call(unlock(datastore));
    });
    tell("the change is confirmed");
    return "applied";
  } catch (error) {
    // Candidate is shared: what did not become running must not wait there for the next commit.
    if (locked.includes("candidate")) await session.rpc(discardChanges()).catch(() => {});
    throw error;
  } finally {
    for (const datastore of locked.reverse()) await session.rpc(unlock(datastore)).catch(() => {});
  }
}

async function decide(changes: readonly ConfigChange[], agree: ApplyOptions["agree"]): Promise<ApplyOutcome> {
  if (changes.length === 0) return "unchanged";
  return (await agree(formatDiff([...changes], schema).join("\n"))) ? "applied" : "declined";
}

async function commitSafely(
  session: ClientSession,
  { confirmTimeout, reopen, signal, tell }: ApplyOptions,
  hasEffect: () => Promise<boolean>,
  release: () => Promise<void>,
): Promise<void> {
  const anew = reopen !== undefined && session.capabilities.has(capabilityUris.confirmedCommit11);
  const persist = anew ? { persist: `netconf-${randomUUID()}` } : {};
  const persistId = persist.persist === undefined ? {} : { persistId: persist.persist };
  expectOk(await session.rpc(commit({ confirmed: true, confirmTimeout, ...persist }), { signal }));
  // Some servers (yuma123's netconfd, after a validate) say ok and do nothing.
  if (!(await hasEffect())) {
    await rollBack(session, persistId);
    throw new NetconfError(
      "commit-without-effect",
      "cannot commit: the device said ok, and its running configuration is as before",
    );
  }
  tell(`committed; the device undoes it after ${confirmTimeout} s unless it is confirmed`);
  try {
    if (!anew) {
      expectOk(await session.rpc(getConfig("running", { filter: { subtree: [] } }), { signal }));
      expectOk(await session.rpc(commit(), { signal }));
      return;
    }
    await release();
    using limit = timeLimit(signal, confirmTimeout * 1000, "the time to confirm is over");
    await using second = await reopen(limit.signal);
    expectOk(await second.session.rpc(commit(persistId), { signal: limit.signal }));
  } catch (error) {
    tell("the change could not be confirmed and is undone");
    await rollBack(session, persistId);
    throw error;
  }
}

/** Where cancelling is impossible the end of the session or the device's own clock undoes the commit (RFC 6241 §8.4.1). */
async function rollBack(session: ClientSession, persistId: { readonly persistId?: string }): Promise<void> {
  if (!session.capabilities.has(capabilityUris.confirmedCommit11)) return;
  await session.rpc(cancelCommit(persistId)).catch(() => {});
}

function canValidate({ capabilities }: ClientSession): boolean {
  return capabilities.has(capabilityUris.validate11) || capabilities.has(capabilityUris.validate10);
}

function requireConfirmedCommit({ capabilities }: ClientSession): void {
  const { confirmedCommit10, confirmedCommit11 } = capabilityUris;
  if (capabilities.has(confirmedCommit10) || capabilities.has(confirmedCommit11)) return;
  throw new UsageError("the device has no confirmed commit, so a mistake would not undo itself", {
    hint: "use netconf edit-config, and netconf commit where it has a candidate",
  });
}
