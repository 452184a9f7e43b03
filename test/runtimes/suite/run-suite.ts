import { sleep, systemClock } from "@netconf-kit/socket";
import type { Feature, SuiteCase } from "./feature.ts";
import type { Runtime } from "./runtime.ts";

/** How a case went. One line of JSON for each goes from a host to the test. */
export interface SuiteResult {
  readonly feature: string;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "not-run";
  /** Why it was not run. */
  readonly reason?: string;
  /** What went wrong. */
  readonly error?: string;
}

const CASE_TIMEOUT = 60_000;

/** Runs every case of every feature, in their order. Never throws: what goes wrong is a result. */
export async function* runSuite(features: readonly Feature[], runtime: Runtime): AsyncGenerator<SuiteResult> {
  for (const { name: feature, cases, together } of features)
    if (together) yield* await Promise.all(cases.map((one) => resultOf(feature, one, runtime)));
    else for (const one of cases) yield await resultOf(feature, one, runtime);
}

async function resultOf(feature: string, { name, excuse, run }: SuiteCase, runtime: Runtime): Promise<SuiteResult> {
  const reason = excuse(runtime);
  if (reason !== undefined) return { feature, name, outcome: "not-run", reason };
  return { feature, name, ...(await outcomeOf(() => run(runtime))) };
}

async function outcomeOf(run: () => Promise<void>): Promise<Pick<SuiteResult, "outcome" | "error">> {
  const over = new AbortController();
  const late = sleep(systemClock, CASE_TIMEOUT, over.signal).then(() => {
    throw new Error(`not over within ${CASE_TIMEOUT} ms`);
  });
  late.catch(() => {});
  try {
    await Promise.race([run(), late]);
    return { outcome: "passed" };
  } catch (reason) {
    return { outcome: "failed", error: reason instanceof Error ? (reason.stack ?? String(reason)) : String(reason) };
  } finally {
    over.abort();
  }
}
