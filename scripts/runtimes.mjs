// Installs the other JavaScript runtimes that the tests run in, from test/runtimes/package-lock.json.
import { join } from "node:path";
import { install, root } from "./workspace.mjs";

await install(join(root, "test/runtimes"));
