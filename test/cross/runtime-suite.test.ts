import { describe, expect, it } from "vitest";
import { feature } from "../runtimes/suite/feature.ts";
import { features } from "../runtimes/suite/features.ts";
import type { Material } from "../runtimes/suite/material.ts";
import { runSuite, type SuiteResult } from "../runtimes/suite/run-suite.ts";
import type { Runtime } from "../runtimes/suite/runtime.ts";

/** A runtime that has nothing but recorded conversations. */
function poorRuntime(transcripts: Material["transcripts"]): Runtime {
  const lack = { lacks: "there is none here" };
  const [webCrypto, nodeCrypto, nobleCrypto, corpus] = [lack, lack, lack, lack];
  const [tcp, tls, webStreams, webSockets, reach, meet] = [lack, lack, lack, lack, lack, lack];
  const lends = { webCrypto, nodeCrypto, nobleCrypto, corpus, tcp, tls, webStreams, webSockets, reach, meet };
  return { name: "poor", version: "1", lends: { ...lends, transcripts } };
}

async function resultsOf(...what: Parameters<typeof runSuite>): Promise<readonly SuiteResult[]> {
  const results: SuiteResult[] = [];
  for await (const result of runSuite(...what)) results.push(result);
  return results;
}

describe("the suite that runs in every runtime", () => {
  it("has cases that are told apart", () => {
    const names = features.flatMap(({ name, cases }) => cases.map((one) => `${name}: ${one.name}`));
    expect(new Set(names).size).toBe(names.length);
  });

  it("tells of every case, with the reason where it is not run", async () => {
    const results = await resultsOf(features, poorRuntime({}));
    expect(results).toHaveLength(features.reduce((sum, { cases }) => sum + cases.length, 0));
    const needy = results.filter(({ feature: name }) => name.startsWith("TLS"));
    expect(needy.length).toBeGreaterThan(10);
    for (const result of needy) expect(result).toMatchObject({ outcome: "not-run", reason: "there is none here" });
  });

  it("fails where a conversation is not there, or comes out otherwise", async () => {
    const recorded = features.filter(({ name }) => name.startsWith("SSH: recorded"));
    const [first] = recorded[0]?.cases ?? [];
    const runtime = poorRuntime({ [first?.name ?? ""]: "c2s 00\n" });
    const outcomes = (await resultsOf(recorded, runtime)).map(({ outcome, error = "" }) => `${outcome} ${error}`);
    expect(outcomes.length).toBeGreaterThan(20);
    expect(outcomes[0]).toContain("instead of 00");
    for (const outcome of outcomes.slice(1)) expect(outcome).toContain("failed Error: it was never recorded");
  });

  it("goes on after a case that throws, one after the other or all at once", async () => {
    const cases = [
      { name: "throws", run: () => Promise.reject(new Error("wrong")) },
      { name: "is excused", run: () => {}, excuse: () => "not here" },
      { name: "holds", run: () => {} },
    ];
    for (const together of [false, true]) {
      const results = await resultsOf([feature("some", ["transcripts"], cases, { together })], poorRuntime({}));
      expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([
        ["failed", undefined],
        ["not-run", "not here"],
        ["passed", undefined],
      ]);
    }
  });
});
