/** One thing to measure: work that is timed here, or one that measures itself in another process. */
export type BenchCase = TimedCase | SelfTimedCase;

export interface TimedCase extends CaseBase {
  /** How much work `run` does, in the group's unit. */
  readonly amount: number;
  /** Does the whole work once. */
  readonly run: () => void | Promise<void>;
}

export interface SelfTimedCase extends CaseBase {
  /** Does the whole work once and gives its rate, in the group's unit per second. */
  readonly rate: () => Promise<number>;
}

interface CaseBase {
  readonly name: string;
  /** Set where the code is not ours: the ratio is then ours to theirs. */
  readonly rival?: Rival;
}

export interface Rival {
  readonly name: string;
  readonly version: string;
  /** Names of our cases in the group, each of which gives a row. */
  readonly against: readonly string[];
}

/** Cases measured side by side: each round runs every case once, so that a slow moment of the machine hits all of them. */
export interface BenchGroup {
  readonly name: string;
  /** What `amount` counts, per second in the result: `"B"` is shown as MB/s. */
  readonly unit: "B" | "rpc" | "msg" | "login" | "sessions in 1 MiB";
  /** What every case of ours is compared with. */
  readonly baseline: BenchCase;
  readonly cases: readonly BenchCase[];
  readonly rounds?: number;
  /** Rivals that are not here, and why: printed below the table. */
  readonly skipped?: readonly string[];
  /** Frees what the cases hold (sockets, processes). */
  readonly dispose?: () => Promise<void>;
}

/** A measured line, for people and for machines: ours beside the baseline, or ours beside a rival. */
export interface BenchRow {
  readonly group: string;
  readonly name: string;
  readonly unit: string;
  /** Median over the rounds, in units per second. */
  readonly ours: number;
  /** The baseline (without a version) or the rival, likewise. */
  readonly rival: { readonly name: string; readonly version?: string; readonly perSecond: number };
  /** Median over the rounds of ours ÷ rival, both of the same round. */
  readonly ratio: number;
  readonly rounds: number;
}

const DEFAULT_ROUNDS = 5;
/** An engine optimises in threads of its own, which come late on a busy machine. */
export const WARM_UP_ROUNDS = 3;

/** Milliseconds since some beginning. */
export type BenchClock = () => number;

export const wallClock: BenchClock = () => performance.now();
/** What this process has used of all processors, its collector included. What waits, or measures itself, it cannot measure. */
export const processorClock: BenchClock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Measures a group: warm-up rounds, then the counted ones. */
export async function measure(group: BenchGroup, clock: BenchClock = wallClock): Promise<readonly BenchRow[]> {
  const rounds = group.rounds ?? DEFAULT_ROUNDS;
  const all = [group.baseline, ...group.cases];
  const rates = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  if (rates.size < all.length) throw new Error(`two cases of "${group.name}" have one name`);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const each of rotated(all, round + WARM_UP_ROUNDS)) {
      if (round < 0 && "rate" in each) continue;
      const rate = await rateOf(each, clock);
      if (round >= 0) rates.get(each.name)?.push(rate);
    }
  }
  const row = (name: string, ours: string, theirs: string, version?: string): BenchRow => {
    const own = ratesOf(rates, ours);
    const other = ratesOf(rates, theirs);
    return {
      group: group.name,
      name,
      unit: group.unit,
      ours: median(own),
      rival: { name: theirs, ...(version === undefined ? {} : { version }), perSecond: median(other) },
      ratio: median(own.map((rate, i) => rate / (other[i] ?? Number.NaN))),
      rounds,
    };
  };
  return group.cases.flatMap(({ name, rival }) =>
    rival === undefined
      ? [row(name, name, group.baseline.name)]
      : rival.against.map((ours) => row(ours, ours, name, rival.version)),
  );
}

/** Each round begins with another case: none always follows the same one, and finds the machine as that one left it. */
function rotated<T>(all: readonly T[], by: number): readonly T[] {
  const first = by % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

/** Does a case's work once. */
export async function rateOf(measured: BenchCase, clock: BenchClock): Promise<number> {
  if ("rate" in measured) return measured.rate();
  const start = clock();
  await measured.run();
  return (measured.amount / (clock() - start)) * 1000;
}

/** The rows of one group as lines of two tables: ours beside the baseline, and ours beside each rival. */
export function formatRows(rows: readonly BenchRow[]): string {
  const first = rows[0];
  if (first === undefined) return "";
  const ours = rows.filter((row) => row.rival.version === undefined);
  const rivals = rows.filter((row) => row.rival.version !== undefined);
  const baseline = ours[0]?.rival;
  const lines = [`${first.group} (median of ${first.rounds}, ratios within a round)`];
  if (baseline !== undefined) {
    lines.push(
      ...table([
        [baseline.name, formatRate(baseline.perSecond, first.unit), "1.00"],
        ...ours.map((row) => [row.name, formatRate(row.ours, row.unit), formatRatio(row.ratio)]),
      ]),
    );
  }
  if (rivals.length > 0) {
    const cells = rivals.map((row) => [
      row.name,
      formatRate(row.ours, row.unit),
      `${row.rival.name} (${row.rival.version})`,
      formatRate(row.rival.perSecond, row.unit),
      `${formatRatio(row.ratio)} ×`,
    ]);
    lines.push("  Ours beside others, and how many times as fast:", ...table(cells));
  }
  return lines.join("\n");
}

/** Texts stand left, figures right. */
function table(cells: readonly (readonly string[])[]): readonly string[] {
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  return cells.map((line) => {
    const padded = line.map((cell, i) => {
      const width = widths[i] ?? 0;
      return i === 0 || cell.endsWith(")") ? cell.padEnd(width) : cell.padStart(width);
    });
    return `  ${padded.join("  ")}`;
  });
}

function formatRate(perSecond: number, unit: string): string {
  if (unit.includes(" ")) return `${perSecond.toFixed(1)} ${unit}`;
  if (unit !== "B") return `${perSecond.toFixed(0)} ${unit}/s`;
  const megabytes = perSecond / 1e6;
  return `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB/s`;
}

function formatRatio(ratio: number): string {
  return ratio < 100 ? ratio.toPrecision(3) : ratio.toFixed(0);
}

function ratesOf(rates: ReadonlyMap<string, readonly number[]>, name: string): readonly number[] {
  const found = rates.get(name);
  if (found === undefined) throw new Error(`there is no case "${name}" to compare with`);
  return found;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
