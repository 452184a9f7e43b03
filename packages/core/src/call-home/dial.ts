import { type Clock, type Dial, type DuplexSocket, systemClock } from "@netconf-kit/socket";
import { asError, NetconfError, quoted } from "../errors.ts";
import { Deadline } from "./deadline.ts";
import { type EndpointStatus, type ReconnectOptions, ReconnectPolicy, type ReconnectState } from "./reconnect.ts";

/** One manager that a device may call. */
export interface CallHomeEndpoint {
  readonly name: string;
  readonly dial: Dial;
}

/** A connection that is being served. A `ServerSession` is one. */
export interface ServedConnection {
  /** Settles when it is over. A value with an `error` counts as an end with that error, as does a rejection. */
  readonly closed: Promise<unknown>;
  close(): Promise<void>;
}

/** Secures a socket and serves it; resolves when the session is open. Has to give up, and close the socket, when `signal` fires. */
export type ServeConnection = (
  socket: DuplexSocket,
  context: { readonly endpoint: string; readonly signal: AbortSignal },
) => Promise<ServedConnection>;

export interface CallHomeDeviceOptions extends ReconnectOptions {
  /** Milliseconds that one attempt may take, from the dial to the open session. Default 60 000. */
  readonly connectTimeout?: number;
  /** Numbers from 0 to below 1, for jitter and `random-selection`. Default: no jitter, and always the middle of the list. */
  readonly random?: () => number;
  readonly clock?: Clock;
  /** Told of everything. What it throws is dropped. */
  readonly onEvent?: (event: CallHomeDeviceEvent) => void;
}

export type CallHomeDeviceEvent = { readonly at: number; readonly endpoint: string } & (
  | { readonly kind: "dialing" }
  | { readonly kind: "connected"; readonly remote: string | undefined }
  | { readonly kind: "failed"; readonly error: Error; readonly nextTry: number | undefined }
  | { readonly kind: "closed"; readonly error: Error | undefined; readonly nextTry: number | undefined }
);

/** A device that keeps a connection to one of its managers. */
export interface CallHomeDevice extends AsyncDisposable {
  status(): { readonly state: ReconnectState; readonly endpoints: readonly EndpointStatus[] };
  /** Calls at once instead of waiting, also after all attempts were used up. False when a connection or an attempt is under way. */
  now(): boolean;
  /** Ends the attempt or the connection, and calls no more. */
  stop(): Promise<void>;
  /** Resolves when the device is stopped, or its connection has ended without `reconnect`. Rejects never. */
  readonly ended: Promise<ReconnectState>;
}

/**
 * Calls home, RFC 8071 §4.1: dials one endpoint after the other until one answers, serves that connection, and calls again
 * when it is over. For several managers at once, call it once for each.
 *
 * @example
 * const device = callHome([{ name: "noc", dial }], async (socket) => server.serve((await secure(socket)).socket, peer), { random });
 * device.status().endpoints[0]?.connectedSince;
 */
export function callHome(
  endpoints: readonly CallHomeEndpoint[],
  serve: ServeConnection,
  options: CallHomeDeviceOptions = {},
): CallHomeDevice {
  return new Device(endpoints, serve, options);
}

const DEFAULT_CONNECT_TIMEOUT = 60_000;

class Device implements CallHomeDevice {
  readonly ended: Promise<ReconnectState>;
  readonly #endpoints: readonly CallHomeEndpoint[];
  readonly #serve: ServeConnection;
  readonly #options: CallHomeDeviceOptions;
  readonly #clock: Clock;
  readonly #policy: ReconnectPolicy;
  #settleEnded: ((state: ReconnectState) => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #attempt: Deadline | undefined;
  #connection: ServedConnection | undefined;
  #busy: Promise<void> | undefined;

  constructor(endpoints: readonly CallHomeEndpoint[], serve: ServeConnection, options: CallHomeDeviceOptions) {
    this.#endpoints = endpoints;
    this.#serve = serve;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const names = endpoints.map((endpoint) => endpoint.name);
    this.#policy = new ReconnectPolicy(names, options, options.random ?? (() => 0.5), this.#clock.now());
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    this.#step();
  }

  status(): { readonly state: ReconnectState; readonly endpoints: readonly EndpointStatus[] } {
    return { state: this.#policy.state, endpoints: this.#policy.status() };
  }

  now(): boolean {
    const calls = this.#policy.callNow(this.#clock.now());
    if (calls) this.#step();
    return calls;
  }

  async stop(): Promise<void> {
    this.#policy.stop();
    this.#cancelTimer?.();
    this.#attempt?.fire(new NetconfError("device-stopped", "the device calls home no more"));
    await this.#connection?.close().catch(() => {});
    await this.#busy;
    this.#settleEnded?.("stopped");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Starts what is due, or the timer for it. */
  #step(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const index = this.#policy.advance(this.#clock.now());
    const endpoint = index === undefined ? undefined : this.#endpoints[index];
    if (endpoint !== undefined) {
      this.#busy = this.#call(endpoint);
      return;
    }
    const { deadline, state } = this.#policy;
    if (deadline !== undefined) this.#cancelTimer = this.#clock.schedule(deadline, () => this.#step());
    else if (state === "stopped") this.#settleEnded?.(state);
  }

  async #call(endpoint: CallHomeEndpoint): Promise<void> {
    this.#report({ kind: "dialing", endpoint: endpoint.name });
    const attempt = new Deadline(this.#clock);
    this.#attempt = attempt;
    try {
      const { connection, remote } = await this.#connect(endpoint, attempt);
      attempt.clear();
      if (attempt.fired) {
        await connection.close();
        throw attempt.signal.reason;
      }
      this.#connection = connection;
      this.#policy.connected(this.#clock.now());
      this.#report({ kind: "connected", endpoint: endpoint.name, remote });
      const error = await endOf(connection);
      this.#connection = undefined;
      this.#policy.disconnected(this.#clock.now(), error);
      this.#report({ kind: "closed", endpoint: endpoint.name, error, nextTry: this.#policy.deadline });
    } catch (thrown) {
      attempt.clear();
      const error = asError(thrown);
      this.#policy.failed(this.#clock.now(), error);
      this.#report({ kind: "failed", endpoint: endpoint.name, error, nextTry: this.#policy.deadline });
    }
    this.#attempt = undefined;
    this.#busy = undefined;
    this.#step();
  }

  async #connect(
    endpoint: CallHomeEndpoint,
    attempt: Deadline,
  ): Promise<{ connection: ServedConnection; remote: string | undefined }> {
    const limit = this.#options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT;
    attempt.set(limit, () => {
      return new NetconfError("timeout-connect", `cannot call ${quoted(endpoint.name)}: no session within ${limit} ms`);
    });
    const { signal } = attempt;
    const dialing = endpoint.dial({ signal });
    dialing.then(
      (late) => attempt.fired && void late.close(),
      () => {},
    );
    const socket = await attempt.race(dialing);
    try {
      const serving = this.#serve(socket, { endpoint: endpoint.name, signal });
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

  #report(event: DistributiveOmit<CallHomeDeviceEvent, "at">): void {
    try {
      this.#options.onEvent?.({ at: this.#clock.now(), ...event });
    } catch {
      // Said in the option: a log that throws must not end the calls.
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** The error that ended a connection, or `undefined` for a good end. */
async function endOf(connection: ServedConnection): Promise<Error | undefined> {
  try {
    const reason: unknown = await connection.closed;
    if (typeof reason !== "object" || reason === null || !("error" in reason)) return undefined;
    return reason.error === undefined ? undefined : asError(reason.error);
  } catch (error) {
    return asError(error);
  }
}
