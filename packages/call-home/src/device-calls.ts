import {
  type CalledSocket,
  type CallHomeDevice,
  type CallHomeDeviceEvent,
  type CallHomeDeviceOptions,
  type CallHomeDeviceStatus,
  type CallHomeSettings,
  callHome,
  type ServeContext,
  type ServedConnection,
} from "@netconf-kit/core";
import type { DuplexSocket } from "@netconf-kit/socket";
import {
  type CallHomeConfig,
  type CallHomeEndpointConfig,
  type CallHomeManagerConfig,
  checkCallHomeConfig,
} from "./device-config.ts";

export interface DeviceCallsOptions<Socket extends CalledSocket = DuplexSocket>
  extends Pick<CallHomeDeviceOptions, "clock" | "wallClock" | "random" | "liveness"> {
  /** How an endpoint is reached. Asked once for each endpoint, called for each attempt: names are to be resolved then. */
  readonly dialTo: (endpoint: CallHomeEndpointConfig) => (options: { readonly signal: AbortSignal }) => Promise<Socket>;
  /** Secures and serves a connection; resolves when the session is open. */
  readonly serve: (
    socket: Socket,
    context: Omit<ServeContext, "endpoint"> & { readonly manager: string; readonly endpoint: CallHomeEndpointConfig },
  ) => Promise<ServedConnection>;
  /** Of each manager, by name: the endpoint connected last before a restart, for `last-connected`. */
  readonly lastConnected?: ReadonlyMap<string, string>;
  /** Told of everything. What it throws is dropped. */
  readonly onEvent?: (event: DeviceCallsEvent) => void;
}

export type DeviceCallsEvent = CallHomeDeviceEvent & { readonly manager: string };

export interface ManagerStatus extends CallHomeDeviceStatus {
  readonly name: string;
  /** It is no longer in the configuration; what is left of it is its connection. */
  readonly removed: boolean;
}

/** What becomes of the connection with a manager that is taken away: it is left alone until it ends by itself, or ended. */
export type ConnectionsOfRemoved = "stay" | "end";

/**
 * The calls of one device to all its managers, side by side (RFC 8071 §4.1), as a configuration says that can change while
 * they go on.
 *
 * @throws NetconfError `invalid-argument` for a configuration that cannot be
 * @example
 * const calls = new DeviceCalls(config, { dialTo: dialTcp, serve, random, wallClock });
 * calls.apply({ managers: [...config.managers, another] });
 * for (const { name, state } of calls.status()) console.log(name, state);
 */
export class DeviceCalls<Socket extends CalledSocket = DuplexSocket> implements AsyncDisposable {
  readonly #options: DeviceCallsOptions<Socket>;
  readonly #managers = new Map<
    string,
    { readonly config: CallHomeManagerConfig; readonly device: CallHomeDevice<Socket> }
  >();
  readonly #removed = new Map<CallHomeDevice<Socket>, string>();

  constructor(config: CallHomeConfig, options: DeviceCallsOptions<Socket>) {
    this.#options = options;
    this.apply(config);
  }

