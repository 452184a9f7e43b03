import { type Clock, sleep } from "@netconf-kit/socket";
import {
  type ClientSession,
  cancelCommit,
  capabilityUris,
  commit,
  type Datastore,
  diffConfig,
  discardChanges,
  editConfig,
  expectOk,
  formatDiff,
  getConfig,
  lock,
  type Operation,
  unlock,
  type XmlElement,
} from "netconf-kit";
import { guessSchema } from "./guess-schema.ts";
import { predictEdit } from "./predict-edit.ts";
import { createStore, type Store } from "./store.ts";

/** How a device takes changes, by its capabilities (RFC 6241 §8.2, §8.3). */
export type ChangeWay = "candidate" | "running" | "none";

export type ChangeState =
  | { readonly kind: "idle" }
  | { readonly kind: "working"; readonly what: string }
  /** Shown and waiting for a decision; what is to be changed is locked. */
  | { readonly kind: "previewed"; readonly lines: readonly string[]; readonly predicted: boolean }
  /** RFC 6241 §8.4: the device undoes the commit at the deadline, in the milliseconds of the clock. */
  | {
      readonly kind: "confirming";
      readonly lines: readonly string[];
      readonly deadline: number;
      readonly total: number;
    }
  | DoneChange
  | { readonly kind: "failed"; readonly error: unknown };

interface DoneChange {
  readonly kind: "done";
  readonly outcome: ChangeOutcome;
  readonly lines: readonly string[];
}

/**
 * `lost`: the session ended before the change was kept. `differs`: the device said ok, and running is not what it should be
 * then; the lines are what is missing.
 */
export type ChangeOutcome = "unchanged" | "discarded" | "changed" | "kept" | "undone" | "expired" | "lost" | "differs";

/** Milliseconds after the device's time limit before each look at whether it has undone the change: a busy one is late. */
const LOOKS = [1000, 1000, 2000, 4000] as const;

/** Which way a device offers; candidate where there is a choice. */
export function changeWay({ capabilities }: Pick<ClientSession, "capabilities">): ChangeWay {
  if (capabilities.has(capabilityUris.candidate)) return "candidate";
  return capabilities.has(capabilityUris.writableRunning) ? "running" : "none";
}

/** Whether a commit can be made that undoes itself, and whether it can be undone at once. */
export function confirmedCommitOf({ capabilities }: Pick<ClientSession, "capabilities">): {
  readonly possible: boolean;
  readonly cancellable: boolean;
} {
  const cancellable = capabilities.has(capabilityUris.confirmedCommit11);
  return { possible: cancellable || capabilities.has(capabilityUris.confirmedCommit10), cancellable };
}

/**
 * One change after the other on one device: edited, shown as a diff, then decided. Candidate and running stay locked from the
 * preview to the decision, so what is committed is what was shown.
 *
 * @example
 * const change = new Change(session, systemClock);
 * await change.preview(parseConfigText(text));
 * await change.commitConfirmed(120);
 * await change.keep();
 */
export class Change {
  readonly state: Store<ChangeState> = createStore<ChangeState>({ kind: "idle" });
  readonly way: ChangeWay;
  readonly #session: ClientSession;
  readonly #clock: Clock;
  #locked: Datastore[] = [];
  #edit: readonly XmlElement[] = [];
  #before: XmlElement | undefined;
  #after: XmlElement | undefined;
  #cancelTimer: () => void = () => {};

  constructor(session: ClientSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
    this.way = changeWay(session);
  }

