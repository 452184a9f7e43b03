import { type Clock, type DuplexSocket, systemClock } from "@netconf-kit/socket";
import { asError, NetconfError, quoted } from "../errors.ts";
import { ConnectionWatch } from "./connection-watch.ts";
import { Deadline } from "./deadline.ts";
import type { CallHomeDeviceEvent, DeviceEventWithoutTime } from "./device-event.ts";
import { type CallHomeSettings, checkCallHomeSettings } from "./device-settings.ts";
import { type EndpointStatus, ReconnectPolicy, type ReconnectState } from "./reconnect.ts";

/** What a dial gives: a `DuplexSocket`, or whatever else `serve` knows to use. */
export interface CalledSocket {
  close(reason?: Error): Promise<void>;
  readonly remote?: string;
}

/** One address of a manager. */
export interface CallHomeEndpoint<Socket extends CalledSocket = DuplexSocket> {
  readonly name: string;
  readonly dial: (options: { readonly signal: AbortSignal }) => Promise<Socket>;
}

/** A connection that is being served. A `ServerSession` is one. */
export interface ServedConnection {
  /** Settles when it is over. A value with an `error` counts as an end with that error, as does a rejection. */
  readonly closed: Promise<unknown>;
  close(): Promise<void>;
  /** Resolves when the peer has given a sign of life, for `liveness`. */
  readonly probe?: () => Promise<unknown>;
}

/** Which endpoint a connection was made to, and how to end it. */
export interface ServeContext {
  readonly endpoint: string;
  readonly signal: AbortSignal;
  /** Tells that something went over the connection, for `idleTimeout` and `liveness`. */
  readonly active: () => void;
}

/** Secures a socket and serves it; resolves when the session is open. Has to give up, and close the socket, when `signal` fires. */
export type ServeConnection<Socket extends CalledSocket = DuplexSocket> = (
  socket: Socket,
  context: ServeContext,
) => Promise<ServedConnection>;

/** How a device calls: when, how often, by which clock. */
export interface CallHomeDeviceOptions extends CallHomeSettings {
  /** Numbers from 0 to below 1, for jitter and `random-selection`. Default: no jitter, and always the middle of the list. */
  readonly random?: () => number;
  readonly clock?: Clock;
  /**
   * Milliseconds since 1970, for `anchorTime`, and to notice that the machine has slept or its calendar was set. Looked at every
   * 30 s. Without it `clock` is all there is.
   */
  readonly wallClock?: () => number;
  /** Told of everything. What it throws is dropped. */
  readonly onEvent?: (event: CallHomeDeviceEvent) => void;
}

/** What a device is doing about its calls just now. */
export interface CallHomeDeviceStatus {
  readonly state: ReconnectState;
  /** The present of the clock that the times below are of. */
  readonly at: number;
  /** The endpoint that is dialed or connected; it may have been taken off the list since. */
  readonly active: string | undefined;
  readonly endpoints: readonly EndpointStatus[];
}

/** A device that keeps a connection to one of its manager's endpoints. */
export interface CallHomeDevice<Socket extends CalledSocket = DuplexSocket> extends AsyncDisposable {
  status(): CallHomeDeviceStatus;
  /** Calls at once instead of waiting, also after all attempts were used up. False when a connection or an attempt is under way. */
  now(): boolean;
  /** Other endpoints and settings. A connection stays, also one to an endpoint that is gone; an attempt begins anew. */
  configure(endpoints: readonly CallHomeEndpoint<Socket>[], settings: CallHomeSettings): void;
  /** Calls no more. Ends the attempt or the connection, unless the connection is to `stay` until it ends by itself. */
  stop(connection?: "ends" | "stays"): Promise<void>;
  /** Resolves when the device is stopped and its connection is over, or has ended without `reconnect`. Rejects never. */
  readonly ended: Promise<ReconnectState>;
}

/**
 * Calls home, RFC 8071 §4.1: dials one endpoint after the other until one answers, serves that connection, and calls again
 * when it is over. For several managers at once, call it once for each.
 *
 * @throws NetconfError `invalid-argument` for settings that would call without a pause, or an `anchorTime` without `wallClock`
 * @example
 * const device = callHome(
 *   [{ name: "noc", dial }],
 *   async (socket, { signal }) => server.serve((await secure(socket, { signal })).socket, peer),
 *   { random },
 * );
 * device.status().endpoints[0]?.connectedSince;
 */
