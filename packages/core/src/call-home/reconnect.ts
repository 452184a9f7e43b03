/**
 * When a device calls which endpoint of one manager: a machine in time, without sockets or timers.
 *
 *   waiting ──time──▶ dialing ──connected()──▶ connected ──disconnected()──▶ waiting | stopped
 *      ▲                 └──failed()──┐
 *      └──────────────────────────────┴──▶ exhausted, when the rounds are used up
 *
 * After `maxAttempts` failures at one endpoint comes the next one in the list, round robin; which endpoint is first is the
 * strategy's choice, made anew after each connection. A periodic connection is called at whole periods from its anchor: when
 * one is over, however it ended, or its rounds are used up, the next period is waited for.
 */
import { nextPeriod } from "./next-period.ts";

/** The reconnect strategy of a device. */
export interface ReconnectOptions {
  /** Default `first-listed`. */
  readonly startWith?: "first-listed" | "last-connected" | "random-selection";
  /** The endpoint connected last before a restart, for `last-connected`. */
  readonly lastConnected?: string;
  /** Attempts at one endpoint before the next has its turn. Default 3. */
  readonly maxAttempts?: number;
  /** Times through the whole list before giving up. Default `Infinity`. */
  readonly maxRounds?: number;
  /** Milliseconds between two attempts, the first time. Default 5000. */
  readonly retryInterval?: number;
  /** The interval grows by this after each failure in a row. Default 2; 1 keeps it constant. */
  readonly backoff?: number;
  /** Milliseconds that the interval grows to at most, jitter aside. Default 300 000. */
  readonly maxRetryInterval?: number;
  /** Part of the interval that is left to chance, 0 to 1: 0.2 gives 80 % to 120 %. Default 0.2. */
  readonly jitter?: number;
  /** Calls again after a connection has ended. Default true. */
  readonly reconnect?: boolean;
  /** Milliseconds from one call to the next (a periodic connection). Default: persistent, the next call follows at once. */
  readonly period?: number;
  /** Calls are whole periods away from this moment, in milliseconds since 1970. Default: when the calls began. */
  readonly anchorTime?: number;
  /** A persistent connection has to last this many milliseconds to count as a success that resets the interval. Default 10 000. */
  readonly stableAfter?: number;
}

/** What a device does between and during its calls. */
export type ReconnectState = "waiting" | "dialing" | "connected" | "exhausted" | "stopped";

/** What is known of one endpoint. Times are milliseconds of the caller's clock. */
export interface EndpointStatus {
  readonly name: string;
  /** Failures since the last success. */
  readonly failures: number;
  readonly lastError: Error | undefined;
  readonly connectedSince: number | undefined;
  readonly lastConnected: number | undefined;
  /** When it is called next, if it is next. */
  readonly nextTry: number | undefined;
}

interface Endpoint {
  readonly name: string;
  failures: number;
  lastError: Error | undefined;
  connectedSince: number | undefined;
  lastConnected: number | undefined;
}

type Settings = Required<Omit<ReconnectOptions, "period" | "anchorTime" | "lastConnected">> &
  Pick<ReconnectOptions, "period" | "anchorTime" | "lastConnected">;

/** Milliseconds. A calendar that is kept by NTP makes smaller steps. */
const JUMP = 10_000;

/** More doublings than this change nothing, and their product would no longer be a number. */
const MAX_GROWTHS = 64;

/**
 * Decides which endpoint is next and when, without a timer of its own.
 *
 * @example
 * const policy = new ReconnectPolicy(["noc", "backup"], {}, random, clock.now());
 */
export class ReconnectPolicy {
  readonly #random: () => number;
  readonly #startedAt: number;
  #endpoints: readonly Endpoint[] = [];
  #options: Settings;
  #state: ReconnectState = "waiting";
  #current = 0;
  /** What is dialed or connected; `reconfigure` may have taken it off the list. */
  #active: Endpoint | undefined;
  /** Attempts at the current endpoint in its present turn. */
  #attempts = 0;
  #turns = 0;
  #failuresInRow = 0;
  #nextAt: number;
  /** The wait is for a period, and no retry. */
  #periodDue = false;
  #wallOffset: number;

  /**
   * @param random gives numbers from 0 to below 1
   * @param wallOffset milliseconds since 1970 at time 0 of the caller's clock, for `anchorTime`
   */
  constructor(
    names: readonly string[],
    options: ReconnectOptions,
    random: () => number,
    now: number,
    wallOffset: number = 0,
  ) {
    this.#random = random;
    this.#startedAt = now + wallOffset;
    this.#wallOffset = wallOffset;
    this.#nextAt = now;
    this.#options = resolve(options);
    this.reconfigure(names, options, now);
  }

