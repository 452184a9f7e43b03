import { sleep, systemClock } from "@netconf-kit/socket";
import { dialCases, type MakeWay } from "./dial-cases.ts";
import type { MakePair, SocketFeature } from "./socket-case.ts";
import { socketCases } from "./socket-cases.ts";

/** How a case went. A case is `left-out` where the socket lacks by its nature what the case is about. */
export type CaseResult =
  | { readonly name: string; readonly outcome: "passed" }
  | { readonly name: string; readonly outcome: "failed"; readonly error: Error }
  | { readonly name: string; readonly outcome: "left-out"; readonly needs: readonly SocketFeature[] };

/** How cases are run. */
export interface RunOptions {
  /** Milliseconds after which a case has failed. Default 30 000. */
  readonly timeout?: number;
}

/** How socket cases are run. */
export interface SocketRunOptions extends RunOptions {
  /** What this kind of socket lacks by its nature. Default: nothing. */
  readonly without?: readonly SocketFeature[];
}

const DEFAULT_TIMEOUT = 30_000;

/**
 * Runs every socket case, one after the other, where there is no test runner or where one line each will do. Never throws for a
 * case that fails: that is a result.
 *
 * @example
 * for await (const result of runSocketCases(async () => memoryPair())) console.log(result.outcome, result.name);
 */
export async function* runSocketCases(makePair: MakePair, options: SocketRunOptions = {}): AsyncGenerator<CaseResult> {
  const { without = [], timeout = DEFAULT_TIMEOUT } = options;
  for (const { name, needs, run } of socketCases) {
    if (needs.some((feature) => without.includes(feature))) yield { name, outcome: "left-out", needs };
    else yield await resultOf(name, () => run(makePair), timeout);
  }
}

/**
 * Runs every case for `Dial` and `Listener`, one after the other.
 *
 * @example
 * for await (const result of runDialCases(makeWay)) if (result.outcome === "failed") console.log(result.error);
 */
export async function* runDialCases(makeWay: MakeWay, options: RunOptions = {}): AsyncGenerator<CaseResult> {
  const { timeout = DEFAULT_TIMEOUT } = options;
  for (const { name, run } of dialCases) yield await resultOf(name, () => run(makeWay), timeout);
}

async function resultOf(name: string, run: () => Promise<void>, timeout: number): Promise<CaseResult> {
  const over = new AbortController();
  const late = sleep(systemClock, timeout, over.signal).then(() => {
    throw new Error(`the case was not over within ${timeout} ms`);
  });
  late.catch(() => {});
  try {
    await Promise.race([run(), late]);
    return { name, outcome: "passed" };
  } catch (reason) {
    return { name, outcome: "failed", error: reason instanceof Error ? reason : new Error(String(reason)) };
  } finally {
    over.abort();
  }
}
