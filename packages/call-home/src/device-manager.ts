import {
  type AcceptSecureOptions,
  acceptCallHome,
  asError,
  type CallHomeAcceptor,
  type CallHomeManager,
  type CallHomeSession,
  type KnownDevice,
  NetconfError,
  quoted,
  type SecureChannel,
} from "@netconf-kit/core";
import { type Clock, type DuplexSocket, type Listener, systemClock } from "@netconf-kit/socket";
import { CallInProgress } from "./call-in-progress.ts";
import { CallJudge, type JudgedBy } from "./call-judge.ts";
import { outboundSshLookup } from "./device-lookup.ts";
import type { DeviceManagerEvent } from "./device-manager-events.ts";
import type {
  DeviceListener,
  DeviceManagerChanges,
  DeviceManagerOptions,
  DeviceManagerState,
  LearnedDeviceStore,
} from "./device-manager-options.ts";
import { DeviceRegistry, type LearnedDevice } from "./device-registry.ts";
import type { Identified } from "./identify.ts";
import { openDialect } from "./open-dialect.ts";
import { type PendingDevice, PendingDevices } from "./pending.ts";
import { checkUsers, type FailedUser, FailedUsers } from "./users.ts";

/**
 * A Call Home manager (RFC 8071 §3) that finds out who calls: over several listeners, SSH and TLS side by side, by one list of
 * devices. Listeners come and go, and rules are replaced, while sessions go on.
 *
 * @example
 * const manager = new DeviceManager({ listeners: [{ listener, transport }], devices: [router], pending: true });
 * for await (const { device, session } of manager.sessions) console.log(device, session.sessionId);
 */
export class DeviceManager<Credentials> implements CallHomeManager<Credentials | undefined> {
  readonly #clock: Clock;
  readonly #acceptor: CallHomeAcceptor<Credentials | undefined>;
  readonly #registry: DeviceRegistry<Credentials>;
  readonly #failed: FailedUsers;
  readonly #pending: PendingDevices;
  readonly #store: LearnedDeviceStore<Credentials> | undefined;
  readonly #judge: CallJudge<Credentials>;
  readonly #identified = new WeakMap<SecureChannel, Identified<Credentials>>();
  readonly #learnsKeys: boolean;
  readonly #onEvent: ((event: DeviceManagerEvent) => void) | undefined;
  #rules: JudgedBy<Credentials>;

