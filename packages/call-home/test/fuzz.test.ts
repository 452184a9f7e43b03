import { testFuzzTargets } from "../../../test/fuzz/fuzz-cases.ts";
import { callHomeTargets } from "./fuzz-targets.ts";

testFuzzTargets(callHomeTargets, new URL("fuzz-cases.jsonl", import.meta.url), 1000);
