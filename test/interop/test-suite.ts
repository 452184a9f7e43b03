import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, it } from "vitest";
import { features } from "../runtimes/suite/features.ts";
import { NO_CORPUS } from "../runtimes/suite/from-material.ts";
import type { SuiteResult } from "../runtimes/suite/run-suite.ts";
import { makeSuiteWorld, type SuiteWorld } from "./suite-world.ts";

/** A runtime that runs the suite of test/runtimes/suite. */
export interface SuiteHost {
  /** As the table calls it. */
  readonly name: string;
  /** What is missing of it here, and what to do about it; undefined when it is here. */
  readonly missing: string | undefined;
  /** What stands below the table about it: sentences. */
  readonly notes?: readonly string[];
  /** Starts it and gives what it tells: its version once, then a result for each case. */
  readonly run: (world: SuiteWorld) => AsyncIterable<SuiteResult | { readonly version: string }>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const resultsFolder = join(root, ".cache/runtimes");

/** For the whole suite in one runtime, on a machine that does a lot beside. */
const SUITE_TIMEOUT = 300_000;

/** One for all runtimes of a test file. */
let shared: Promise<SuiteWorld> | undefined;
afterAll(async () => (await shared)?.close());

/** Registers a test for each case of the suite, in this runtime. */
export function testSuite({ name, missing, notes = [], run }: SuiteHost): void {
  if (missing !== undefined) {
    if (process.env.REQUIRE_PEERS === "1") throw new Error(`${name} is not here: ${missing}`);
    process.stderr.write(`skipped: ${name} is not here: ${missing}\n`);
  }
  describe.runIf(missing === undefined)(`the suite in ${name}`, () => {
    const told = new Map<string, SuiteResult>();
    let troubles: readonly Error[] = [];
    let version: string | undefined;
    let failure: unknown;

    beforeAll(async () => {
      shared ??= makeSuiteWorld();
      const world = await shared;
      try {
        for await (const line of run(world))
          if ("version" in line) version = line.version;
          else told.set(keyOf(line), line);
      } catch (error) {
        failure = error;
      }
      troubles = world.takeTroubles();
      // What scripts/runtimes-table.mjs reads.
      mkdirSync(resultsFolder, { recursive: true });
      const kept = { name, version, notes, results: [...told.values()] };
      writeFileSync(join(resultsFolder, `${name.replace(/\W+/g, "-")}.json`), `${JSON.stringify(kept, null, 1)}\n`);
    }, SUITE_TIMEOUT);

    it("tells its version and comes to an end", () => {
      if (failure !== undefined) throw failure;
      if (version === undefined) throw new Error("it has not told its version");
    });

    for (const { name: feature, cases } of features)
      describe(feature, () => {
        for (const { name: title } of cases)
          it(title, ({ skip }) => {
            const result = told.get(keyOf({ feature, name: title }));
            if (result === undefined) throw new Error("the runtime has not told of this case");
            if (result.outcome === "failed") throw new Error(result.error);
            if (result.reason === NO_CORPUS) skip(NO_CORPUS);
          });
      });

    it("does what docs/runtimes.md says", async () => {
      await promisify(execFile)(process.execPath, ["scripts/runtimes-table.mjs", "--check", name], { cwd: root });
    });

    it("leaves the ends in Node.js without complaints", () => {
      if (troubles.length > 0) throw new AggregateError(troubles, troubles.join("\n"));
    });
  });
}

function keyOf({ feature, name }: Pick<SuiteResult, "feature" | "name">): string {
  return `${feature}: ${name}`;
}
