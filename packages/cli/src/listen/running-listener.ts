import { listenTcp, type TcpListener } from "@netconf-kit/node-adapter";
import {
  type CallHomeEvent,
  type CallHomeOverSshOptions,
  callHomeOverSsh,
  callHomeOverTls,
  type DeviceListener,
  DeviceManager,
  diffListenConfig,
  type LearnedDevice,
  type ListenConfig,
  type ListenerConfig,
  type ListenState,
  listenerDialect,
  listenerPlace,
  type SshCredentials,
} from "netconf-kit";
import { UsageError } from "../exit-codes.ts";
import type { ListenPlan, LoadPlan } from "./plan.ts";
import type { StateFile } from "./state-file.ts";

export interface RunningListenerOptions {
  readonly load: LoadPlan;
  readonly ssh: NonNullable<CallHomeOverSshOptions["ssh"]>;
  /** Without it what is learned is forgotten with the process. */
  readonly state: StateFile | undefined;
  readonly onEvent: (event: CallHomeEvent) => void;
  /** For what goes wrong behind the scenes. */
  readonly say: (line: string) => void;
}

/** Milliseconds. What an operator decides is saved at once; what calls bring along may wait so long. */
const SAVE_DELAY = 1000;

/** A Call Home manager with its listeners, its state, and a plan that can be loaded anew while sessions go on. */
export class RunningListener {
  readonly manager: DeviceManager<SshCredentials>;
  readonly #options: RunningListenerOptions;
  readonly #listeners = new Map<ListenerConfig, TcpListener>();
  #plan: ListenPlan;
  /** Calls that began under it may still need its agent. */
  #previous: ListenPlan | undefined;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #reloads: Promise<unknown> = Promise.resolve();

  private constructor(options: RunningListenerOptions, plan: ListenPlan, kept: ListenState | undefined) {
    this.#options = options;
    this.#plan = plan;
    const { state } = options;
    this.manager = new DeviceManager<SshCredentials>({
      ...plan.rules,
      ...(kept !== undefined && { state: kept, learned: kept.learned.map(withoutCredentials) }),
      ...(state !== undefined && {
        store: {
          save: (device) => this.#save([...this.#learned().filter(({ name }) => name !== device.name), device]),
          remove: (name) => this.#save(this.#learned().filter((device) => device.name !== name)),
        },
      }),
      onEvent: (event) => {
        if (CHANGES_STATE.has(event.kind)) this.#saveSoon();
        options.onEvent(event);
      },
      // The report is all this command does; a session stays open until one end closes it.
      onSession: () => {},
    });
  }

  /** Reads plan and state, and listens. @throws UsageError, TransportError */
  static async start(options: RunningListenerOptions): Promise<RunningListener> {
    const plan = await options.load();
    try {
      const running = new RunningListener(options, plan, await options.state?.load());
      try {
        for (const place of plan.config.listeners) await running.#open(place);
        return running;
      } catch (error) {
        await running.manager.close();
        throw error;
      }
    } catch (error) {
      await plan.close();
      throw error;
    }
  }

  /** Whether unknown devices wait for somebody to approve them. */
  get holdsUnknown(): boolean {
    return this.#plan.rules.pending !== undefined;
  }

  /** Where it listens. */
  get listeners(): readonly { readonly transport: "ssh" | "tls"; readonly local: string }[] {
    return [...this.#listeners].map(([{ transport }, { local }]) => ({ transport, local }));
  }

  /**
   * Loads the plan anew. Sessions go on, and so does everything that is the same in both. Gives what has changed, as lines.
   *
   * @throws what is wrong with the new plan, and the old one stays in force
   */
  reload(): Promise<readonly string[]> {
    const reloading = this.#reloads.then(() => this.#reload());
    this.#reloads = reloading.catch(() => {});
    return reloading;
  }

  /** Stops listening, ends the sessions, and saves the state. */
  async close(): Promise<void> {
    await this.#reloads;
    await this.manager.close({ sessions: true });
    clearTimeout(this.#saving);
    await this.#save(this.#learned()).finally(async () => {
      await this.#previous?.close();
      await this.#plan.close();
    });
  }

