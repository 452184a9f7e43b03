import { parentPort, workerData } from "node:worker_threads";
import { callHomeTargets } from "../../packages/call-home/test/fuzz-targets.ts";
import { framingTargets } from "../../packages/framing/test/fuzz-targets.ts";
import { sshTargets } from "../../packages/ssh/test/fuzz-targets.ts";
import { xmlTargets } from "../../packages/xml/test/fuzz-targets.ts";
import { corpus } from "../support/corpus.ts";
import { caseOf, type FuzzCase, judge, minimise } from "./fuzz-target.ts";
import { caseOfKept, formatKeptCase, parseKeptCases } from "./kept-cases.ts";

/** What `scripts/fuzz.mjs` asks for. It watches `progress`, because a decoder that hangs cannot say so. */
export interface FuzzOrder {
  readonly list?: true;
  readonly decoder: string;
  readonly seed: number;
  readonly milliseconds: number;
  readonly maxFindings: number;
  /** Folder of the unpacked corpus; without one the archive is unpacked. */
  readonly corpus?: string | undefined;
  /** Kept cases, which are decoded first. */
  readonly kept: string;
  /** Rounds done, then the seed of the round that runs. */
  readonly progress: Int32Array;
}

const order = workerData as FuzzOrder; // of our own script
const targets = [...framingTargets, ...xmlTargets, ...sshTargets, ...callHomeTargets];

if (order.list) {
  parentPort?.postMessage(targets.map(({ name }) => name));
} else {
  for (const target of targets) if (target.name === order.decoder) fuzz(target);
}

function fuzz(target: (typeof targets)[number]): void {
  const inputs = target.inputs(order.corpus ?? corpus()).filter(({ length }) => length < 30_000);
  const outcomes = new Map<string, number>();
  const progress = order.progress;
  let findings = 0;
  let rounds = 0;
  const round = (seed: number, own: FuzzCase): void => {
    Atomics.store(progress, 1, seed);
    const verdict = judge(target, own);
    rounds += 1;
    Atomics.store(progress, 0, rounds);
    if ("outcome" in verdict) {
      outcomes.set(verdict.outcome, (outcomes.get(verdict.outcome) ?? 0) + 1);
      return;
    }
    findings += 1;
    const smallest = minimise(target, own);
    const problem = judge(target, smallest);
    const line = formatKeptCase(target.name, "problem" in problem ? problem.problem : verdict.problem, smallest);
    parentPort?.postMessage({ seed, problem: verdict.problem, line });
  };
  for (const kept of parseKeptCases(order.kept)) if (kept.decoder === target.name) round(0, caseOfKept(kept));
  for (let seed = 1 - inputs.length; seed < 1; seed++) round(seed, caseOf(target, inputs, seed));
  const end = performance.now() + order.milliseconds;
  for (let seed = order.seed; performance.now() < end && findings < order.maxFindings; seed++) {
    round(seed, caseOf(target, inputs, seed));
  }
  parentPort?.postMessage({ inputs: inputs.length, rounds, findings, outcomes: Object.fromEntries(outcomes) });
}
