/** How late the event loop was, in milliseconds: by the clock, and in processor time of this process, whatever others do. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly cpu: { readonly p50: number; readonly p99: number; readonly max: number };
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
  readonly #late: number[] = [];
  readonly #cpu: number[] = [];
  #at = performance.now();
  #used = process.cpuUsage();
  #timer = setTimeout(() => this.#tick(), TICK);

  /** Resolves after one more tick: what has been late until now counts too. */
  async take(): Promise<LoopDelay> {
    await new Promise((resolve) => setTimeout(resolve, TICK));
    clearTimeout(this.#timer);
    return { ...quantiles(this.#late), cpu: quantiles(this.#cpu) };
  }

  #tick(): void {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.#used);
    this.#late.push(Math.max(0, now - this.#at - TICK));
    this.#cpu.push((user + system) / 1000);
    this.#at = now;
    this.#used = process.cpuUsage();
    this.#timer = setTimeout(() => this.#tick(), TICK);
  }
}

/** Milliseconds from one look at the loop to the next, when nothing is late. */
const TICK = 1;

function quantiles(values: readonly number[]): LoopDelay["cpu"] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** After the garbage is gone. */
export async function memoryOf(): Promise<Memory> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, live: heapUsed + external };
}

/** Waits until so many are ready, and measures from the first arrival on. */
export class ReadyCount {
  readonly figures: Promise<ReadyFigures>;
  readonly #target: number;
  #resolve: ((figures: ReadyFigures) => void) | undefined;
  #began: { readonly at: number; readonly cpu: NodeJS.CpuUsage; readonly loop: LoopWatch } | undefined;
  #count = 0;

  constructor(target: number) {
    this.#target = target;
    this.figures = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  arrived(): void {
    this.#began ??= { at: performance.now(), cpu: process.cpuUsage(), loop: new LoopWatch() };
  }

  ready(): void {
    if (++this.#count !== this.#target || this.#began === undefined) return;
    const { at, cpu, loop } = this.#began;
    const seconds = (performance.now() - at) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const cpuMilliseconds = (user + system) / 1000 / this.#count;
    const perSecond = this.#count / seconds;
    void loop
      .take()
      .then((delay) => this.#resolve?.({ devices: this.#target, seconds, perSecond, loop: delay, cpuMilliseconds }));
  }
}
