import { type ListenConfig, type ListenerConfig, listenerPlace } from "./listen-config.ts";
import { balancersOf } from "./listen-config-rules.ts";
import { sameValue } from "./same-value.ts";

/** What a hot reload has to do. Open sessions are left alone by all of it. */
export interface ListenConfigDiff {
  /** Closed before any is opened: an address and a port may pass from one to another. What has changed is in both lists. */
  readonly close: readonly ListenerConfig[];
  readonly open: readonly ListenerConfig[];
  /** Whether devices, users, or limits that a running manager takes have changed: it takes all of them at once. */
  readonly configure: boolean;
  /** For a report: names of devices. */
  readonly devices: {
    readonly added: readonly string[];
    readonly changed: readonly string[];
    readonly removed: readonly string[];
  };
  /** Paths of what has changed and counts only after a restart. */
  readonly needsRestart: readonly string[];
}

/**
 * Compares the configuration in force with another. What is the same in both is not touched; with everything the same, nothing is to do.
 *
 * @example
 * const { close, open, configure, needsRestart } = diffListenConfig(running, parseListenConfig(text));
 */
export function diffListenConfig(from: ListenConfig, to: ListenConfig): ListenConfigDiff {
  // Our certificate belongs to the listeners that show it.
  const withCertificate = ({ listeners, tls }: ListenConfig): ReadonlyMap<string, unknown> =>
    new Map(
      listeners.map((one, index) => [keyOf(one, index), { one, tls: one.transport === "tls" ? tls : undefined }]),
    );
  const [before, after] = [withCertificate(from), withCertificate(to)];
  const stays = (one: ListenerConfig, index: number): boolean =>
    sameValue(before.get(keyOf(one, index)), after.get(keyOf(one, index)));
  const devices = compareDevices(from, to);
  return {
    close: from.listeners.filter((one, index) => !stays(one, index)),
    open: to.listeners.filter((one, index) => !stays(one, index)),
    configure: Object.values(devices).some((names) => names.length > 0) || !sameValue(settingsOf(from), settingsOf(to)),
    devices,
    needsRestart: FIXED.filter((path) => !sameValue(at(from, path), at(to, path))),
  };
}

/** A manager is made with them. */
const FIXED = ["/policy/unknownDevices", "/limits/pending", "/limits/failedUsers"] as const;

function at({ policy, limits }: ListenConfig, path: (typeof FIXED)[number]): unknown {
  if (path === "/policy/unknownDevices") return policy?.unknownDevices ?? "refuse";
  return (path === "/limits/pending" ? limits?.pending : limits?.failedUsers) ?? {};
}

/** What a running manager takes, beside the devices. */
function settingsOf(config: ListenConfig): unknown {
  const { users = [], policy, limits } = config;
  const { pending: _, failedUsers: __, ...settings } = limits ?? {};
  // As `listenRules` has it, balancers are exempt from the limits of sources.
  const exempt = [...new Set(balancersOf(config))].sort();
  return { users, whenConnected: policy?.whenConnected ?? "probe", settings, exempt };
}

/** Free ports are told apart by the order in the file only. */
function keyOf(listener: ListenerConfig, index: number): string {
  const { address, port } = listenerPlace(listener);
  return port === 0 ? `free ${index}` : `${address} ${port}`;
}

function compareDevices(from: ListenConfig, to: ListenConfig): ListenConfigDiff["devices"] {
  const byName = ({ devices }: ListenConfig) => new Map(devices.map((device) => [device.name, device]));
  const [before, after] = [byName(from), byName(to)];
  const next = [...after.keys()];
  return {
    added: next.filter((name) => !before.has(name)),
    changed: next.filter((name) => before.has(name) && !sameValue(before.get(name), after.get(name))),
    removed: [...before.keys()].filter((name) => !after.has(name)),
  };
}
