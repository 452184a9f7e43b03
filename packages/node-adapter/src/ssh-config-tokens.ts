import { join } from "node:path";
import { SshConfigError } from "./ssh-config-error.ts";

/** What `%` and a letter stand for. */
export type Tokens = Readonly<Record<string, string>>;

/** Where names of files lead. */
export interface Places {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Replaces `%h` and the like; `%%` is a percent sign. Each value names the tokens it has.
 *
 * Throws `cannot-expand` for any other one.
 */
export function replaceTokens(text: string, tokens: Tokens): string {
  return text.replace(/%(.?)/gs, (_whole, letter: string) => tokenFor(letter, tokens, text));
}

/** A name of a file with `~`, then `${NAME}` and tokens replaced; what came in is not replaced again. Throws `cannot-expand`. */
export function expandFile(text: string, tokens: Tokens, { home, env }: Places): string {
  return expandHome(text, home).replace(/%(.?)|\$\{([^}]*)\}/gs, (_whole, letter?: string, name?: string) =>
    name === undefined ? tokenFor(letter ?? "", tokens, text) : variable(name, env, text),
  );
}

/** A name of a file with `~` replaced. Throws `cannot-expand` for another user's. */
export function expandHome(text: string, home: string): string {
  if (!text.startsWith("~")) return text;
  if (!/^~(\/|$)/.test(text))
    throw new SshConfigError("cannot-expand", `"${text}": only one's own home folder is known`);
  return join(home, text.slice(1));
}

function tokenFor(letter: string, tokens: Tokens, text: string): string {
  if (letter === "%") return "%";
  const value = Object.hasOwn(tokens, letter) ? tokens[letter] : undefined;
  if (value === undefined) throw new SshConfigError("cannot-expand", `"%${letter}" in "${text}" has no meaning here`);
  return value;
}

function variable(name: string, env: Places["env"], text: string): string {
  const value = env[name];
  if (value === undefined) throw new SshConfigError("cannot-expand", `"${text}": the variable "${name}" is not set`);
  return value;
}
