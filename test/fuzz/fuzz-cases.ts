import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { caseOf, type FuzzTarget, judge } from "./fuzz-target.ts";
import { caseOfKept, parseKeptCases } from "./kept-cases.ts";

/** Registers the tests of a package's decoders: everything that was once found, then a short run of fixed seeds without the corpus. */
export function testFuzzTargets(targets: readonly FuzzTarget[], keptCases: URL, seeds: number): void {
  const kept = parseKeptCases(readFileSync(keptCases, "utf8"));

  it("kept cases are all of a decoder that is tested here", () => {
    const names = targets.map(({ name }) => name);
    expect(kept.map(({ decoder }) => decoder).filter((name) => !names.includes(name))).toEqual([]);
  });

  for (const target of targets) {
    describe(target.name, () => {
      it("answers damaged input with events or a typed error, in bounded time and memory", () => {
        const inputs = target.inputs(undefined);
        const outcomes = new Set<string>();
        for (let seed = 1 - inputs.length; seed <= seeds; seed++) {
          const verdict = judge(target, caseOf(target, inputs, seed));
          if ("problem" in verdict) throw new Error(`seed ${seed}: ${verdict.problem}`);
          outcomes.add(verdict.outcome);
        }
        // Both kinds have to come up, or nothing was tested.
        expect(outcomes.size).toBeGreaterThan(1);
      });

      it("answers what it once answered wrongly", () => {
        const problems = kept
          .filter(({ decoder }) => decoder === target.name)
          .map((each) => ({ ...each, verdict: judge(target, caseOfKept(each)) }))
          .filter(({ verdict }) => "problem" in verdict);
        expect(problems).toEqual([]);
      });
    });
  }
}
