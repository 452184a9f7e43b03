import { type ClientSession, createSubscription, expectOk, type Notification, serializeXml } from "netconf-kit";
import { createStore, type Store } from "./store.ts";

/** One notification, fit to be shown. */
export interface EventEntry {
  readonly id: number;
  /** As the device wrote it (RFC 5277 §2.2.1). */
  readonly time: string;
  readonly name: string;
  readonly text: string;
}

export interface EventsState {
  readonly status: "off" | "subscribing" | "on" | "over";
  readonly entries: readonly EventEntry[];
  /** How many there were, those that went out of the list included. */
  readonly total: number;
  readonly error?: unknown;
}

/** Events kept; the oldest goes first. */
const MAX_EVENTS = 500;
/** Characters shown of one event. */
const MAX_CHARACTERS = 16 * 1024;

/**
 * The notifications of one device. `openSession` gives the session to subscribe on.
 *
 * @example
 * const events = new LiveEvents(() => secondSession);
 * await events.subscribe("NETCONF");
 */
export class LiveEvents {
  readonly state: Store<EventsState> = createStore<EventsState>({ status: "off", entries: [], total: 0 });
  readonly #openSession: () => Promise<ClientSession>;

  constructor(openSession: () => Promise<ClientSession>) {
    this.#openSession = openSession;
  }

  /** Subscribes to a stream (RFC 5277 §2.1.1); an empty name leaves the choice to the device. */
  async subscribe(stream: string): Promise<void> {
    if (this.state.value.status === "on" || this.state.value.status === "subscribing") return;
    this.state.update(({ entries, total }) => ({ status: "subscribing", entries, total }));
    try {
      const session = await this.#openSession();
      expectOk(await session.rpc(createSubscription(stream === "" ? {} : { stream })));
      this.state.update((state) => ({ ...state, status: "on" }));
      void this.#follow(session);
    } catch (error) {
      this.state.update(({ entries, total }) => ({ status: "off", entries, total, error }));
    }
  }

  clear(): void {
    this.state.update((state) => ({ ...state, entries: [] }));
  }

  async #follow(session: ClientSession): Promise<void> {
    try {
      for await (const notification of session.notifications()) this.#add(notification);
      this.state.update((state) => ({ ...state, status: "over" }));
    } catch (error) {
      this.state.update((state) => ({ ...state, status: "over", error }));
    }
  }

  #add(notification: Notification): void {
    this.state.update((state) => {
      const entry = entryOf(notification, state.total);
      return { ...state, total: state.total + 1, entries: [...state.entries, entry].slice(-MAX_EVENTS) };
    });
  }
}

function entryOf({ eventTime = "", content, kind }: Notification, id: number): EventEntry {
  const text = content.map((each) => serializeXml(each, { indent: 2 })).join("\n");
  const shown = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}\n…` : text;
  return { id, time: eventTime, name: content[0]?.name ?? kind, text: shown };
}
