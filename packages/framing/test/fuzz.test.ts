import { testFuzzTargets } from "../../../test/fuzz/fuzz-cases.ts";
import { framingTargets } from "./fuzz-targets.ts";

testFuzzTargets(framingTargets, new URL("fuzz-cases.jsonl", import.meta.url), 500);
