import { existsSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import {
  type AuthenticationMethod,
  isSshError,
  type PrivateKey,
  parsePrivateKey,
  type SshCredentials,
} from "netconf-kit";
import { UsageError } from "./exit-codes.ts";
import { readPassword, readText } from "./secrets.ts";
import type { SessionOptions } from "./session-options.ts";
import type { Terminal } from "./terminal.ts";

/** Tried when the user names neither a key nor a password, as `ssh` does. */
const DEFAULT_IDENTITIES = ["id_ed25519", "id_ecdsa", "id_rsa"];

/** Who logs in, and with what: keys first, then the password, which also answers a keyboard-interactive prompt. */
export async function readCredentials(
  options: SessionOptions,
  user: string | undefined,
  terminal: Terminal,
): Promise<SshCredentials> {
  const username = user ?? options.user ?? userInfo().username;
  const password = await readPassword(options, `Password of ${username}: `);
  const keys = readKeys(options, password !== undefined, terminal);
  const authentication: AuthenticationMethod[] = keys.map((key) => ({ method: "publickey", key }));
  if (password !== undefined) {
    authentication.push({ method: "password", password });
    authentication.push({ method: "keyboard-interactive", respond: ({ prompts }) => prompts.map(() => password) });
  }
  if (authentication.length === 0) {
    throw new UsageError("there is nothing to log in with", {
      hint: "name a key with -i, or a password with --password-env, --password-file or --ask-password",
    });
  }
  return { username, authentication };
}

function readKeys(options: SessionOptions, havePassword: boolean, terminal: Terminal): readonly PrivateKey[] {
  if (options.identity !== undefined) return options.identity.map(readKey);
  if (havePassword) return [];
  const files = DEFAULT_IDENTITIES.map((name) => join(homedir(), ".ssh", name)).filter((path) => existsSync(path));
  return files.flatMap((path) => {
    try {
      return [readKey(path)];
    } catch (error) {
      terminal.err(`${path} is left out: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
}

/** Reads a private key file. */
export function readKey(path: string): PrivateKey {
  const text = readText(path, "the private key");
  try {
    return parsePrivateKey(text);
  } catch (error) {
    if (!isSshError(error)) throw error;
    const hint = error.code === "key-encrypted" ? "use a key without a passphrase" : "give an OpenSSH private key";
    throw new UsageError(`cannot use the private key "${path}": ${error.message}`, { hint, cause: error });
  }
}
