/** One thing to measure. `run` does the whole work once; `amount` says how much that is, in the group's unit. */
export interface BenchCase {
  readonly name: string;
  readonly amount: number;
  readonly run: () => void | Promise<void>;
}

/** Cases measured side by side: each round runs every case once, so that a slow moment of the machine hits all of them. */
export interface BenchGroup {
  readonly name: string;
  /** What `amount` counts, per second in the result: `"B"` is shown as MB/s. */
  readonly unit: "B" | "rpc" | "msg";
  /** Every ratio is to this case. */
  readonly baseline: BenchCase;
  readonly cases: readonly BenchCase[];
  readonly rounds?: number;
  /** Frees what the cases hold (sockets, processes). */
  readonly dispose?: () => Promise<void>;
}

/** A measured line, for people and for machines. */
export interface BenchRow {
  readonly group: string;
  readonly name: string;
  /** Median over the rounds, in units per second. */
  readonly perSecond: number;
  readonly unit: string;
  /** Median over the rounds of (this case ÷ baseline), both of the same round. */
  readonly ratio: number;
  readonly baseline: string;
  readonly rounds: number;
}

const DEFAULT_ROUNDS = 5;

/** Measures a group: one warm-up round, then the counted ones. */
export async function measure(group: BenchGroup): Promise<readonly BenchRow[]> {
  const rounds = group.rounds ?? DEFAULT_ROUNDS;
  const all = [group.baseline, ...group.cases];
  const rates = new Map<BenchCase, number[]>(all.map((each) => [each, []]));
  for (let round = -1; round < rounds; round++) {
    for (const each of all) {
      const start = performance.now();
      await each.run();
      const seconds = (performance.now() - start) / 1000;
      if (round >= 0) rates.get(each)?.push(each.amount / seconds);
    }
  }
  const base = rates.get(group.baseline) ?? [];
  return all.map((each) => {
    const own = rates.get(each) ?? [];
    return {
      group: group.name,
      name: each.name,
      perSecond: median(own),
      unit: group.unit,
      ratio: median(own.map((rate, i) => rate / (base[i] ?? Number.NaN))),
      baseline: group.baseline.name,
      rounds,
    };
  });
}

/** The rows of one group as lines of a table. */
export function formatRows(rows: readonly BenchRow[]): string {
  const first = rows[0];
  if (first === undefined) return "";
  const lines = rows.map((row) => [row.name, formatRate(row), row.ratio.toPrecision(3)] as const);
  const widths = [0, 1, 2].map((i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const body = lines.map(
    ([name, rate, ratio]) =>
      `  ${name.padEnd(widths[0] ?? 0)}  ${rate.padStart(widths[1] ?? 0)}  ${ratio.padStart(widths[2] ?? 0)}`,
  );
  return [`${first.group} (median of ${first.rounds}, ratio to "${first.baseline}" in the same round)`, ...body].join(
    "\n",
  );
}

function formatRate(row: BenchRow): string {
  return row.unit === "B" ? `${(row.perSecond / 1e6).toFixed(0)} MB/s` : `${row.perSecond.toFixed(0)} ${row.unit}/s`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
