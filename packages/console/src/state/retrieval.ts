import {
  type ClientSession,
  capabilityUris,
  type Datastore,
  expectOk,
  get,
  getConfig,
  type XmlElement,
} from "netconf-kit";
import { createStore, type Store } from "./store.ts";

/** What can be asked for: a datastore, or running with the state beside it (`get`). */
export type DataSource = Datastore | "state";

export interface RetrievalState {
  readonly source: DataSource;
  readonly loading: boolean;
  /** `<data>` of the last answer. */
  readonly root?: XmlElement;
  /** How long it took. */
  readonly milliseconds?: number;
  readonly error?: unknown;
}

/** The sources that a device has, by its capabilities (RFC 6241 §8.3, §8.7). */
export function dataSources({ capabilities }: Pick<ClientSession, "capabilities">): readonly DataSource[] {
  const sources: DataSource[] = ["running"];
  if (capabilities.has(capabilityUris.candidate)) sources.push("candidate");
  if (capabilities.has(capabilityUris.startup)) sources.push("startup");
  return [...sources, "state"];
}

/** Configuration and state of one device, the last answer kept. */
export class Retrieval {
  readonly state: Store<RetrievalState> = createStore<RetrievalState>({ source: "running", loading: false });
  readonly #session: ClientSession;
  readonly #now: () => number;

  constructor(session: ClientSession, now: () => number) {
    this.#session = session;
    this.#now = now;
  }

  async load(source: DataSource = this.state.value.source): Promise<void> {
    if (this.state.value.loading) return;
    const { root } = this.state.value;
    this.state.set({ source, loading: true, ...(root === undefined ? {} : { root }) });
    const start = this.#now();
    try {
      const found = expectOk(await this.#session.rpc(source === "state" ? get() : getConfig(source)));
      this.state.set({ source, loading: false, root: found, milliseconds: Math.round(this.#now() - start) });
    } catch (error) {
      this.state.set({ source, loading: false, error });
    }
  }
}
