import { testFuzzTargets } from "../../../test/fuzz/fuzz-cases.ts";
import { xmlTargets } from "./fuzz-targets.ts";

testFuzzTargets(xmlTargets, new URL("fuzz-cases.jsonl", import.meta.url), 300);
