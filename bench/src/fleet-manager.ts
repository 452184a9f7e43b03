import { type CallHomeEvent, type CallHomeManager, expectOk, getConfig } from "netconf-kit";
import { type LoopDelay, LoopWatch, ReadyCount, type ReadyFigures } from "./fleet-figures.ts";

/** What all devices have done once. */
export interface EachFigures {
  readonly sessions: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly loop: LoopDelay;
}

/** The manager of the fleet bench: counts who is ready, and how long that took. */
export class FleetManager {
  readonly #manager: CallHomeManager<unknown>;
  readonly #rejected = new Map<string, number>();
  #waiting: ReadyCount;

  /** @param listen starts the manager that is measured, and gives its events away */
  constructor(count: number, listen: (onEvent: (event: CallHomeEvent) => void) => CallHomeManager<unknown>) {
    this.#waiting = new ReadyCount(count);
    this.#manager = listen((event) => this.#see(event));
  }

  /** Connections that came to nothing, by what was wrong with them. */
  get rejected(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#rejected);
  }

  /** Counts anew, for so many more. */
  expect(devices: number): void {
    this.#waiting = new ReadyCount(devices);
  }

  /** Resolves when as many as expected have become ready. */
  allReady(): Promise<ReadyFigures> {
    return this.#waiting.figures;
  }

  /** One get-config on every session, all at once. */
  async rpcEach(): Promise<EachFigures> {
    const loop = new LoopWatch();
    const began = performance.now();
    const sessions = this.#manager.connected();
    await Promise.all(sessions.map(async ({ session }) => expectOk(await session.rpc(getConfig("running")))));
    const seconds = (performance.now() - began) / 1000;
    return { sessions: sessions.length, seconds, perSecond: sessions.length / seconds, loop: await loop.take() };
  }

  #see(event: CallHomeEvent): void {
    if (event.kind === "connected") this.#waiting.arrived();
    else if (event.kind === "ready") this.#waiting.ready();
    else if (event.kind === "rejected") {
      const why = "code" in event.error ? `${event.reason} (${event.error.code})` : event.reason;
      this.#rejected.set(why, (this.#rejected.get(why) ?? 0) + 1);
    }
  }
}
