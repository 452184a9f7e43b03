export interface Periods {
  /** Milliseconds, more than 0. */
  readonly period: number;
  /** Any moment at which a period begins, past or to come. */
  readonly anchor: number;
  /** Whether a period that begins just now counts. */
  readonly which: "from" | "after";
}

/** When the next period begins: a whole number of periods away from the anchor. */
export function nextPeriod(now: number, { period, anchor, which }: Periods): number {
  if (which === "from") return anchor + Math.ceil((now - anchor - ROUNDING) / period) * period;
  return anchor + (Math.floor((now - anchor + ROUNDING) / period) + 1) * period;
}

/** Milliseconds since 1970 and small fractions do not fit into one number: a period that is this near begins now. */
const ROUNDING = 1;
