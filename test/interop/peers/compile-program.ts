import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Compiles a C program of this folder once for each state of its source and the files beside it; the result, whose path
 * is returned, is kept in the system's temporary folder.
 */
export function compileProgram(path: string, libraries: readonly string[]): string {
  const source = fileURLToPath(new URL(path, import.meta.url));
  const flags = execFileSync("pkg-config", ["--cflags", "--libs", ...libraries], { encoding: "utf8" });
  const hash = createHash("sha256").update(flags);
  const beside = readdirSync(dirname(source)).filter((name) => name.endsWith(".h"));
  for (const file of [source, ...beside.map((name) => join(dirname(source), name))]) hash.update(readFileSync(file));
  const folder = join(tmpdir(), "netconf-kit-peers");
  const program = join(folder, `${basename(path, ".c")}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  // Made aside and renamed: another run may be at the same.
  const aside = `${program}.${process.pid}`;
  const warnings = ["-Wall", "-Wextra", "-Werror"];
  const libraryFlags = flags.trim().split(/\s+/);
  execFileSync("gcc", ["-std=gnu11", "-O1", ...warnings, "-o", aside, source, ...libraryFlags, "-lpthread"]);
  renameSync(aside, program);
  return program;
}
