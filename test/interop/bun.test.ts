import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { readmeExamples } from "../support/readme-examples.ts";
import { runtimePath, testRuntime } from "./runtime-cases.ts";

const command = runtimePath("node_modules/.bin/bun");

testRuntime({
  name: "Bun",
  command,
  args: [runtimePath("bun/main.ts")],
  // Its TLS is over in both directions when the peer ends one.
  tlsWithout: ["half-close"],
  alone: () => {
    it("runs the example of the adapter's README", async () => {
      const [example = ""] = readmeExamples(new URL("../../packages/bun-adapter/README.md", import.meta.url));
      expect((await promisify(execFile)(command, ["-e", example])).stdout).toBe("hello\n");
    });
  },
});
