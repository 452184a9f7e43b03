import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for key files, with the programs that make them run inside it. */
export interface KeyFolder {
  run(program: string, ...args: readonly string[]): string;
  /** Whether the program ended well, and all it said. */
  try(program: string, ...args: readonly string[]): { readonly ok: boolean; readonly output: string };
  read(name: string): string;
  write(name: string, text: string): string;
  remove(): void;
}

/** Makes a folder that only we can read, as ssh-keygen demands of private keys. */
export function keyFolder(): KeyFolder {
  const folder = mkdtempSync(join(tmpdir(), "netconf-kit-keys-"));
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, LC_ALL: "C", TZ: "UTC" } } as const;
  return {
    run: (program, ...args) => execFileSync(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] }),
    try: (program, ...args) => {
      const { status, stdout, stderr } = spawnSync(program, args, { ...options, input: "" });
      return { ok: status === 0, output: `${stdout}${stderr}` };
    },
    read: (name) => readFileSync(join(folder, name), "utf8"),
    write: (name, text) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Whether a program can be started; says so when not. */
export function hasProgram(name: string, ...versionArgs: readonly string[]): boolean {
  if (spawnSync(name, versionArgs, { stdio: "ignore" }).error === undefined) return true;
  if (process.env.REQUIRE_PEERS === "1") throw new Error(`the program "${name}" is required and not here`);
  process.stderr.write(`skipped: tests that need the program "${name}"\n`);
  return false;
}