export function callHome<Socket extends CalledSocket = DuplexSocket>(
  endpoints: readonly CallHomeEndpoint<Socket>[],
  serve: ServeConnection<Socket>,
  options: CallHomeDeviceOptions = {},
): CallHomeDevice<Socket> {
  return new Device(endpoints, serve, options);
}

const DEFAULT_CONNECT_TIMEOUT = 60_000;

/** Milliseconds between two looks at the calendar. */
const CALENDAR_CHECK = 30_000;

class Device<Socket extends CalledSocket> implements CallHomeDevice<Socket> {
  readonly ended: Promise<ReconnectState>;
  #endpoints: readonly CallHomeEndpoint<Socket>[];
  readonly #serve: ServeConnection<Socket>;
  readonly #options: CallHomeDeviceOptions;
  #settings: CallHomeSettings;
  readonly #clock: Clock;
  readonly #policy: ReconnectPolicy;
  #settleEnded: ((state: ReconnectState) => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #attempt: Deadline | undefined;
  #abandoned = false;
  #connection: ServedConnection | undefined;
  #watch: ConnectionWatch | undefined;
  #busy: Promise<void> | undefined;

  constructor(
    endpoints: readonly CallHomeEndpoint<Socket>[],
    serve: ServeConnection<Socket>,
    options: CallHomeDeviceOptions,
  ) {
    checkCallHomeSettings(options, options.wallClock !== undefined);
    this.#endpoints = endpoints;
    this.#serve = serve;
    this.#options = options;
    this.#settings = options;
    this.#clock = options.clock ?? systemClock;
    const now = this.#clock.now();
    this.#policy = new ReconnectPolicy(
      endpoints.map(({ name }) => name),
      options,
      options.random ?? (() => 0.5),
      now,
      (options.wallClock?.() ?? now) - now,
    );
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    this.#step();
  }

  status(): CallHomeDeviceStatus {
    const { state, active } = this.#policy;
    return { state, at: this.#clock.now(), active, endpoints: this.#policy.status() };
  }

  now(): boolean {
    const calls = this.#policy.callNow(this.#clock.now());
    if (calls) this.#step();
    return calls;
  }

  configure(endpoints: readonly CallHomeEndpoint<Socket>[], settings: CallHomeSettings): void {
    checkCallHomeSettings(settings, this.#options.wallClock !== undefined);
    this.#endpoints = endpoints;
    this.#settings = settings;
    this.#policy.reconfigure(
      endpoints.map(({ name }) => name),
      settings,
      this.#clock.now(),
    );
    this.#watch?.configure(settings);
    if (this.#policy.state === "dialing") {
      this.#abandoned = true;
      this.#attempt?.fire(new NetconfError("device-stopped", "the attempt was called off: its settings have changed"));
    } else this.#step();
  }

  async stop(connection: "ends" | "stays" = "ends"): Promise<void> {
    this.#policy.stop(connection);
    this.#step();
    this.#attempt?.fire(new NetconfError("device-stopped", "the device calls home no more"));
    if (connection === "stays" && this.#connection !== undefined) return;
    await this.#connection?.close().catch(() => {});
    await this.#busy;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Starts what is due, or the timer for it. */
  #step(): void {
    const now = this.#clock.now();
    this.#lookAtCalendar(now);
    if (this.#busy === undefined) this.#callWhoIsDue(now);
    // Not before: whoever was told of a jump may have set a timer already.
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { deadline = Number.POSITIVE_INFINITY, state } = this.#policy;
    if (state === "stopped" && this.#busy === undefined) this.#settleEnded?.(state);
    if (state === "stopped" || state === "exhausted") return;
    const check = this.#options.wallClock === undefined ? Number.POSITIVE_INFINITY : now + CALENDAR_CHECK;
    const at = Math.min(deadline, check);
    if (at < Number.POSITIVE_INFINITY) this.#cancelTimer = this.#clock.schedule(at, () => this.#step());
  }

  #callWhoIsDue(now: number): void {
    const index = this.#policy.advance(now);
    const endpoint = index === undefined ? undefined : this.#endpoints[index];
    if (endpoint === undefined) return;
    this.#attempt = new Deadline(this.#clock);
    this.#abandoned = false;
    this.#busy = this.#call(endpoint, this.#attempt);
  }

  #lookAtCalendar(now: number): void {
    const { wallClock } = this.#options;
    const milliseconds = wallClock && this.#policy.setCalendar(now, wallClock() - now);
    if (milliseconds === undefined) return;
    this.#report({ kind: "clock-jumped", milliseconds });
    // What was connected before a sleep is seldom connected after it.
    this.#watch?.probeNow();
  }

  async #call(endpoint: CallHomeEndpoint<Socket>, attempt: Deadline): Promise<void> {
    // Whoever is told may stop us, and then waits for `#busy`.
    await Promise.resolve();
    this.#report({ kind: "dialing", endpoint: endpoint.name });
    const activity: Activity = { watch: undefined };
    try {
      const { connection, remote } = await this.#connect(endpoint, attempt, activity);
      attempt.clear();
      if (attempt.fired) {
        await connection.close();
        throw attempt.signal.reason;
      }
      this.#attempt = undefined;
      this.#connection = connection;
      this.#policy.connected(this.#clock.now());
      this.#report({ kind: "connected", endpoint: endpoint.name, remote });
      const error = await this.#endOf(connection, endpoint.name, activity);
      this.#connection = undefined;
      this.#watch = undefined;
      this.#policy.disconnected(this.#clock.now(), error);
      this.#report({ kind: "closed", endpoint: endpoint.name, error, nextTry: this.#policy.deadline });
    } catch (thrown) {
      attempt.clear();
      this.#attempt = undefined;
      const error = asError(thrown);
      if (this.#abandoned) this.#policy.abandoned(this.#clock.now());
      else this.#policy.failed(this.#clock.now(), error);
      this.#report({ kind: "failed", endpoint: endpoint.name, error, nextTry: this.#policy.deadline });
    }
    this.#busy = undefined;
    this.#step();
  }

  async #connect(
    endpoint: CallHomeEndpoint<Socket>,
    attempt: Deadline,
    activity: Activity,
  ): Promise<{ connection: ServedConnection; remote: string | undefined }> {
    const limit = this.#settings.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT;
    attempt.set(limit, () => {
      return new NetconfError("timeout-connect", `cannot call ${quoted(endpoint.name)}: no session within ${limit} ms`);
    });
    const { signal } = attempt;
    if (attempt.fired) throw signal.reason;
    const dialing = endpoint.dial({ signal });
    dialing.then(
      (late) => attempt.fired && void late.close(),
      () => {},
    );
    const socket = await attempt.race(dialing);
    try {
      if (attempt.fired) throw signal.reason;
      const active = (): void => activity.watch?.active();
      const serving = this.#serve(socket, { endpoint: endpoint.name, signal, active });
      serving.then(
        (late) => attempt.fired && void late.close().catch(() => {}),
        () => {},
      );
      return { connection: await attempt.race(serving), remote: socket.remote };
    } catch (error) {
      await socket.close(asError(error));
      throw error;
    }
  }

  /** The error that ended the connection, or `undefined` for a good end. */
  async #endOf(connection: ServedConnection, endpoint: string, activity: Activity): Promise<Error | undefined> {
    // Closing may wait for a peer that is gone: that must not hold up the next call.
    const close = (): void => void connection.close().catch(() => {});
    const given = new Promise<Error | undefined>((resolve) => {
      activity.watch = new ConnectionWatch(this.#clock, this.#settings, {
        ...(connection.probe && { probe: connection.probe }),
        onIdle: () => {
          this.#report({ kind: "idle", endpoint });
          close();
          resolve(undefined);
        },
        onLost: () => {
          close();
          resolve(new NetconfError("liveness-lost", `${quoted(endpoint)} gives no more signs of life`));
        },
      });
    });
    this.#watch = activity.watch;
    const error = await Promise.race([endOf(connection), given]);
    activity.watch?.stop();
    return error;
  }

  #report(event: DeviceEventWithoutTime): void {
    try {
      this.#options.onEvent?.({ at: this.#clock.now(), ...event });
    } catch {
      // Said in the option: a log that throws must not end the calls.
    }
  }
}

/** Where the signs of activity of one connection go: nowhere until it stands. */
interface Activity {
  watch: ConnectionWatch | undefined;
}

async function endOf(connection: ServedConnection): Promise<Error | undefined> {
  try {
    const reason: unknown = await connection.closed;
    if (typeof reason !== "object" || reason === null || !("error" in reason)) return undefined;
    return reason.error === undefined ? undefined : asError(reason.error);
  } catch (error) {
    return asError(error);
  }
}
