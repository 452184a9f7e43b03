import { runtimePath, testRuntime } from "./runtime-cases.ts";

testRuntime({
  name: "Deno",
  command: runtimePath("node_modules/.bin/deno"),
  args: [
    ...["run", "--no-lock", "--node-modules-dir=manual", "--allow-net=127.0.0.1", "--allow-env", "--allow-read"],
    runtimePath("deno/main.ts"),
  ],
  tlsWithout: [],
});
