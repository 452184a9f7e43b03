import type { CallHomeManagerSettings, CallHomeOptions } from "@netconf-kit/core";
import type { Listener } from "@netconf-kit/socket";
import type { DeviceLookup } from "./device-lookup.ts";
import type { DeviceManagerEvent } from "./device-manager-events.ts";
import type { LearnedDevice } from "./device-registry.ts";
import type { DeviceTransport } from "./device-transport.ts";
import type { SelectUser } from "./identify-call.ts";
import type { DeviceEntry } from "./named-sessions.ts";
import type { OpenDialectOptions } from "./open-dialect.ts";
import type { PendingDevice, PendingLimits, RefusedDevice } from "./pending.ts";
import type { CallHomeUser, FailedUser, FailedUsersLimits } from "./users.ts";

/** A place where devices call. */
export interface DeviceListener<Credentials> {
  readonly listener: Listener;
  readonly transport: DeviceTransport<Credentials>;
  /** What may stand before SSH or TLS, such as a balancer's PROXY header. Default: nothing is looked for. */
  readonly dialect?: Omit<OpenDialectOptions, "transport" | "signal">;
}

/** Who may call, and how that is found out. It can be replaced while the manager runs. */
export interface DeviceRules<Credentials> {
  /** The named sessions. Default: none. */
  readonly devices?: Iterable<DeviceEntry<Credentials>>;
  /** What logs in to devices that have no credentials of their own, in this order. Default: nobody. */
  readonly users?: readonly CallHomeUser<Credentials>[];
  /** Asked about keys that are in no entry, in this order. Default: nobody. */
  readonly lookups?: readonly DeviceLookup[];
  /** Says which user logs in to a device that has no credentials of its own. Default: the first that has not failed there. */
  readonly selectUser?: SelectUser;
}

/** Where learned keys are kept. A decision counts once its promise has resolved, so either must do all or nothing. */
export interface LearnedDeviceStore<Credentials> {
  /** In the place of what was saved under this name. */
  readonly save: (device: LearnedDevice<Credentials>) => void | Promise<void>;
  readonly remove: (name: string) => void | Promise<void>;
}

/** Who may call, over what, and who is told. */
export interface DeviceManagerOptions<Credentials>
  extends DeviceRules<Credentials>,
    Omit<CallHomeOptions<Credentials | undefined>, "devices" | "recognize" | "onEvent"> {
  /** Default: none at first; `addListener` adds some. */
  readonly listeners?: readonly DeviceListener<Credentials>[];
  /** Holds unknown devices until an operator decides about them. Default: they are refused, and that is all. */
  readonly pending?: true | Partial<PendingLimits>;
  readonly failedUsers?: Partial<FailedUsersLimits>;
  /**
   * Whether a device that is known by its key may bring others along, as SSH devices announce and prove them after the login: the
   * next key of a roll-over counts then before it is used, and a learned one no more when it is gone from the device. Somebody who has stolen
   * a key can do so too, and `forget()` has to follow. Default `ignore`.
   */
  readonly keyUpdates?: "ignore" | "learn";
  /**
   * Devices that nobody but a user of the list has let in, with `unknownKeys: "accept-new"`, and that are remembered. One more is
   * refused with `key-not-trusted`. Default 4096.
   */
  readonly maxUnapproved?: number;
  /** What the store had when the manager started. */
  readonly learned?: Iterable<LearnedDevice<Credentials>>;
  /** Default: learned keys are forgotten with the manager. */
  readonly store?: LearnedDeviceStore<Credentials>;
  /** What `state()` gave before a restart. */
  readonly state?: DeviceManagerState;
  /** Told of everything. What it throws is dropped: a log must not stop a device. */
  readonly onEvent?: (event: DeviceManagerEvent) => void;
}

/** What may be changed while the manager runs. */
export type DeviceManagerChanges<Credentials> = DeviceRules<Credentials> & CallHomeManagerSettings;

/** What is worth keeping over a restart, beside the learned keys: plain values without secrets. */
export interface DeviceManagerState {
  readonly failedUsers: readonly FailedUser[];
  readonly pending: readonly PendingDevice[];
  readonly refused: readonly RefusedDevice[];
}
