import type { Clock } from "@netconf-kit/socket";

export interface WatchOptions {
  /** Milliseconds without activity after which the connection is ended as idle; 0 for never. */
  readonly idleTimeout?: number;
  /** How a connection that has a `probe` is asked for a sign of life. */
  readonly liveness?: LivenessOptions;
}

/** How a device finds out that its manager is gone. */
export interface LivenessOptions {
  /** Milliseconds of silence before a question, and between two of them. */
  readonly interval: number;
  /** Questions without an answer before the connection counts as lost. Default 3. */
  readonly maxAttempts?: number;
}

export interface WatchedConnection {
  /** Resolves when the peer has given a sign of life. */
  readonly probe?: () => Promise<unknown>;
  readonly onIdle: () => void;
  readonly onLost: () => void;
}

const DEFAULT_MAX_ATTEMPTS = 3;

/** Finds out that a connection has nothing more to do, or has silently died, as behind a NAT that forgot it. */
export class ConnectionWatch {
  readonly #clock: Clock;
  readonly #connection: WatchedConnection;
  #options: WatchOptions;
  #activeAt: number;
  #heardAt: number;
  #asked = 0;
  #cancelTimer: (() => void) | undefined;
  #over = false;

  constructor(clock: Clock, options: WatchOptions, connection: WatchedConnection) {
    this.#clock = clock;
    this.#options = options;
    this.#connection = connection;
    this.#activeAt = clock.now();
    this.#heardAt = this.#activeAt;
    this.#arm();
  }

  /** Something went over the connection. */
  active(): void {
    this.#activeAt = this.#clock.now();
    this.#heard();
  }

  configure(options: WatchOptions): void {
    this.#options = options;
    this.#arm();
  }

  /** Asks at once: there is reason to doubt. */
  probeNow(): void {
    if (this.#over) return;
    // Not later: a question that is open keeps its time.
    this.#heardAt = Math.min(this.#heardAt, this.#clock.now() - (this.#options.liveness?.interval ?? 0));
    this.#arm();
  }

  stop(): void {
    this.#over = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #heard(): void {
    this.#heardAt = this.#clock.now();
    this.#asked = 0;
  }

  get #idleAt(): number {
    const { idleTimeout = 0 } = this.#options;
    return idleTimeout > 0 ? this.#activeAt + idleTimeout : Number.POSITIVE_INFINITY;
  }

  get #probeAt(): number {
    const { liveness } = this.#options;
    if (liveness === undefined || this.#connection.probe === undefined) return Number.POSITIVE_INFINITY;
    return this.#heardAt + liveness.interval * (this.#asked + 1);
  }

  /** Activity only moves the deadlines: the timer finds that out when it fires, so that busy connections set none. */
  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const at = Math.min(this.#idleAt, this.#probeAt);
    if (!this.#over && at < Number.POSITIVE_INFINITY) this.#cancelTimer = this.#clock.schedule(at, () => this.#look());
  }

  #look(): void {
    const now = this.#clock.now();
    if (now >= this.#idleAt) {
      this.stop();
      this.#connection.onIdle();
      return;
    }
    if (now >= this.#probeAt) {
      if (this.#asked >= (this.#options.liveness?.maxAttempts ?? DEFAULT_MAX_ATTEMPTS)) {
        this.stop();
        this.#connection.onLost();
        return;
      }
      this.#ask(now);
    }
    this.#arm();
  }

  #ask(now: number): void {
    // A timer that came late must not shorten the time for the answer.
    this.#heardAt = now - (this.#options.liveness?.interval ?? 0) * (this.#asked + 1);
    this.#asked++;
    this.#connection.probe?.().then(
      () => this.#heard(),
      () => {}, // no answer; the connection's own end is told elsewhere
    );
  }
}
