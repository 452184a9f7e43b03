import { randomBytes } from "node:crypto";
import type { Clock } from "@netconf-kit/socket";
import {
  allowLogin,
  type CallHomeDevice,
  type CallHomeDeviceEvent,
  type CallHomeDeviceOptions,
  type CallHomeEvent,
  type CallHomeSession,
  type ConfigStorage,
  callHome,
  commit,
  compatible,
  createNetconfServer,
  type DeviceEntry,
  type DeviceManager,
  editConfig,
  expectOk,
  fingerprintSha256,
  formatPublicKey,
  generateKey,
  getConfig,
  type ListenCallHomeOptions,
  listenCallHome,
  lock,
  type NetconfServer,
  type PrivateKey,
  parseAuthorizedKeys,
  parseXml,
  type SshCredentials,
  serializeXml,
  unlock,
} from "netconf-kit";
import { FaultyNetwork } from "../support/faulty-socket.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
export const newKey = (): PrivateKey => generateKey("ssh-ed25519", random);
export const fingerprintOf = (key: PrivateKey): string => fingerprintSha256(key.publicBlob);

/** Steps of a first session, in their order; each mark is what had gone over the link when the step began. */
export const steps = ["key exchange", "login", "hello", "edit", "commit"] as const;
export type Step = (typeof steps)[number];
export type Marks = ReadonlyMap<Step | "idle", { readonly out: number; readonly in: number }>;

export interface LabOptions {
  readonly policy?: CallHomeDeviceOptions;
  readonly manager?: Partial<Pick<ListenCallHomeOptions, "admission">>;
}

const userKey = newKey();
const quickKeyExchange = compatible.keyExchange.filter(({ name }) => name === "curve25519-sha256");
const authenticate = allowLogin({
  authorizedKeys: parseAuthorizedKeys(formatPublicKey({ ...userKey, comment: "" })),
});

/**
 * A manager and a device on a network that goes wrong, in time that stands still until the lab moves it. On each session the
 * manager changes the host name and commits; the lab remembers what the device has acknowledged.
 */
export class FaultLab {
  readonly clock = new LabClock();
  readonly network = new FaultyNetwork();
  readonly managerEvents: CallHomeEvent[] = [];
  readonly deviceEvents: CallHomeDeviceEvent[] = [];
  readonly marks = new Map<Step | "idle", { readonly out: number; readonly in: number }>();
  readonly hostKey: PrivateKey = newKey();
  /** Milliseconds by which the calendar has been moved. */
  calendar = 0;
  /** The last host name that a commit was asked for, and the last one that was acknowledged. */
  attempted = "first";
  acknowledged = "first";
  /** Links on which the manager's work was done. */
  readonly worked = new Set<number>();
  /** What was wrong with the configuration when a manager looked. Empty, if all is well. */
  readonly losses: string[] = [];
  manager: DeviceManager<SshCredentials> | undefined;
  device: CallHomeDevice | undefined;
  server: NetconfServer | undefined;
  readonly #options: LabOptions;
  #known: DeviceEntry<SshCredentials>;
  readonly #storage = memoryStorage();

  constructor(options: LabOptions = {}) {
    this.#options = options;
    this.#known = this.entry([this.hostKey]);
  }

  /** The device as the manager knows it. */
  entry(
    keys: readonly PrivateKey[],
    authentication: SshCredentials["authentication"] = [{ method: "publickey", key: userKey }],
  ): DeviceEntry<SshCredentials> {
    return { name: "router", fingerprints: keys.map(fingerprintOf), credentials: { username: "ops", authentication } };
  }

  /** What the manager knows from now on. */
  know(entry: DeviceEntry<SshCredentials>): void {
    this.#known = entry;
    this.manager?.configure({ devices: [entry] });
  }

