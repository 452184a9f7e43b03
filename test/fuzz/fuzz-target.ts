import { type MutationSource, mutate, seededNumbers } from "./mutations.ts";

/** A decoder, and what has to be true of it for any bytes. */
export interface FuzzTarget extends Omit<MutationSource, "inputs"> {
  readonly name: string;
  /** Inputs to damage: a few that are always there, and those of the corpus where there is one. */
  readonly inputs: (corpus: string | undefined) => readonly Uint8Array[];
  /**
   * Decodes `input` as a whole and in the reads of `readsOf(input, split)`, and gives a word for what came of it, such as the
   * code of an error. Whatever it throws is a finding.
   */
  readonly decode: (input: Uint8Array, split: number) => string;
}

export interface FuzzCase {
  readonly input: Uint8Array;
  readonly split: number;
}

/** CPU time, because a busy machine is nobody's fault. */
const MAX_MILLISECONDS = 1000;
const MAX_MEMORY_GROWTH = 64 * 1024 * 1024;

export type Verdict = { readonly outcome: string } | { readonly problem: string };

/** Decodes one input: within a second of CPU time and 64 MiB, and without anything that `decode` throws. */
export function judge(target: FuzzTarget, { input, split }: FuzzCase): Verdict {
  const memory = memoryUsed();
  const started = process.cpuUsage();
  try {
    const outcome = target.decode(input, split);
    const { user, system } = process.cpuUsage(started);
    const milliseconds = (user + system) / 1000;
    if (milliseconds > MAX_MILLISECONDS) return { problem: `took ${milliseconds.toFixed(0)} ms` };
    const growth = memoryUsed() - memory;
    if (growth > MAX_MEMORY_GROWTH) return { problem: `took ${growth} bytes of memory` };
    return { outcome };
  } catch (error) {
    return { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function memoryUsed(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The case that a seed stands for, with these inputs: damaged ones from 1 on, before that the inputs as they are. */
export function caseOf(target: FuzzTarget, inputs: readonly Uint8Array[], seed: number): FuzzCase {
  if (seed < 1) return { input: inputs[-seed] ?? new Uint8Array(0), split: 1 };
  const random = seededNumbers(seed);
  const input = inputs[random() % inputs.length] ?? new Uint8Array(0);
  const mutated = mutate(input, { ...target, inputs }, random);
  return { input: mutated, split: random() % 3 === 0 ? 0 : 1 + (random() % 1_000_000) };
}

/** Takes pieces out of a case, larger ones first, while it stays a finding. */
export function minimise(target: FuzzTarget, found: FuzzCase, attempts = 2000): FuzzCase {
  let { input } = found;
  const { split } = found;
  let left = attempts;
  for (let size = input.length >> 1; size >= 1 && left > 0; size >>= 1) {
    for (let at = 0; at < input.length && left > 0; left--) {
      const shorter = Uint8Array.of(...input.subarray(0, at), ...input.subarray(at + size));
      if ("problem" in judge(target, { input: shorter, split })) input = shorter;
      else at += size;
    }
  }
  return { input, split };
}