  /** @throws NetconfError `invalid-argument` when two devices or two users cannot be told apart */
  constructor(options: DeviceManagerOptions<Credentials>) {
    const { listeners, devices, users, lookups, selectUser, pending, failedUsers, ...more } = options;
    const { keyUpdates, maxUnapproved, learned, store, state, onEvent, isKnownSource, ...accepting } = more;
    checkUsers(users ?? []);
    this.#rules = { users: users ?? [], lookups: lookups ?? [], selectUser };
    this.#registry = new DeviceRegistry(devices ?? [], learned);
    this.#clock = options.clock ?? systemClock;
    this.#store = store;
    this.#learnsKeys = keyUpdates === "learn";
    this.#onEvent = onEvent;
    this.#failed = new FailedUsers(failedUsers);
    this.#pending = new PendingDevices(pending === true ? {} : pending);
    this.#restore(state, pending !== undefined);
    this.#judge = new CallJudge({
      registry: this.#registry,
      failed: this.#failed,
      pending: this.#pending,
      holds: pending !== undefined,
      maxUnapproved: maxUnapproved ?? DEFAULT_MAX_UNAPPROVED,
      store,
      clock: this.#clock,
      tell: (event) => this.#tell(event),
    });
    this.#acceptor = acceptCallHome<Credentials | undefined>([], unsecured, {
      ...accepting,
      recognize: (channel) => this.#recognized(channel),
      // Where a named session is expected, so that no flood keeps it out.
      isKnownSource: (remote) => this.#registry.devices.at(remote) !== undefined || isKnownSource?.(remote) === true,
      onEvent: (event) => this.#tell(event),
    });
    for (const listener of listeners ?? []) this.addListener(listener);
  }

  get sessions(): AsyncIterable<CallHomeSession<Credentials | undefined>> {
    return this.#acceptor.sessions;
  }

  get closed(): Promise<void> {
    return this.#acceptor.closed;
  }

  get connectingCount(): number {
    return this.#acceptor.connectingCount;
  }

  get waitingCount(): number {
    return this.#acceptor.waitingCount;
  }

  connected(): readonly CallHomeSession<Credentials | undefined>[] {
    return this.#acceptor.connected();
  }

  /** Listens there too. @throws NetconfError `manager-closed` */
  addListener(place: DeviceListener<Credentials>): void {
    this.#acceptor.addListener(place.listener, (socket, options) => this.#secure(socket, options, place));
  }

  removeListener(listener: Listener): Promise<void> {
    return this.#acceptor.removeListener(listener);
  }

  /**
   * Changes rules and settings, each as a whole; those not named stay as they are. Counts for the calls that come afterwards:
   * sessions go on, also those of devices that are no longer listed. What was learned stays.
   *
   * @throws NetconfError `invalid-argument`, and nothing has changed
   */
  configure(changes: DeviceManagerChanges<Credentials>): void {
    const standing = this.#rules;
    const { devices, users, lookups, selectUser, ...settings } = changes;
    checkUsers(users ?? []);
    if (devices !== undefined) this.#registry.configure(devices);
    this.#rules = {
      users: users ?? standing.users,
      lookups: lookups ?? standing.lookups,
      selectUser: selectUser ?? standing.selectUser,
    };
    this.#acceptor.configure(settings);
  }

  /** The unknown devices that wait for a decision, the longest held first. They call again: no connection is kept for them. */
  pending(): readonly PendingDevice[] {
    return this.#pending.list(this.#clock.now());
  }

  /**
   * Lets a pending device in when it calls next: its key is saved, and counts from then on.
   *
   * @param options.name the device's name, maybe of an entry; default: the entry whose address it called from, else its fingerprint
   * @param options.credentials what logs in to it, unless its entry has credentials; default: the users of the list
   * @returns its name
   * @throws NetconfError `invalid-argument` when it is not pending, or cannot have that name or credentials; what the store throws,
   *   and the device stays pending
   */
  async approve(
    id: string,
    options: { readonly name?: string; readonly credentials?: Credentials } = {},
  ): Promise<string> {
    const held = this.#pending.get(id, this.#clock.now());
    if (held === undefined)
      throw new NetconfError("invalid-argument", `cannot approve ${quoted(id)}: it is not pending`);
    const device = options.name ?? held.device ?? id;
    await this.#judge.learn({ name: device, fingerprint: id, approved: true, credentials: options.credentials });
    this.#pending.delete(id);
    this.#tell({ kind: "approved", at: this.#clock.now(), id, device });
    return device;
  }

  /**
   * Refuses a key, pending or not, and does not hold it again for so many milliseconds; default: as long as pending devices are kept.
   * A key that is stated for a device is not affected.
   */
  refuse(id: string, milliseconds?: number): void {
    const now = this.#clock.now();
    this.#pending.refuse(id, now, milliseconds);
    this.#tell({ kind: "refused", at: now, id });
  }

  /** Takes a refusal back. False when there was none. */
  readmit(id: string): boolean {
    const was = this.#pending.readmit(id);
    if (was) this.#tell({ kind: "readmitted", at: this.#clock.now(), id });
    return was;
  }

  /**
   * Takes one more key for a device that is known: the next one of a roll-over, before the device shows it. With a key that it has
   * already, vouches for a device that only a user of the list has let in.
   *
   * @throws NetconfError `invalid-argument` when no device has that name, or the key is another's; what the store throws
   */
  async addKey(device: string, fingerprint: string): Promise<void> {
    if (this.#registry.devices.named(device) === undefined)
      throw new NetconfError("invalid-argument", `cannot add a key to ${quoted(device)}: there is no such device`);
    await this.#judge.learn({ name: device, fingerprint, approved: true });
    this.#pending.delete(fingerprint);
    this.#tell({ kind: "approved", at: this.#clock.now(), id: fingerprint, device });
  }

  /** The devices whose keys were approved, or learned from a first login. */
  learned(): readonly LearnedDevice<Credentials>[] {
    return this.#registry.learned;
  }

  /** Forgets the learned keys of a device; its session goes on. False when there were none. @throws what the store throws */
  forget(name: string): Promise<boolean> {
    return this.#judge.inTurn(async () => {
      if (!this.#registry.learned.some((device) => device.name === name)) return false;
      await this.#store?.remove(name);
      this.#registry.forget(name);
      this.#tell({ kind: "forgotten", at: this.#clock.now(), device: name });
      return true;
    });
  }

  failedUsers(): readonly FailedUser[] {
    return this.#failed.list(this.#clock.now());
  }

  /** Lets users be tried again: all, those at a device, one user everywhere, or one at one device. */
  forgetFailedUsers(which: { readonly device?: string; readonly user?: string } = {}): void {
    this.#failed.forget(which);
  }

  /** To be kept over a restart, beside the learned keys. */
  state(): DeviceManagerState {
    const now = this.#clock.now();
    return { failedUsers: this.#failed.list(now), pending: this.pending(), refused: this.#pending.refused(now) };
  }

  close(options?: { readonly sessions?: boolean }): Promise<void> {
    return this.#acceptor.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close({ sessions: true });
  }

  /** Identity first: nothing logs in before `identify` has answered (RFC 8071 §3.1 C5, C7). */
  async #secure(
    accepted: DuplexSocket,
    { signal, connection }: AcceptSecureOptions,
    { transport, dialect }: DeviceListener<Credentials>,
  ): Promise<SecureChannel> {
    const opened = dialect && (await openDialect(accepted, { ...dialect, transport: transport.name, signal }));
    const { socket, source, preamble } = opened ?? { socket: accepted, source: accepted.remote, preamble: undefined };
    const { devices } = this.#registry;
    const { lookups } = this.#rules;
    const call = new CallInProgress({
      ...this.#rules,
      lookups: dialect?.outboundSsh === undefined ? lookups : [outboundSshLookup, ...lookups],
      judge: this.#judge,
      about: { connection, preamble, devices, remote: source ?? "unknown", transport: transport.name },
      needsCredentials: transport.needsCredentials,
    });
    let channel: SecureChannel | undefined;
    try {
      channel = await transport.secure(socket, {
        ...{ signal, connection, certifies: devices.certifies || lookups.some((lookup) => lookup.certifies) },
        identify: (evidence) => call.identify(evidence),
        ...(this.#learnsKeys && { onKeys: (fingerprints: readonly string[]) => call.keysProved(fingerprints) }),
      });
      this.#identified.set(channel, await call.loggedIn());
      return channel;
    } catch (thrown) {
      const error = asError(thrown);
      if (channel !== undefined) closeQuietly(channel, error);
      throw call.failed(error, channel === undefined && transport.refusedLogin(error));
    } finally {
      call.end();
    }
  }

  #recognized(channel: SecureChannel): KnownDevice<Credentials | undefined> {
    const identified = this.#identified.get(channel);
    if (identified === undefined) throw new NetconfError("unknown-identity", "a channel came from nowhere");
    const { device, credentials } = identified;
    const { fingerprints, certified } = this.#registry.devices.named(device) ?? {};
    return {
      ...{ name: device, credentials },
      ...(fingerprints !== undefined && { fingerprints }),
      ...(certified !== undefined && { certified }),
    };
  }

  #restore(state: DeviceManagerState | undefined, holds: boolean): void {
    const now = this.#clock.now();
    for (const { device, user, expiresIn } of state?.failedUsers ?? [])
      this.#failed.remember(device, user, now, expiresIn);
    this.#pending.restore(holds ? (state?.pending ?? []) : [], state?.refused ?? [], now);
  }

  #tell(event: DeviceManagerEvent): void {
    try {
      this.#onEvent?.(event);
    } catch {
      // Said in the option: a log that throws is its own problem, never that of a device.
    }
  }
}

const DEFAULT_MAX_UNAPPROVED = 4096;

/** Every listener has a transport of its own. */
function unsecured(): Promise<never> {
  return Promise.reject(new NetconfError("unknown-identity", "a listener has no transport"));
}

/** The channel comes from the caller's code; what its close() does wrong must not become an unhandled rejection. */
function closeQuietly(channel: SecureChannel, reason: Error): void {
  new Promise((resolve) => resolve(channel.close(reason))).catch(() => {});
}
