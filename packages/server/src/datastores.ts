import type { Clock } from "@netconf-kit/socket";
import type { XmlElement } from "@netconf-kit/xml";
import { type ConfigError, protocolError, RequestRefused, refuse } from "./config-error.ts";
import { type CommitParameters, type ConfirmEvent, ConfirmedCommit } from "./confirmed-commit.ts";
import { type ConfigChange, diffConfig } from "./diff-config.ts";
import { applyEdit, type EditOptions, loadConfig } from "./edit-config.ts";
import { Exclusive } from "./exclusive.ts";
import { type DatastoreName, Locks, refuseLock } from "./locks.ts";
import type { ServerSchema } from "./schema.ts";
import { type ConfigStorage, configBytes } from "./storage.ts";

/** On whose behalf something is done. Session 0 is the server's own program. */
export interface Actor {
  readonly sessionId: number;
  readonly username: string;
  readonly sourceHost?: string;
}

/** Running has changed. */
export interface RunningChanged {
  readonly before: XmlElement;
  readonly after: XmlElement;
  readonly changes: readonly ConfigChange[];
  /** `undefined`: the server itself, because a confirmed commit ran out. */
  readonly by: Actor | undefined;
}

/** What a validator may look at beside the configuration in question. */
export interface ValidationContext {
  /** Running as it is now. */
  readonly running: XmlElement;
  /** From running to the configuration in question. */
  changes(): readonly ConfigChange[];
}

/** Says what is wrong with a whole configuration. An empty list lets it pass. */
export type Validator = (
  config: XmlElement,
  context: ValidationContext,
) => readonly ConfigError[] | Promise<readonly ConfigError[]>;

/** The `test-option` of an edit-config. */
export type TestOption = "test-then-set" | "set" | "test-only";

/** The parameters of an edit-config. */
export interface EditParameters extends EditOptions {
  readonly testOption?: TestOption;
}

export interface DatastoresOptions {
  readonly schema: ServerSchema;
  readonly clock: Clock;
  readonly running: XmlElement;
  readonly storage?: ConfigStorage | undefined;
  readonly validators?: readonly Validator[] | undefined;
  readonly onRunningChanged: (event: RunningChanged) => void;
  readonly onConfirmedCommit: (event: ConfirmEvent, by: Actor | undefined, seconds?: number) => void;
}

/**
 * Running and candidate, and everything that changes them (RFC 6241 §7.2 to §7.6, §8.3, §8.4). Changes run one at a time.
 *
 * Candidate is absent until someone edits it: an unedited candidate is whatever running is. With a storage, running is
 * saved before a change is acknowledged; when saving fails the change fails and running stays. A confirmed commit is not
 * saved before it is confirmed, so a restart comes back with the configuration before it (§8.4.1).
 */
export class Datastores {
  readonly #options: DatastoresOptions;
  readonly #exclusive = new Exclusive();
  readonly #locks = new Locks();
  readonly #confirmed: ConfirmedCommit;
  #running: XmlElement;
  #candidate: XmlElement | undefined;

