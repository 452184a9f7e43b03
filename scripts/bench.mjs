// npm run bench -- [FILTER] [OPTIONS]: builds, installs what bench/ needs, prints the tables.
import { join } from "node:path";
import { build } from "./build.mjs";
import { install, root, run } from "./workspace.mjs";

const HELP = `npm run bench -- [FILTER] [OPTIONS]

Measures the suites and groups whose name has FILTER in it; all of them without one. Suites: framing, xml, rpc, ssh, runtimes,
stream, ciphers, fleet. What they measure, and what has to be installed for the rivals: bench/README.md.

  --json FILE    writes every row for machines as well
  --cpu          measures processor time instead of how long it takes: on a machine that does other work as well
  --devices N    how many devices the fleet has (default 2000)

Example:
  npm run bench -- "ssh: handshakes" --json handshakes.json`;

if (process.argv.includes("--help")) {
  console.log(HELP);
  process.exit();
}
await install();
await build();
const home = join(root, "bench");
await install(home);
process.exit(await run(process.execPath, ["--import", "tsx", "src/main.ts", ...process.argv.slice(2)], { cwd: home }));