  async #reload(): Promise<readonly string[]> {
    const plan = await this.#options.load();
    const { pending: _, failedUsers: __, ...changes } = plan.rules;
    try {
      this.manager.configure(changes);
    } catch (error) {
      await plan.close();
      throw error;
    }
    const diff = diffListenConfig(this.#plan.config, plan.config);
    await this.#previous?.close();
    this.#previous = this.#plan;
    for (const place of diff.close) await this.#close(place);
    const failures = await this.#listenAs(plan, diff.open);
    const { added, changed, removed } = diff.devices;
    const left = diff.close.filter(
      (place) => !diff.open.some((other) => describePlace(other) === describePlace(place)),
    );
    const opened = diff.open.flatMap((place) => this.#listeners.get(place)?.local ?? []);
    return [
      ...listed("devices added", added),
      ...listed("devices changed", changed),
      ...listed("devices removed", removed),
      ...listed("no longer listening at", left.map(describePlace)),
      ...listed("listening at", opened),
      ...listed("counts after a restart only", diff.needsRestart),
      ...failures,
    ];
  }

  /** What stays listens on, under the new plan; what is to be opened and cannot be is tried again with the next reload. */
  async #listenAs(plan: ListenPlan, toOpen: readonly ListenerConfig[]): Promise<readonly string[]> {
    const standing = [...this.#listeners];
    this.#listeners.clear();
    const failures: string[] = [];
    const listeners: ListenerConfig[] = [];
    this.#plan = plan;
    for (const place of plan.config.listeners) {
      const index = standing.findIndex(([before]) => describePlace(before) === describePlace(place));
      const [found] = toOpen.includes(place) || index < 0 ? [] : standing.splice(index, 1);
      try {
        if (found === undefined) await this.#open(place);
        else this.#listeners.set(place, found[1]);
        listeners.push(place);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    this.#plan = { ...plan, config: { ...plan.config, listeners } };
    return failures;
  }

  async #open(place: ListenerConfig): Promise<void> {
    const { address: host, port } = listenerPlace(place);
    const { outboundSsh } = this.#plan;
    // A secret may change while this listener stays.
    const dialect = listenerDialect(place, { ...outboundSsh, secretOf: (id) => this.#plan.outboundSsh.secretOf(id) });
    const listener = await listenTcp({ host, port });
    this.manager.addListener({
      listener,
      transport: this.#transportOf(place),
      ...(dialect !== undefined && { dialect }),
    });
    this.#listeners.set(place, listener);
  }

  async #close(place: ListenerConfig): Promise<void> {
    const listener = this.#listeners.get(place);
    this.#listeners.delete(place);
    if (listener !== undefined) await this.manager.removeListener(listener);
  }

  #transportOf({ transport }: ListenerConfig): DeviceListener<SshCredentials>["transport"] {
    if (transport === "ssh") return callHomeOverSsh({ ssh: this.#options.ssh });
    // A new certificate counts for the next call, at the same listener.
    return callHomeOverTls(async (socket, options) => {
      const { tls } = this.#plan;
      if (tls !== undefined) return tls(socket, options);
      await socket.close();
      throw new UsageError("there is no certificate for TLS any more");
    });
  }

  #learned(): readonly LearnedDevice<SshCredentials>[] {
    return this.manager.learned();
  }

  #saveSoon(): void {
    if (this.#options.state === undefined || this.#saving !== undefined) return;
    this.#saving = setTimeout(() => {
      this.#saving = undefined;
      this.#save(this.#learned()).catch((error: Error) =>
        this.#options.say(`the state could not be saved: ${error.message}`),
      );
    }, SAVE_DELAY);
  }

  async #save(learned: readonly LearnedDevice<SshCredentials>[]): Promise<void> {
    await this.#options.state?.save({ ...this.manager.state(), learned: learned.map(withoutCredentials) });
  }
}

const CHANGES_STATE: ReadonlySet<CallHomeEvent["kind"]> = new Set<CallHomeEvent["kind"]>([
  "pending",
  "user-failed",
  "approved",
  "refused",
  "readmitted",
]);

/** Approvals of this command give none: the users of the plan log in. */
function withoutCredentials({ credentials: _, ...learned }: LearnedDevice<unknown>): LearnedDevice<never> {
  return learned;
}

function describePlace(place: ListenConfig["listeners"][number]): string {
  const { address, port } = listenerPlace(place);
  return `${place.transport} ${address} ${port}`;
}

function listed(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(", ")}`];
}
