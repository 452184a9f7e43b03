import { readFileSync } from "node:fs";
import { ask } from "./ask.ts";
import { UsageError } from "./exit-codes.ts";

/** Where a password may come from. Never from the command line: other users of the machine can read that. */
export interface PasswordSource {
  readonly passwordEnv?: string;
  readonly passwordFile?: string;
  readonly askPassword?: boolean;
}

/** Gets the password, or `undefined` when no source is named. */
export async function readPassword(source: PasswordSource, prompt: string): Promise<string | undefined> {
  if (source.passwordEnv !== undefined) return fromEnvironment(source.passwordEnv);
  if (source.passwordFile !== undefined) return fromFile(source.passwordFile);
  if (source.askPassword === true) return ask(prompt, { echo: false });
  return undefined;
}

function fromEnvironment(name: string): string {
  const password = process.env[name];
  if (password === undefined)
    throw new UsageError(`the environment variable "${name}" is not set`, { hint: `export ${name}=… first` });
  return password;
}

function fromFile(path: string): string {
  return readText(path, "the password file").replace(/\r?\n$/, "");
}

/** Reads a text file the user named. */
export function readText(path: string, what: string): string {
  return new TextDecoder().decode(readBytes(path, what));
}

/** Reads a file the user named, `-` being standard input. */
export function readBytes(path: string, what: string): Uint8Array {
  try {
    return readFileSync(path === "-" ? 0 : path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read ${what}: ${reason}`, { cause: error });
  }
}