  startManager(options: LabOptions["manager"] = this.#options.manager): void {
    this.manager = listenCallHome({
      ...options,
      listeners: this.network.listen(),
      devices: [this.#known],
      clock: this.clock,
      ssh: { clock: this.clock, algorithms: { keyExchange: quickKeyExchange } },
      onEvent: (event) => {
        this.managerEvents.push(event);
        if (event.kind === "connected") this.#mark("key exchange");
        else if (event.kind === "recognized") this.#mark("login");
      },
      onSession: (opened) => void this.#work(opened).catch(() => {}), // the session's end tells why
    });
  }

  /** Loads what its storage has, as after a crash. */
  async startDevice(hostKey: PrivateKey = this.hostKey): Promise<void> {
    const server = await this.#newServer();
    this.server = server;
    this.device = callHome({
      server,
      hostKeys: [hostKey],
      authenticate,
      clock: this.clock,
      endpoints: [{ name: "noc", dial: this.network.dial }],
      onServeEvent: (event) => {
        if (event.type === "authenticated") this.#mark("hello");
      },
      policy: {
        clock: this.clock,
        wallClock: () => this.clock.now() + this.calendar,
        random: () => 0.5,
        retryInterval: 1000,
        liveness: { interval: 10_000, maxAttempts: 3 },
        ...this.#options.policy,
        onEvent: (event) => void this.deviceEvents.push(event),
      },
    });
  }

  /** As by `kill -9`: no goodbye, and what was not stored is gone. */
  async crashDevice(): Promise<void> {
    const { device, server } = this;
    this.device = this.server = undefined;
    for (const link of this.network.links) link.break("cut");
    await device?.stop();
    await server?.close();
  }

  async crashManager(): Promise<void> {
    const { manager } = this;
    this.manager = undefined;
    for (const link of this.network.links) link.break("cut");
    await manager?.close({ sessions: true });
  }

  async stop(): Promise<void> {
    const closed = Promise.all([this.device?.stop(), this.manager?.close({ sessions: true })]);
    // Some goodbyes are never answered.
    await this.pass(60_000);
    await closed;
    await this.server?.close();
  }

  /** The manager has done its work on the last link, which is well. */
  get isBack(): boolean {
    return this.worked.has(this.network.links.length) && this.network.last.fault === undefined;
  }

  /** What a process would keep for nothing. */
  get holds(): {
    readonly timers: number;
    readonly ends: number;
    readonly sessions: number;
    readonly connecting: number;
  } {
    return {
      timers: this.clock.pending,
      ends: this.network.openEnds,
      sessions: (this.server?.sessions.length ?? 0) + (this.manager?.connected().length ?? 0),
      connecting: (this.manager?.connectingCount ?? 0) + (this.manager?.waitingCount ?? 0),
    };
  }

  /** What a device would find in its storage after a restart. */
  async stored(): Promise<string> {
    const server = await this.#newServer();
    const name = hostnameIn(serializeXml(server.read("running")));
    await server.close();
    return name;
  }

  /** Lets time pass, timer by timer, until something is so. @returns the milliseconds it took */
  async until(condition: () => boolean, within: number): Promise<number> {
    const began = this.clock.now();
    for (;;) {
      await this.#quiet();
      if (condition()) return this.clock.now() - began;
      const next = this.clock.next ?? Number.POSITIVE_INFINITY;
      if (next > began + within) throw new Error(`it did not happen within ${within} ms: ${this.#story()}`);
      this.clock.advanceTo(next);
    }
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.clock.now() + milliseconds;
    for (;;) {
      await this.#quiet();
      if (this.clock.now() >= end) return;
      this.clock.advanceTo(Math.min(end, this.clock.next ?? end));
    }
  }

  #newServer(): Promise<NetconfServer> {
    return createNetconfServer({ clock: this.clock, storage: this.#storage, initial: hostnameConfig("first") });
  }

  async #work({ session }: CallHomeSession<unknown>): Promise<void> {
    const link = this.network.links.length;
    this.#mark("edit");
    const found = hostnameIn(serializeXml(expectOk(await session.rpc(getConfig("running")))));
    if (found !== this.acknowledged && found !== this.attempted) this.losses.push(`${this.acknowledged} → ${found}`);
    const name = `name-${link}`;
    expectOk(await session.rpc(lock("candidate")));
    expectOk(await session.rpc(editConfig("candidate", system(name))));
    this.#mark("commit");
    this.attempted = name;
    expectOk(await session.rpc(commit()));
    this.acknowledged = name;
    expectOk(await session.rpc(unlock("candidate")));
    this.#mark("idle");
    this.worked.add(link);
  }

  /** Of the first link only. */
  #mark(step: Step | "idle"): void {
    const [first] = this.network.links;
    if (this.network.links.length === 1 && first !== undefined && !this.marks.has(step)) {
      this.marks.set(step, { ...first.passed });
    }
  }

  /** Nothing happens any more unless time passes. */
  async #quiet(): Promise<void> {
    for (let before = -1; before !== this.#activity; ) {
      before = this.#activity;
      // Longer than the pauses in which the manager gives back the event loop, which are real time.
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }

  get #activity(): number {
    return this.network.passed + this.managerEvents.length + this.deviceEvents.length + this.clock.scheduled;
  }

  #story(): string {
    const managers = this.managerEvents.map((event) => (event.kind === "rejected" ? event.error.message : event.kind));
    const devices = this.deviceEvents.map((event) => ("error" in event ? `${event.kind} ${event.error}` : event.kind));
    return `${managers.join(", ")}; ${devices.join(", ")}`;
  }
}

/** Virtual time that can be asked what is due next. */
class LabClock implements Clock {
  readonly #inner = virtualClock();
  readonly #due = new Set<{ readonly at: number }>();
  /** Timers that were ever set. */
  scheduled = 0;

  get pending(): number {
    return this.#due.size;
  }

  /** When the next timer is due. */
  get next(): number | undefined {
    return this.#due.size === 0 ? undefined : Math.min(...[...this.#due].map(({ at }) => at));
  }

  now(): number {
    return this.#inner.now();
  }

  schedule(at: number, callback: () => void): () => void {
    const entry = { at };
    this.#due.add(entry);
    this.scheduled++;
    const cancel = this.#inner.schedule(at, () => {
      this.#due.delete(entry);
      callback();
    });
    return () => {
      this.#due.delete(entry);
      cancel();
    };
  }

  advanceTo(at: number): void {
    this.#inner.advance(Math.max(0, at - this.#inner.now()));
  }
}

function memoryStorage(): ConfigStorage {
  let saved: Uint8Array | undefined;
  return {
    load: async () => saved,
    save: async (bytes) => {
      saved = bytes;
    },
  };
}

const system = (name: string) =>
  parseXml(`<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>${name}</hostname></system>`);

function hostnameConfig(name: string) {
  return parseXml(
    `<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname>${name}</hostname></system></config>`,
  );
}

export function hostnameIn(text: string): string {
  return /<(?:\w+:)?hostname[^>]*>(.*?)</.exec(text)?.[1] ?? "none";
}