  /** Edits candidate, or predicts the edit of running, and shows the difference. */
  async preview(edit: readonly XmlElement[]): Promise<void> {
    await this.#step("working out the difference", async () => {
      await this.#release();
      this.#edit = edit;
      const { before, after } = this.way === "candidate" ? await this.#editCandidate(edit) : await this.#predict(edit);
      this.#before = before;
      this.#after = after;
      const lines = diffLines(before, after);
      if (lines.length > 0) return { kind: "previewed", lines, predicted: this.way === "running" };
      await this.#release();
      return { kind: "done", outcome: "unchanged", lines };
    });
  }

  /** Makes the change for good. */
  async commit(): Promise<void> {
    const lines = this.#lines();
    await this.#step("changing the device", async () => {
      if (this.way === "candidate") await this.#call(commit());
      else await this.#call(editConfig("running", this.#edit, this.#runningOptions()));
      return this.#end("changed", lines, this.way === "candidate" ? this.#after : undefined);
    });
  }

  /** Makes the change; the device undoes it unless `keep()` follows within so many seconds. */
  async commitConfirmed(seconds: number): Promise<void> {
    const lines = this.#lines();
    // The device's time starts after this moment, so ours is never over later than it shows.
    const deadline = this.#clock.now() + seconds * 1000;
    await this.#step("making a commit that undoes itself", async () => {
      await this.#call(commit({ confirmed: true, confirmTimeout: seconds }));
      // The device's time started before its reply, so it is over when this is.
      const over = this.#clock.now() + seconds * 1000;
      this.#cancelTimer = this.#clock.schedule(over + LOOKS[0], () => void this.#expire(lines));
      return { kind: "confirming", lines, deadline, total: seconds * 1000 };
    });
  }

  /** The confirming commit (RFC 6241 §8.4.1). */
  async keep(): Promise<void> {
    if (this.state.value.kind !== "confirming") return;
    const lines = this.#lines();
    this.#cancelTimer();
    await this.#step("keeping the change", async () => {
      await this.#call(commit());
      return this.#end("kept", lines, this.#after);
    });
  }

  /** Undoes a confirmed commit at once (RFC 6241 §8.4.4.1), or drops what was only shown. */
  async discard(): Promise<void> {
    const confirming = this.state.value.kind === "confirming";
    const lines = this.#lines();
    this.#cancelTimer();
    await this.#step("undoing the change", async () => {
      if (confirming) await this.#call(cancelCommit());
      return this.#end(confirming ? "undone" : "discarded", lines, this.#before);
    });
  }

  /** The session is over: the device undoes at once what nobody kept (RFC 6241 §8.4.1). */
  stop(): void {
    this.#cancelTimer();
    const state = this.state.value;
    if (state.kind === "confirming") this.state.set({ kind: "done", outcome: "lost", lines: state.lines });
    if (state.kind === "previewed") this.state.set({ kind: "idle" });
  }

  async #expire(lines: readonly string[]): Promise<void> {
    if (this.state.value.kind !== "confirming") return;
    await this.#step("looking at what the device undid", async () => {
      let state = await this.#end("expired", lines, this.#before);
      for (const wait of LOOKS.slice(1)) {
        if (state.outcome === "expired") break;
        await sleep(this.#clock, wait);
        state = await this.#end("expired", lines, this.#before);
      }
      return state;
    });
  }

  async #editCandidate(edit: readonly XmlElement[]): Promise<Comparison> {
    await this.#lock("running");
    await this.#lock("candidate");
    // RFC 6241 §8.3.1: candidate may hold what others have left in it.
    await this.#call(discardChanges());
    const before = await this.#call(getConfig("running"));
    await this.#call(editConfig("candidate", edit));
    // No <validate>: the commit validates (RFC 6241 §8.3.4.1), and after one netconfd takes candidate for unchanged.
    return { before, after: await this.#call(getConfig("candidate")) };
  }

  async #predict(edit: readonly XmlElement[]): Promise<Comparison> {
    await this.#lock("running");
    const before = await this.#call(getConfig("running"));
    return { before, after: await predictEdit(before, edit) };
  }

  #runningOptions(): { readonly errorOption?: "rollback-on-error" } {
    return this.#session.capabilities.has(capabilityUris.rollbackOnError) ? { errorOption: "rollback-on-error" } : {};
  }

  async #lock(datastore: Datastore): Promise<void> {
    await this.#call(lock(datastore));
    this.#locked.push(datastore);
  }

  /** Believes what running is, not that it should be so. */
  async #end(outcome: ChangeOutcome, lines: readonly string[], expected?: XmlElement): Promise<DoneChange> {
    await this.#release();
    if (expected === undefined) return { kind: "done", outcome, lines };
    const missing = diffLines(await this.#call(getConfig("running")), expected);
    return missing.length === 0
      ? { kind: "done", outcome, lines }
      : { kind: "done", outcome: "differs", lines: missing };
  }

  /** Candidate is shared: what was not committed must not wait there for the next commit of somebody else. */
  async #release(): Promise<void> {
    const locked = this.#locked.splice(0).reverse();
    if (locked.includes("candidate")) await this.#session.rpc(discardChanges());
    for (const datastore of locked) await this.#session.rpc(unlock(datastore));
  }

  async #step(what: string, action: () => Promise<ChangeState>): Promise<void> {
    this.state.set({ kind: "working", what });
    try {
      this.state.set(await action());
    } catch (error) {
      // Locks end with the session at the latest; the first error is the one to show.
      await this.#release().catch(() => {});
      this.state.set({ kind: "failed", error });
    }
  }

  #lines(): readonly string[] {
    const state = this.state.value;
    return "lines" in state ? state.lines : [];
  }

  async #call<T>(operation: Operation<T>): Promise<T> {
    return expectOk(await this.#session.rpc(operation));
  }
}

/** Running as it was and as it shall be. */
interface Comparison {
  readonly before: XmlElement;
  readonly after: XmlElement;
}

/** The difference of two configurations as lines that begin with `+`, `-` or `~`. */
export function diffLines(before: XmlElement, after: XmlElement): readonly string[] {
  const schema = guessSchema([before, after]);
  return formatDiff(diffConfig(before, after, schema), schema);
}
