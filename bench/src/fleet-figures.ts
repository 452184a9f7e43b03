import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds that the event loop was late. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What devices took to be ready. */
export interface ReadyFigures {
  readonly devices: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly loop: LoopDelay;
  /** Of the processor, by this process, for each device. */
  readonly cpuMilliseconds: number;
}

export interface Memory {
  /** Resident bytes. */
  readonly resident: number;
  /** Live bytes in the heap and beside it. */
  readonly live: number;
}

/** Watches the event loop from now until `take`. */
export class LoopWatch {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });

  constructor() {
    this.#histogram.enable();
  }

  take(): LoopDelay {
    this.#histogram.disable();
    // The histogram counts from one tick to the next, and a tick takes its resolution when nothing is late.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
    return {
      p50: late(this.#histogram.percentile(50)),
      p99: late(this.#histogram.percentile(99)),
      max: late(this.#histogram.max),
    };
  }
}

const RESOLUTION = 1;

/** After the garbage is gone. */
export async function memoryOf(): Promise<Memory> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, live: heapUsed + external };
}

/** Counts from its making until so many are ready. */
export class ReadyCount {
  readonly #loop = new LoopWatch();
  readonly #cpu = process.cpuUsage();
  readonly #target: number;
  readonly #done: Promise<ReadyFigures>;
  #resolve: ((figures: ReadyFigures) => void) | undefined;
  #first: number | undefined;
  #count = 0;

  constructor(target: number) {
    this.#target = target;
    this.#done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get figures(): Promise<ReadyFigures> {
    return this.#done;
  }

  /** A connection has arrived: from the first one on the time counts. */
  arrived(): void {
    this.#first ??= performance.now();
  }

  ready(): void {
    if (++this.#count !== this.#target) return;
    const seconds = (performance.now() - (this.#first ?? performance.now())) / 1000;
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#resolve?.({
      devices: this.#count,
      seconds,
      perSecond: this.#count / seconds,
      loop: this.#loop.take(),
      cpuMilliseconds: (user + system) / 1000 / this.#count,
    });
  }
}
