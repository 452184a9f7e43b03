import type { Fleet } from "netconf-kit";
import type { Terminal } from "./terminal.ts";

/** Watches a fleet: one line a second while something changes, and a summary at the end. */
export class FleetProgress {
  readonly #fleet: Fleet;
  readonly #terminal: Terminal;
  readonly #began = performance.now();
  readonly #memoryBefore = process.memoryUsage.rss();
  readonly #timer: NodeJS.Timeout;
  #lastLine = "";
  #mostReady = 0;
  #allReadyAfter: number | undefined;
  #firstReadyAfter: number | undefined;

  constructor(fleet: Fleet, terminal: Terminal) {
    this.#fleet = fleet;
    this.#terminal = terminal;
    let ticks = 0;
    this.#timer = setInterval(() => {
      this.#look();
      if (++ticks % TICKS_PER_LINE === 0) this.#show();
    }, TICK);
  }

  /** Every device has been ready at once. */
  get complete(): boolean {
    return this.#allReadyAfter !== undefined;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#look();
    this.#show();
  }

  /** To be asked before the fleet is stopped. */
  summary(json: boolean): string {
    const { count, started, ready, calls, failures, lastError } = this.#fleet.status();
    const connecting = (this.#allReadyAfter ?? 0) - (this.#firstReadyAfter ?? 0);
    const figures = {
      devices: count,
      started,
      ready,
      mostReady: this.#mostReady,
      calls,
      failures,
      lastError: lastError?.message,
      secondsUntilAllReady: this.#allReadyAfter && rounded(this.#allReadyAfter / 1000),
      readyPerSecond: connecting > 0 ? rounded((count / connecting) * 1000) : undefined,
      bytesPerDevice: Math.max(0, Math.round((process.memoryUsage.rss() - this.#memoryBefore) / Math.max(1, started))),
      seconds: rounded((performance.now() - this.#began) / 1000),
    };
    if (json) return `${JSON.stringify(figures)}\n`;
    const lines = Object.entries(figures).filter(([, value]) => value !== undefined);
    const width = Math.max(...lines.map(([name]) => name.length));
    return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
  }

  #look(): void {
    const { count, ready } = this.#fleet.status();
    const elapsed = performance.now() - this.#began;
    this.#mostReady = Math.max(this.#mostReady, ready);
    if (ready > 0) this.#firstReadyAfter ??= elapsed;
    if (ready === count) this.#allReadyAfter ??= elapsed;
  }

  #show(): void {
    const { count, started, ready, failures, lastError } = this.#fleet.status();
    const line = `${ready} of ${count} ready, ${started - ready} not, ${failures} failures${lastError === undefined ? "" : ` (last: ${lastError.message})`}`;
    if (line !== this.#lastLine) this.#terminal.err(line);
    this.#lastLine = line;
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Milliseconds between two looks. */
const TICK = 50;
const TICKS_PER_LINE = 20;
