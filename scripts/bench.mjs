// npm run bench -- [FILTER] [--json FILE]: builds, installs what bench/ needs, prints the table.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { install, root, run } from "./workspace.mjs";

await install();
await build();
const home = join(root, "bench");
if (!existsSync(join(home, "node_modules"))) {
  const code = await run("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], { cwd: home });
  if (code !== 0) process.exit(code);
}
process.exit(await run(process.execPath, ["--import", "tsx", "src/main.ts", ...process.argv.slice(2)], { cwd: home }));
