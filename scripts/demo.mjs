// npm run demo: installs and builds what is missing, then shows a device calling home and a manager managing it, each in a
// process of its own.
import { join } from "node:path";
import { build } from "./build.mjs";
import { install, root, run } from "./workspace.mjs";

await install();
await build();
process.exit(
  await run(process.execPath, [
    join(root, "packages/cli/dist/main.js"),
    "demo",
    "--processes",
    ...process.argv.slice(2),
  ]),
);
