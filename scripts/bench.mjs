// npm run bench -- [FILTER] [--json FILE]: builds, installs what bench/ needs, prints the table.
import { join } from "node:path";
import { build } from "./build.mjs";
import { install, root, run } from "./workspace.mjs";

await install();
await build();
const home = join(root, "bench");
await install(home);
process.exit(await run(process.execPath, ["--import", "tsx", "src/main.ts", ...process.argv.slice(2)], { cwd: home }));
