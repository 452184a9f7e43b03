import {
  type CalledSocket,
  type CallHomeDevice,
  type CallHomeDeviceEvent,
  type CallHomeDeviceOptions,
  type CallHomeDeviceStatus,
  type CallHomeEndpoint,
  type CallHomeSettings,
  callHome,
  NetconfError,
  quoted,
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
import { sameValue } from "./same-value.ts";

/** How the managers are reached and served. */
export interface DeviceCallsOptions<Socket extends CalledSocket = DuplexSocket>
  extends Pick<CallHomeDeviceOptions, "clock" | "wallClock" | "random" | "liveness"> {
  /** How an endpoint is reached. Asked once for each configuration, called for each attempt: names are to be resolved then. */
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

/** An event of the calls to one of several managers. */
export type DeviceCallsEvent = CallHomeDeviceEvent & { readonly manager: string };

/** What a device is doing about its calls to one manager. */
export interface ManagerStatus extends CallHomeDeviceStatus {
  readonly name: string;
  /** It is no longer in the configuration; what is left of it is its connection. */
  readonly removed: boolean;
}

interface CalledManager<Socket extends CalledSocket> {
  readonly config: CallHomeManagerConfig;
  readonly device: CallHomeDevice<Socket>;
}

/** All that a manager's calls need: whatever can be wrong with it has been found out. */
interface PreparedManager<Socket extends CalledSocket> {
  readonly config: CallHomeManagerConfig;
  readonly endpoints: readonly CallHomeEndpoint<Socket>[];
  readonly settings: CallHomeSettings;
}

/** What becomes of the connection with a manager that is taken away: it is left alone until it ends by itself, or ended. */
export type ConnectionsOfRemoved = "stay" | "end";

/**
 * The calls of one device to all its managers, side by side (RFC 8071 §4.1), as a configuration says that can change while
 * they go on.
 *
 * @throws NetconfError `invalid-argument` for a configuration that cannot be
 * @example
 * const calls = new DeviceCalls(config, {
 *   dialTo: ({ host, port = 4334 }) => dialTcp({ host, port }),
 *   serve: async (socket) => server.serve((await secure(socket, { signal })).socket, { username: "noc" }),
 *   random,
 *   wallClock,
 * });
 * calls.apply({ managers: [...config.managers, another] });
 * for (const { name, state } of calls.status()) console.log(name, state);
 */
export class DeviceCalls<Socket extends CalledSocket = DuplexSocket> implements AsyncDisposable {
  readonly #options: DeviceCallsOptions<Socket>;
  readonly #managers = new Map<string, CalledManager<Socket>>();
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
    const changed = config.managers.filter((manager) => !sameValue(this.#managers.get(manager.name)?.config, manager));
    const prepared = changed.map((manager) => this.#prepare(manager));
    const wanted = new Set(config.managers.map(({ name }) => name));
    for (const name of [...this.#managers.keys()]) if (!wanted.has(name)) this.#remove(name, connectionsOfRemoved);
    for (const manager of prepared) this.#put(manager);
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
    const devices = this.#devices();
    await Promise.all(devices.map((device) => device.ended));
    // Another configuration may have come meanwhile.
    if (this.#devices().some((device) => !devices.includes(device))) await this.ended();
  }

  /** Ends every attempt and every connection, and calls no more. */
  async stop(): Promise<void> {
    for (const name of [...this.#managers.keys()]) this.#remove(name, "end");
    await Promise.all([...this.#removed.keys()].map((device) => device.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #prepare(config: CallHomeManagerConfig): PreparedManager<Socket> {
    const { dialTo, liveness, lastConnected, wallClock } = this.#options;
    const settings = callHomeSettings(config);
    if (settings.anchorTime !== undefined && wallClock === undefined)
      throw new NetconfError(
        "invalid-argument",
        `cannot call ${quoted(config.name)} at an anchorTime without a wallClock`,
      );
    const last = lastConnected?.get(config.name);
    return {
      config,
      endpoints: config.endpoints.map((endpoint) => ({ name: endpoint.name, dial: dialTo(endpoint) })),
      settings: {
        ...settings,
        ...(liveness !== undefined && { liveness }),
        ...(last !== undefined && { lastConnected: last }),
      },
    };
  }

  #put({ config, endpoints, settings }: PreparedManager<Socket>): void {
    const present = this.#managers.get(config.name)?.device;
    // One that has ended without `reconnect` does not call again: that takes a new one.
    const device = present?.status().state === "stopped" ? undefined : present;
    device?.configure(endpoints, settings);
    this.#managers.set(config.name, { config, device: device ?? this.#start(config.name, endpoints, settings) });
  }

  #start(
    manager: string,
    endpoints: readonly CallHomeEndpoint<Socket>[],
    settings: CallHomeSettings,
  ): CallHomeDevice<Socket> {
    const { serve, clock, wallClock, random, onEvent } = this.#options;
    return callHome<Socket>(
      endpoints,
      (socket, context) => {
        const endpoint = this.#endpointNamed(manager, context.endpoint);
        return serve(socket, { ...context, manager, endpoint });
      },
      {
        ...settings,
        ...(clock && { clock }),
        ...(wallClock && { wallClock }),
        ...(random && { random }),
        onEvent: (event) => onEvent?.({ ...event, manager }),
      },
    );
  }

  #devices(): readonly CallHomeDevice<Socket>[] {
    return [...[...this.#managers.values()].map(({ device }) => device), ...this.#removed.keys()];
  }

  #endpointNamed(manager: string, name: string): CallHomeEndpointConfig {
    const found = this.#managers.get(manager)?.config.endpoints.find((endpoint) => endpoint.name === name);
    // An attempt is called off when its manager is changed or taken away.
    if (found === undefined) throw new Error(`cannot happen: "${name}" is no endpoint of "${manager}"`);
    return found;
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

/**
 * The settings of the calls to one manager.
 *
 * @example
 * const { retryInterval } = callHomeSettings(another);
 */
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
