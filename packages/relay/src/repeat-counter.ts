import { type Clock, sourceOf } from "@netconf-kit/socket";
import type { RelayEvent } from "./events.ts";

/** Events that strangers can cause as fast as they can connect. */
export type RepeatedEvent = Extract<RelayEvent, { kind: "refused" | "device-dropped" }>;

export interface RepeatCounterOptions {
  /** Milliseconds between two events about one reason and one source. */
  readonly interval: number;
  readonly clock: Clock;
  readonly onEvent: (event: RepeatedEvent) => void;
}

/** Reasons and sources that are told apart; of more sources only the reasons are. */
const MAX_KEYS = 1024;

interface Entry {
  since: number;
  /** The last one that was not told, and how many there are. */
  held: RepeatedEvent | undefined;
  count: number;
}

/**
 * Tells the first refusal of a reason and source at once, and those that follow once an interval, as the last of them with their
 * number: a flood of strangers is no flood of log lines.
 */
export class RepeatCounter {
  readonly #options: RepeatCounterOptions;
  readonly #entries: Map<string, Entry> = new Map();
  #cancel: (() => void) | undefined;

  constructor(options: RepeatCounterOptions) {
    this.#options = options;
  }

  add(event: RepeatedEvent): void {
    const { clock, onEvent } = this.#options;
    const exact = `${reasonOf(event)} ${sourceOf(event.kind === "refused" ? event.client : event.device)}`;
    const key = this.#entries.has(exact) || this.#entries.size < MAX_KEYS ? exact : reasonOf(event);
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#entries.set(key, { since: clock.now(), held: undefined, count: 0 });
      this.#cancel ??= this.#tick();
      onEvent(event);
    } else {
      entry.held = event;
      entry.count++;
    }
  }

  /** Tells what it holds, and forgets everything. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const entry of this.#entries.values()) this.#tell(entry);
    this.#entries.clear();
  }

  #tick(): () => void {
    const { clock, interval } = this.#options;
    return clock.schedule(clock.now() + interval, () => {
      const now = clock.now();
      for (const [key, entry] of this.#entries) {
        if (now - entry.since < interval) continue;
        if (entry.held === undefined) this.#entries.delete(key);
        this.#tell(entry);
        entry.since = now;
      }
      this.#cancel = this.#entries.size === 0 ? undefined : this.#tick();
    });
  }

  #tell(entry: Entry): void {
    const { held, count } = entry;
    entry.held = undefined;
    entry.count = 0;
    if (held !== undefined) this.#options.onEvent(count === 1 ? held : { ...held, count });
  }
}

function reasonOf(event: RepeatedEvent): string {
  return event.kind === "refused" ? `refused ${event.error.code}` : `dropped ${event.reason}`;
}