  constructor(options: DatastoresOptions) {
    this.#options = options;
    this.#running = options.running;
    this.#confirmed = new ConfirmedCommit(
      options.clock,
      (isWaiting) =>
        void this.#exclusive.run(() => {
          if (isWaiting()) this.#rollBack("timeout", undefined);
        }),
    );
  }

  get running(): XmlElement {
    return this.#running;
  }

  get candidate(): XmlElement {
    return this.#candidate ?? this.#running;
  }

  read(name: DatastoreName): XmlElement {
    return name === "running" ? this.running : this.candidate;
  }

  lockOwner(name: DatastoreName): number | undefined {
    return this.#locks.owner(name);
  }

  /** RFC 6241 §7.2. */
  edit(by: Actor, target: DatastoreName, edit: XmlElement, parameters: EditParameters = {}): Promise<void> {
    return this.#exclusive.run(async () => {
      this.#requireWritable(target, by, `edit ${target}`);
      const { schema } = this.#options;
      const { config, errors } = applyEdit(this.read(target), edit, schema, parameters);
      if (errors.length > 0 && parameters.errorOption !== "continue-on-error") throw new RequestRefused(errors);
      // Running must be valid at the end of an edit, whatever was asked (RFC 7950 §8.3.3); candidate only when asked.
      const isTested = target === "running" || (parameters.testOption ?? "set") !== "set";
      const problems = isTested ? await this.#problems(config) : [];
      if (problems.length === 0 && parameters.testOption !== "test-only") await this.#write(target, config, by);
      requireNone([...errors, ...problems]);
    });
  }

  /** RFC 6241 §7.3. `source` is a datastore or a complete configuration. */
  copy(by: Actor, target: DatastoreName, source: DatastoreName | XmlElement): Promise<void> {
    return this.#exclusive.run(async () => {
      this.#requireWritable(target, by, `copy to ${target}`);
      if (source === target) {
        refuse(protocolError("invalid-value", `cannot copy ${target} to itself`));
      }
      const config = typeof source === "string" ? this.read(source) : this.#load(source);
      if (target === "running") await this.#requireValid(config);
      await this.#write(target, config, by);
    });
  }

  /** RFC 6241 §8.6.4.1. */
  async validate(source: DatastoreName | XmlElement): Promise<void> {
    await this.#requireValid(typeof source === "string" ? this.read(source) : this.#load(source));
  }

  /** RFC 6241 §8.3.4.1, §8.4.5.1. */
  commit(by: Actor, parameters: CommitParameters = {}): Promise<void> {
    return this.#exclusive.run(async () => {
      this.#locks.requireFree("running", by.sessionId, "commit");
      this.#locks.requireFree("candidate", by.sessionId, "commit");
      const continues = this.#confirmed.admit(by, parameters.persistId, "commit");
      const config = this.candidate;
      await this.#requireValid(config);
      if (parameters.confirmed) {
        const seconds = this.#confirmed.begin(by, parameters, this.#running);
        this.#setRunning(config, by);
        this.#options.onConfirmedCommit(continues ? "extend" : "start", by, seconds);
      } else {
        if (continues || config !== this.#running) await this.#save(config);
        this.#confirmed.end();
        this.#setRunning(config, by);
        if (continues) this.#options.onConfirmedCommit("complete", by);
      }
      if (this.#candidate === config) this.#candidate = undefined;
    });
  }

  /** RFC 6241 §8.4.4.1. */
  cancelCommit(by: Actor, persistId: string | undefined): Promise<void> {
    return this.#exclusive.run(() => {
      this.#locks.requireFree("running", by.sessionId, "cancel a commit");
      if (!this.#confirmed.admit(by, persistId, "cancel a commit")) {
        refuse(protocolError("operation-failed", "cannot cancel a commit: no confirmed commit is waiting"));
      }
      this.#rollBack("cancel", by);
    });
  }

  /** RFC 6241 §8.3.4.2. */
  discard(by: Actor): Promise<void> {
    return this.#exclusive.run(() => {
      this.#locks.requireFree("candidate", by.sessionId, "discard changes");
      this.#candidate = undefined;
    });
  }

  /** RFC 6241 §7.5. */
  lock(by: Actor, name: DatastoreName): Promise<void> {
    return this.#exclusive.run(() => {
      const waiting = this.#confirmed.waitingFor;
      if (name === "running" && waiting !== undefined && waiting !== by.sessionId) {
        refuseLock(`cannot lock running: a confirmed commit of session ${waiting} is waiting`, waiting);
      }
      if (name === "candidate" && this.#locks.owner(name) === undefined && this.#isCandidateModified()) {
        refuseLock("cannot lock candidate: it has changes that are neither committed nor discarded", 0);
      }
      this.#locks.take(name, by.sessionId);
    });
  }

  /** RFC 6241 §7.6; §8.3.5.2: releasing candidate discards what was not committed. */
  unlock(by: Actor, name: DatastoreName): Promise<void> {
    return this.#exclusive.run(() => {
      this.#locks.release(name, by.sessionId);
      if (name === "candidate") this.#candidate = undefined;
    });
  }

  /** Takes back what ends with a session: its locks, its changes to a locked candidate, its confirmed commit. */
  sessionEnded(by: Actor): Promise<void> {
    return this.#exclusive.run(() => {
      // RFC 6241 §8.4.1: a confirmed commit without <persist> is undone when its session ends, for whatever reason.
      if (this.#confirmed.endsWith(by.sessionId)) this.#rollBack("cancel", by);
      if (this.#locks.releaseAll(by.sessionId).includes("candidate")) this.#candidate = undefined;
    });
  }

  /** Stops the timer of a waiting confirmed commit. The storage still has the configuration before it. */
  close(): void {
    this.#confirmed.end();
  }

  #rollBack(event: "cancel" | "timeout", by: Actor | undefined): void {
    const before = this.#confirmed.end();
    if (before === undefined) return;
    this.#setRunning(before, by);
    this.#options.onConfirmedCommit(event, by);
  }

  #load(source: XmlElement): XmlElement {
    const { config, errors } = loadConfig(source, this.#options.schema);
    requireNone(errors);
    return config;
  }

  #isCandidateModified(): boolean {
    return this.#candidate !== undefined && diffConfig(this.#running, this.#candidate, this.#options.schema).length > 0;
  }

  #requireWritable(target: DatastoreName, by: Actor, what: string): void {
    this.#locks.requireFree(target, by.sessionId, what);
    // A roll-back would undo the change without a word (RFC 6241 §8.4.1), so it is not begun.
    if (target === "running") this.#confirmed.requireOwner(by, what);
  }

  async #requireValid(config: XmlElement): Promise<void> {
    requireNone(await this.#problems(config));
  }

  async #problems(config: XmlElement): Promise<readonly ConfigError[]> {
    const running = this.#running;
    let changes: readonly ConfigChange[] | undefined;
    const context: ValidationContext = {
      running,
      changes: () => {
        changes ??= diffConfig(running, config, this.#options.schema);
        return changes;
      },
    };
    const errors: ConfigError[] = [];
    for (const validator of this.#options.validators ?? []) errors.push(...(await validator(config, context)));
    return errors;
  }

  async #write(target: DatastoreName, config: XmlElement, by: Actor): Promise<void> {
    if (target === "candidate") {
      this.#candidate = config === this.#running ? undefined : config;
      return;
    }
    if (config === this.#running) return;
    // While a confirmed commit waits, the storage keeps the configuration before it.
    if (this.#confirmed.waitingFor === undefined) await this.#save(config);
    this.#setRunning(config, by);
  }

  async #save(config: XmlElement): Promise<void> {
    try {
      await this.#options.storage?.save(configBytes(config));
    } catch {
      // The cause is the server's own business: it may name files.
      refuse({ ...protocolError("operation-failed", "the configuration could not be saved; running is unchanged") });
    }
  }

  #setRunning(after: XmlElement, by: Actor | undefined): void {
    const before = this.#running;
    if (before === after) return;
    this.#running = after;
    if (this.#candidate === after) this.#candidate = undefined;
    const changes = diffConfig(before, after, this.#options.schema);
    if (changes.length > 0) this.#options.onRunningChanged({ before, after, changes, by });
  }
}

function requireNone(errors: readonly ConfigError[]): void {
  if (errors.length > 0) throw new RequestRefused(errors);
}
