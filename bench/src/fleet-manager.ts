import { listenTcp } from "@netconf-kit/node-adapter";
import {
  type CallHomeManager,
  type CryptoProvider,
  expectOk,
  fingerprintSha256,
  getConfig,
  listenCallHome,
  simulatedHostKey,
} from "netconf-kit";
import { type LoopDelay, LoopWatch, ReadyCount, type ReadyFigures } from "./fleet-figures.ts";
import { benchKey, USER_SEED } from "./ssh-keys.ts";

/** The manager of the fleet bench: knows every device by its key, and counts. */
export class FleetManager {
  readonly #options: { readonly count: number; readonly seed: string; readonly provider: CryptoProvider };
  #manager: CallHomeManager<unknown> | undefined;
  #waiting: ReadyCount;
  #rejected = new Map<string, number>();

  constructor(options: { readonly count: number; readonly seed: string; readonly provider: CryptoProvider }) {
    this.#options = options;
    this.#waiting = new ReadyCount(options.count);
  }

  /** @returns the port */
  async listen(): Promise<number> {
    const { count, seed, provider } = this.#options;
    const user = benchKey(USER_SEED, { provider });
    const credentials = { username: "ops", authentication: [{ method: "publickey", key: user }] } as const;
    // A whole fleet behind one address: what is otherwise the mark of a flood.
    const listener = await listenTcp({ maxWaiting: count });
    this.#manager = listenCallHome({
      listeners: listener,
      devices: Array.from({ length: count }, (_, index) => ({
        name: `device-${index + 1}`,
        fingerprints: [fingerprintSha256(simulatedHostKey(seed, index, provider).publicBlob)],
        credentials,
      })),
      maxSessions: count * 2,
      admission: { maxPendingPerSource: count, failuresPerSource: { burst: count, perSecond: count } },
      ssh: { provider },
      onSession: () => {},
      ...(process.env.MAXC ? { maxConnecting: Number(process.env.MAXC) } : {}),
      onEvent: (event) => {
        if (event.kind === "connected") this.#waiting.arrived();
        else if (event.kind === "ready") this.#waiting.ready();
        else if (event.kind === "rejected") {
          const key = `${event.reason}: ${event.error.message}`;
          this.#rejected.set(key, (this.#rejected.get(key) ?? 0) + 1);
        }
      },
    });
    return listener.port;
  }

  /** Resolves when so many more sessions are ready. The count begins anew then. */
  async waitReady(next: number): Promise<ReadyFigures & { rejected: unknown }> {
    const figures = await this.#waiting.figures;
    this.#waiting = new ReadyCount(next);
    return { ...figures, rejected: [...this.#rejected] };
  }

  /** One get-config on every session, all at once. */
  async rpcEach(): Promise<{ readonly seconds: number; readonly sessions: number; readonly loop: LoopDelay }> {
    const loop = new LoopWatch();
    const began = performance.now();
    const sessions = this.#manager?.connected() ?? [];
    await Promise.all(sessions.map(async ({ session }) => expectOk(await session.rpc(getConfig("running")))));
    return { seconds: (performance.now() - began) / 1000, sessions: sessions.length, loop: loop.take() };
  }
}