  /** The configuration in force. */
  get config(): CallHomeConfig {
    return { managers: [...this.#managers.values()].map(({ config }) => config) };
  }

  /**
   * Another configuration. Managers that are the same in both are not touched; one that has changed keeps its connection, and
   * calls by its new settings when that is over.
   *
   * @throws NetconfError `invalid-argument`, and nothing has changed
   */
  apply(config: CallHomeConfig, connectionsOfRemoved: ConnectionsOfRemoved = "stay"): void {
    checkCallHomeConfig(config);
    const wanted = new Set(config.managers.map(({ name }) => name));
    for (const name of [...this.#managers.keys()]) if (!wanted.has(name)) this.#remove(name, connectionsOfRemoved);
    for (const manager of config.managers) this.#put(manager);
  }

  /** Calls one manager, or each, at once instead of waiting. False when that changed nothing. */
  now(manager?: string): boolean {
    const chosen = [...this.#managers].filter(([name]) => manager === undefined || name === manager);
    return chosen.map(([, { device }]) => device.now()).includes(true);
  }

  /** Every manager, and those taken away whose connection still stands. */
  status(): readonly ManagerStatus[] {
    const listed = [...this.#managers].map(([name, { device }]) => ({ name, removed: false, ...device.status() }));
    const leaving = [...this.#removed].map(([device, name]) => ({ name, removed: true, ...device.status() }));
    return [...listed, ...leaving];
  }

  /** Resolves when no manager is going to be called any more and no connection is left: all were stopped, or none reconnects. */
  async ended(): Promise<void> {
    const devices = [...[...this.#managers.values()].map(({ device }) => device), ...this.#removed.keys()];
    await Promise.all(devices.map((device) => device.ended));
  }

  /** Ends every attempt and every connection, and calls no more. */
  async stop(): Promise<void> {
    for (const name of [...this.#managers.keys()]) this.#remove(name, "end");
    await Promise.all([...this.#removed.keys()].map((device) => device.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #put(config: CallHomeManagerConfig): void {
    const { name } = config;
    const present = this.#managers.get(name);
    if (present !== undefined && sameValue(present.config, config)) return;
    // One that has ended without `reconnect` does not call again: that takes a new one.
    const device = present?.device.status().state === "stopped" ? undefined : present?.device;
    device?.configure(this.#endpoints(config), this.#settings(config));
    this.#managers.set(name, { config, device: device ?? this.#start(config) });
  }

  #start(config: CallHomeManagerConfig): CallHomeDevice<Socket> {
    const { serve, dialTo: _, lastConnected: __, onEvent, ...rest } = this.#options;
    const { name: manager } = config;
    return callHome<Socket>(
      this.#endpoints(config),
      (socket, context) => {
        const endpoint = this.#endpointNamed(manager, context.endpoint);
        return serve(socket, { ...context, manager, endpoint });
      },
      { ...rest, ...this.#settings(config), onEvent: (event) => onEvent?.({ ...event, manager }) },
    );
  }

  #endpoints(config: CallHomeManagerConfig) {
    return config.endpoints.map((endpoint) => ({ name: endpoint.name, dial: this.#options.dialTo(endpoint) }));
  }

  #endpointNamed(manager: string, name: string): CallHomeEndpointConfig {
    const found = this.#managers.get(manager)?.config.endpoints.find((endpoint) => endpoint.name === name);
    // An attempt is called off when its manager is changed or taken away.
    if (found === undefined) throw new Error(`cannot happen: "${name}" is no endpoint of "${manager}"`);
    return found;
  }

  #settings(config: CallHomeManagerConfig): CallHomeSettings {
    const { liveness, lastConnected } = this.#options;
    const last = lastConnected?.get(config.name);
    return {
      ...callHomeSettings(config),
      ...(liveness !== undefined && { liveness }),
      ...(last !== undefined && { lastConnected: last }),
    };
  }

  #remove(name: string, connection: ConnectionsOfRemoved): void {
    const present = this.#managers.get(name);
    if (present === undefined) return;
    const { device } = present;
    this.#managers.delete(name);
    this.#removed.set(device, name);
    void device.ended.then(() => this.#removed.delete(device));
    void device.stop(connection === "stay" ? "stays" : "ends");
  }
}

const DEFAULT_PERIOD = 3_600_000;
const DEFAULT_IDLE_TIMEOUT = 180_000;

/** The settings of the calls to one manager. */
export function callHomeSettings({ connection, reconnectStrategy }: CallHomeManagerConfig): CallHomeSettings {
  const { maxWait, ...strategy } = reconnectStrategy ?? {};
  return {
    ...strategy,
    ...(maxWait !== undefined && { connectTimeout: maxWait }),
    ...(connection?.type === "periodic" && {
      period: connection.period ?? DEFAULT_PERIOD,
      idleTimeout: connection.idleTimeout ?? DEFAULT_IDLE_TIMEOUT,
      ...(connection.anchorTime !== undefined && { anchorTime: connection.anchorTime }),
    }),
  };
}

/** Whether two plain values are alike in every part. */
function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const entries = Object.entries(a).filter(([, value]) => value !== undefined);
  const others = new Map(Object.entries(b).filter(([, value]) => value !== undefined));
  return entries.length === others.size && entries.every(([key, value]) => sameValue(value, others.get(key)));
}
