// Records the conversations of test/transcripts/ssh again, after a change of what we send that was meant.
import { execFileSync } from "node:child_process";
import { root } from "./workspace.mjs";

const test = "packages/ssh/test/replay/transcripts.test.ts";
execFileSync("npx", ["vitest", "run", "--project", "unit", "--reporter=dot", test], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, RECORD_TRANSCRIPTS: "1" },
});
