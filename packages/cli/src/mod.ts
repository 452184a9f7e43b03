export { type ExitCode, exitCodes } from "./exit-codes.ts";
export { runCli } from "./run-cli.ts";
export { version } from "./version.ts";
