/**
 * When a device calls which endpoint: a machine in time, without sockets or timers.
 *
 *   waiting ──time──▶ dialing ──connected()──▶ connected ──disconnected()──▶ waiting | stopped
 *      ▲                 └──failed()──┐
 *      └──────────────────────────────┴──▶ exhausted, when the rounds are used up
 *
 * After `maxAttempts` failures at one endpoint comes the next one in the list, round robin; which endpoint is first is the
 * strategy's choice, made anew after each connection.
 */
export interface ReconnectOptions {
  /** Default `first-listed`. */
  readonly startWith?: "first-listed" | "last-connected" | "random-selection";
  /** Attempts at one endpoint before the next has its turn. Default 3. */
  readonly maxAttempts?: number;
  /** Times through the whole list before giving up. Default `Infinity`. */
  readonly maxRounds?: number;
  /** Milliseconds between two attempts, the first time. Default 5000. */
  readonly retryInterval?: number;
  /** The interval grows by this after each failure in a row. Default 2; 1 keeps it constant. */
  readonly backoff?: number;
  /** Milliseconds that the interval grows to at most. Default 300 000. */
  readonly maxRetryInterval?: number;
  /** Part of the interval that is left to chance, 0 to 1: 0.2 gives 80 % to 120 %. Default 0.2. */
  readonly jitter?: number;
  /** Calls again after a connection has ended. Default true. */
  readonly reconnect?: boolean;
  /** Milliseconds from one connection's start to the next call (a periodic connection). Without it the call follows at once. */
  readonly period?: number;
  /** A connection has to last this many milliseconds to count as a success that resets the interval. Default 10 000. */
  readonly stableAfter?: number;
}

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

export class ReconnectPolicy {
  readonly #endpoints: readonly Endpoint[];
  readonly #options: Required<Omit<ReconnectOptions, "period">> & { readonly period: number | undefined };
  readonly #random: () => number;
  #state: ReconnectState = "waiting";
  #current: number;
  /** Attempts at the current endpoint in its present turn. */
  #attempts = 0;
  #turns = 0;
  #failuresInRow = 0;
  #nextAt: number;

  /** `random` gives numbers from 0 to below 1. */
  constructor(names: readonly string[], options: ReconnectOptions, random: () => number, now: number) {
    this.#endpoints = names.map((name) => ({
      name,
      failures: 0,
      lastError: undefined,
      connectedSince: undefined,
      lastConnected: undefined,
    }));
    this.#options = resolve(options);
    this.#random = random;
    this.#nextAt = now;
    this.#current = this.#first();
    if (names.length === 0) this.#state = "exhausted";
  }

  get state(): ReconnectState {
    return this.#state;
  }

  /** When `advance()` has something to do. */
  get deadline(): number | undefined {
    return this.#state === "waiting" ? this.#nextAt : undefined;
  }

  /** The endpoint to be called now: its place in the list. The caller then says `connected` or `failed`. */
  advance(now: number): number | undefined {
    if (this.#state !== "waiting" || now < this.#nextAt) return undefined;
    this.#state = "dialing";
    this.#attempts++;
    return this.#current;
  }

  connected(now: number): void {
    if (this.#state !== "dialing") return;
    this.#state = "connected";
    const endpoint = this.#endpoint();
    endpoint.connectedSince = now;
    endpoint.lastConnected = now;
    endpoint.failures = 0;
    endpoint.lastError = undefined;
  }

  failed(now: number, error: Error): void {
    if (this.#state !== "dialing") return;
    const endpoint = this.#endpoint();
    endpoint.failures++;
    endpoint.lastError = error;
    this.#failuresInRow++;
    if (this.#attempts >= this.#options.maxAttempts && !this.#nextTurn()) {
      this.#state = "exhausted";
      return;
    }
    this.#wait(now + this.#interval());
  }

  /** The connection is over, whoever ended it. */
  disconnected(now: number, error: Error | undefined): void {
    if (this.#state !== "connected") return;
    const endpoint = this.#endpoint();
    const since = endpoint.connectedSince ?? now;
    endpoint.connectedSince = undefined;
    endpoint.lastError = error;
    if (!this.#options.reconnect) {
      this.#state = "stopped";
      return;
    }
    // A peer that hangs up at once must not be called in a tight loop.
    const stable = now - since >= this.#options.stableAfter;
    this.#failuresInRow = stable ? 0 : this.#failuresInRow + 1;
    this.#attempts = 0;
    this.#turns = 0;
    this.#current = this.#first(this.#current);
    const { period } = this.#options;
    const soon = stable ? now : now + this.#interval();
    this.#wait(period === undefined ? soon : Math.max(soon, since + period));
  }

  /** Skips the wait, also after `exhausted`. False when there is nothing to skip. */
  callNow(now: number): boolean {
    if (this.#state === "exhausted" && this.#endpoints.length > 0) {
      this.#turns = 0;
      this.#attempts = 0;
      this.#failuresInRow = 0;
      this.#current = this.#first();
    } else if (this.#state !== "waiting") return false;
    this.#wait(now);
    return true;
  }

  stop(): void {
    this.#state = "stopped";
    for (const endpoint of this.#endpoints) endpoint.connectedSince = undefined;
  }

  status(): readonly EndpointStatus[] {
    return this.#endpoints.map((endpoint, index) => ({
      ...endpoint,
      nextTry: this.#state === "waiting" && index === this.#current ? this.#nextAt : undefined,
    }));
  }

  #endpoint(): Endpoint {
    const endpoint = this.#endpoints[this.#current];
    // #current is always a place in the list; an empty list never leaves "exhausted".
    if (endpoint === undefined) throw new Error("cannot happen: no endpoint");
    return endpoint;
  }

  #wait(at: number): void {
    this.#state = "waiting";
    this.#nextAt = at;
  }

  #nextTurn(): boolean {
    this.#attempts = 0;
    this.#turns++;
    this.#current = (this.#current + 1) % this.#endpoints.length;
    return this.#turns < this.#options.maxRounds * this.#endpoints.length;
  }

  #first(last?: number): number {
    switch (this.#options.startWith) {
      case "first-listed":
        return 0;
      case "last-connected":
        return last ?? 0;
      case "random-selection":
        return Math.min(Math.floor(this.#random() * this.#endpoints.length), Math.max(0, this.#endpoints.length - 1));
    }
  }

  #interval(): number {
    const { retryInterval, backoff, maxRetryInterval, jitter } = this.#options;
    const grown = Math.min(retryInterval * backoff ** Math.max(0, this.#failuresInRow - 1), maxRetryInterval);
    return grown * (1 + jitter * (2 * this.#random() - 1));
  }
}

function resolve(
  options: ReconnectOptions,
): Required<Omit<ReconnectOptions, "period">> & { period: number | undefined } {
  return {
    startWith: options.startWith ?? "first-listed",
    maxAttempts: options.maxAttempts ?? 3,
    maxRounds: options.maxRounds ?? Number.POSITIVE_INFINITY,
    retryInterval: options.retryInterval ?? 5000,
    backoff: options.backoff ?? 2,
    maxRetryInterval: options.maxRetryInterval ?? 300_000,
    jitter: options.jitter ?? 0.2,
    reconnect: options.reconnect ?? true,
    period: options.period,
    stableAfter: options.stableAfter ?? 10_000,
  };
}
