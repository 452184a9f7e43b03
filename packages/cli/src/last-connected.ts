import type { ConfigStorage } from "netconf-kit";

/** The endpoint of each manager that was connected last, kept over restarts for `--start-with last-connected`. */
export class LastConnected {
  readonly endpoints: Map<string, string>;
  readonly #storage: ConfigStorage | undefined;
  #saved: Promise<void> = Promise.resolve();

  private constructor(endpoints: Map<string, string>, storage: ConfigStorage | undefined) {
    this.endpoints = endpoints;
    this.#storage = storage;
  }

  static async load(storage: ConfigStorage | undefined): Promise<LastConnected> {
    const kept = await storage?.load();
    return new LastConnected(kept === undefined ? new Map() : read(kept), storage);
  }

  /** Settles when everything said so far has been written. What cannot be kept is only a preference: never rejects. */
  get saved(): Promise<void> {
    return this.#saved;
  }

  connected(manager: string, endpoint: string): void {
    if (this.endpoints.get(manager) === endpoint) return;
    this.endpoints.set(manager, endpoint);
    const bytes = new TextEncoder().encode(`${JSON.stringify(Object.fromEntries(this.endpoints))}\n`);
    this.#saved = this.#saved.then(() => this.#storage?.save(bytes)).catch(() => {});
  }
}

/** A file that is damaged says nothing. */
function read(bytes: Uint8Array): Map<string, string> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return new Map();
  }
}