  get state(): ReconnectState {
    return this.#state;
  }

  /** The endpoint that is dialed or connected. */
  get active(): string | undefined {
    return this.#active?.name;
  }

  /** When `advance()` has something to do. */
  get deadline(): number | undefined {
    return this.#state === "waiting" ? this.#nextAt : undefined;
  }

  /** The endpoint to be called now: its place in the list. The caller then says `connected` or `failed`. */
  advance(now: number): number | undefined {
    if (this.#state !== "waiting" || now < this.#nextAt) return undefined;
    this.#state = "dialing";
    this.#active = this.#endpoints[this.#current];
    this.#attempts++;
    return this.#current;
  }

  connected(now: number): void {
    if (this.#state !== "dialing") return;
    this.#state = "connected";
    const endpoint = this.#activeEndpoint();
    endpoint.connectedSince = now;
    endpoint.lastConnected = now;
    endpoint.failures = 0;
    endpoint.lastError = undefined;
  }

  failed(now: number, error: Error): void {
    if (this.#state !== "dialing") return;
    const endpoint = this.#activeEndpoint();
    this.#active = undefined;
    endpoint.failures++;
    endpoint.lastError = error;
    this.#failuresInRow++;
    if (this.#attempts < this.#options.maxAttempts || this.#nextTurn()) this.#wait(now + this.#interval());
    else if (this.#options.period !== undefined) this.#begin(now, "after");
    else this.#state = "exhausted";
  }

  /** The attempt was called off for no fault of the endpoint: begins anew. */
  abandoned(now: number): void {
    if (this.#state !== "dialing") return;
    this.#active = undefined;
    this.#begin(now, "from");
    this.#wait(now);
  }

  /** The connection is over, whoever ended it. */
  disconnected(now: number, error: Error | undefined): void {
    const endpoint = this.#active;
    if (endpoint?.connectedSince === undefined) return;
    const since = endpoint.connectedSince;
    endpoint.connectedSince = undefined;
    endpoint.lastError = error;
    this.#active = undefined;
    if (this.#state !== "connected") return;
    if (!this.#options.reconnect) {
      this.#state = "stopped";
      return;
    }
    // A peer that hangs up at once must not be called in a tight loop.
    const stable = this.#options.period !== undefined || now - since >= this.#options.stableAfter;
    const failures = stable ? 0 : this.#failuresInRow + 1;
    this.#begin(now, "after", endpoint);
    this.#failuresInRow = failures;
    if (!stable && this.#endpoints.length > 0) this.#wait(now + this.#interval());
  }

  /** Skips the wait, also after `exhausted`. False when there is nothing to skip. */
  callNow(now: number): boolean {
    if (this.#state === "exhausted" && this.#endpoints.length > 0) this.#begin(now, "from");
    else if (this.#state !== "waiting") return false;
    this.#wait(now);
    return true;
  }

  /**
   * Other endpoints and other rules. What is being dialed or connected stays, even when it is no longer listed; a wait is
   * over, and the first endpoint of the new list is next. What is known of endpoints with the same name is kept.
   */
  reconfigure(names: readonly string[], options: ReconnectOptions, now: number): void {
    const known = new Map(
      [...this.#endpoints, ...(this.#active ? [this.#active] : [])].map((each) => [each.name, each]),
    );
    this.#endpoints = names.map((name) => known.get(name) ?? unknownEndpoint(name));
    this.#options = resolve(options);
    this.#current = Math.max(0, names.indexOf(this.#active?.name ?? ""));
    if (this.#state === "waiting" || this.#state === "exhausted") this.#begin(now, "from");
  }

  /**
   * Where the calendar stands now. Whoever sets it, or puts the machine to sleep, makes it jump against the caller's clock: a
   * period that was missed is due at once, and so is a retry when time went forward, for the network may be another one.
   *
   * @returns milliseconds of a jump, below 0 for one back; `undefined` for the small steps of a well-kept calendar
   */
  setCalendar(now: number, wallOffset: number): number | undefined {
    const step = wallOffset - this.#wallOffset;
    this.#wallOffset = wallOffset;
    if (this.#state === "waiting" && this.#periodDue) {
      const due = this.#nextAt - step;
      // Set back, the calendar may be years from the moment that was awaited.
      if (due > now + (this.#options.period ?? 0)) this.#waitForPeriod(now, "after");
      else this.#nextAt = Math.max(now, due);
    } else if (this.#state === "waiting" && step >= JUMP) this.callNow(now);
    return Math.abs(step) >= JUMP ? step : undefined;
  }

  /** No more calls. A connection may stay: it is over with `disconnected`. */
  stop(connection: "ends" | "stays" = "ends"): void {
    this.#state = "stopped";
    if (connection === "stays" && this.#active?.connectedSince !== undefined) return;
    for (const endpoint of this.#endpoints) endpoint.connectedSince = undefined;
    this.#active = undefined;
  }

  status(): readonly EndpointStatus[] {
    return this.#endpoints.map((endpoint, index) => ({
      ...endpoint,
      nextTry: this.#state === "waiting" && index === this.#current ? this.#nextAt : undefined,
    }));
  }

  #activeEndpoint(): Endpoint {
    // advance() has set it on the way to "dialing"; an empty list never leaves "exhausted".
    if (this.#active === undefined) throw new Error("cannot happen: no endpoint");
    return this.#active;
  }

  /** Starts with the strategy's endpoint, at once or in the period that comes `from` or `after` now. */
  #begin(now: number, which: "from" | "after", last?: Endpoint): void {
    this.#attempts = 0;
    this.#turns = 0;
    this.#failuresInRow = 0;
    this.#current = this.#first(last);
    if (this.#endpoints.length === 0) this.#state = "exhausted";
    else if (this.#options.period === undefined) this.#wait(now);
    else this.#waitForPeriod(now, which);
  }

  #wait(at: number): void {
    this.#state = "waiting";
    this.#periodDue = false;
    this.#nextAt = at;
  }

  #waitForPeriod(now: number, which: "from" | "after"): void {
    const { period = 0, anchorTime = this.#startedAt } = this.#options;
    this.#wait(nextPeriod(now, { period, anchor: anchorTime - this.#wallOffset, which }));
    this.#periodDue = true;
  }

  #nextTurn(): boolean {
    this.#attempts = 0;
    this.#turns++;
    this.#current = (this.#current + 1) % this.#endpoints.length;
    return this.#turns < this.#options.maxRounds * this.#endpoints.length;
  }

  #first(last?: Endpoint): number {
    const count = this.#endpoints.length;
    switch (this.#options.startWith) {
      case "first-listed":
        return 0;
      case "last-connected":
        return Math.max(0, this.#indexOf(last?.name ?? this.#lastConnected()));
      case "random-selection":
        return Math.min(Math.floor(this.#random() * count), Math.max(0, count - 1));
    }
  }

  #lastConnected(): string | undefined {
    const met = this.#endpoints.filter(({ lastConnected }) => lastConnected !== undefined);
    met.sort((a, b) => (b.lastConnected ?? 0) - (a.lastConnected ?? 0));
    return met[0]?.name ?? this.#options.lastConnected;
  }

  #indexOf(name: string | undefined): number {
    return this.#endpoints.findIndex((endpoint) => endpoint.name === name);
  }

  #interval(): number {
    const { retryInterval, backoff, maxRetryInterval, jitter } = this.#options;
    const growths = Math.min(Math.max(0, this.#failuresInRow - 1), MAX_GROWTHS);
    const grown = Math.min(retryInterval * backoff ** growths, maxRetryInterval);
    return grown * (1 + jitter * (2 * this.#random() - 1));
  }
}

function unknownEndpoint(name: string): Endpoint {
  return { name, failures: 0, lastError: undefined, connectedSince: undefined, lastConnected: undefined };
}

function resolve({ period, anchorTime, lastConnected, ...options }: ReconnectOptions): Settings {
  return {
    startWith: options.startWith ?? "first-listed",
    maxAttempts: options.maxAttempts ?? 3,
    maxRounds: options.maxRounds ?? Number.POSITIVE_INFINITY,
    retryInterval: options.retryInterval ?? 5000,
    backoff: options.backoff ?? 2,
    maxRetryInterval: options.maxRetryInterval ?? 300_000,
    jitter: options.jitter ?? 0.2,
    reconnect: options.reconnect ?? true,
    stableAfter: options.stableAfter ?? 10_000,
    ...(period !== undefined && { period }),
    ...(anchorTime !== undefined && { anchorTime }),
    ...(lastConnected !== undefined && { lastConnected }),
  };
}
