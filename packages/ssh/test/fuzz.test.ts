import { testFuzzTargets } from "../../../test/fuzz/fuzz-cases.ts";
import { sshTargets } from "./fuzz-targets.ts";

testFuzzTargets(sshTargets, new URL("fuzz-cases.jsonl", import.meta.url), 60);
