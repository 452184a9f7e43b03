import { bytesEqual } from "../algorithms/bytes-equal.ts";
import { isSshError, SshError } from "../errors.ts";
import { printable } from "../wire/printable.ts";
import { type PublicKey, parseKeyFields } from "./public-key.ts";

/** A line of authorized_keys. */
export interface AuthorizedKey extends PublicKey {
  /** Option name in lower case → its values in order; a flag has no value. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** Counted from 1. */
  readonly line: number;
}

/** A line that could not be read, or has an option nobody knows; its key lets nobody in. */
export interface AuthorizedKeysProblem {
  readonly line: number;
  readonly message: string;
}

/**
 * A parsed authorized_keys file.
 *
 * @example
 * parseAuthorizedKeys(text).find(hostKey.publicBlob) !== undefined; // whether a line allows the key
 */
export class AuthorizedKeys {
  readonly entries: readonly AuthorizedKey[];
  readonly problems: readonly AuthorizedKeysProblem[];

  constructor(entries: readonly AuthorizedKey[], problems: readonly AuthorizedKeysProblem[] = []) {
    this.entries = entries;
    this.problems = problems;
  }

  /**
   * The entry that lets this key log in. An entry that demands something (an address with `from`, a date with
   * `expiry-time`, a forced `command` …) is passed over, unless the caller names that option in `enforced`: then it
   * is the caller who has to look at `entry.options` and say no where it applies.
   */
  find(publicBlob: Uint8Array, options: { readonly enforced?: readonly string[] } = {}): AuthorizedKey | undefined {
    // A certificate authority's own key logs nobody in.
    return this.#withKey(publicBlob, options.enforced).find((entry) => !entry.options.has("cert-authority"));
  }

  /**
   * The entries that let certificates of this authority log in: those with `cert-authority`, under the same rule for other
   * options. `checkAuthorizedCertificate` verifies a certificate against them, their `principals` included.
   */
  authorities(
    publicBlob: Uint8Array,
    options: { readonly enforced?: readonly string[] } = {},
  ): readonly AuthorizedKey[] {
    const enforced = ["cert-authority", "principals", ...(options.enforced ?? [])];
    return this.#withKey(publicBlob, enforced).filter((entry) => entry.options.has("cert-authority"));
  }

  #withKey(publicBlob: Uint8Array, enforced: readonly string[] = []): readonly AuthorizedKey[] {
    return this.entries.filter(
      (entry) =>
        bytesEqual(entry.publicBlob, publicBlob) &&
        [...entry.options.keys()].every(
          (name) => name === "cert-authority" || knownOptions.get(name) !== "demand" || enforced.includes(name),
        ),
    );
  }
}

/**
 * Reads an authorized_keys file (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"). A line that cannot be read or has an unknown
 * option is reported in `problems` and lets nobody in.
 *
 * @example
 * const keys = parseAuthorizedKeys(await readFile("authorized_keys", "utf8"));
 */
export function parseAuthorizedKeys(text: string): AuthorizedKeys {
  const entries: AuthorizedKey[] = [];
  const problems: AuthorizedKeysProblem[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(/\r$/, "").replace(/^[ \t]+|[ \t]+$/g, "");
    if (line === "" || line.startsWith("#")) continue;
    try {
      entries.push({ ...parseLine(line), line: index + 1 });
    } catch (error) {
      if (!isSshError(error)) throw error;
      problems.push({ line: index + 1, message: error.message });
    }
  }
  return new AuthorizedKeys(entries, problems);
}

/**
 * What an option does. "grant": it speaks of terminals, forwarding or the environment, none of which exists here.
 * "demand": it limits who may log in or what runs, and is not to be overlooked.
 */
const knownOptions: ReadonlyMap<string, "grant" | "demand"> = new Map([
  ["agent-forwarding", "grant"],
  ["cert-authority", "demand"],
  ["command", "demand"],
  ["environment", "grant"],
  ["expiry-time", "demand"],
  ["from", "demand"],
  ["no-agent-forwarding", "grant"],
  ["no-port-forwarding", "grant"],
  ["no-pty", "grant"],
  ["no-touch-required", "grant"],
  ["no-user-rc", "grant"],
  ["no-x11-forwarding", "grant"],
  ["permitlisten", "grant"],
  ["permitopen", "grant"],
  ["port-forwarding", "grant"],
  ["principals", "demand"],
  ["pty", "grant"],
  ["restrict", "grant"],
  ["tunnel", "grant"],
  ["user-rc", "grant"],
  ["verify-required", "demand"],
  ["x11-forwarding", "grant"],
]);

const withValue: ReadonlySet<string> = new Set([
  ...["command", "environment", "expiry-time", "from", "permitlisten", "permitopen", "principals", "tunnel"],
]);

function parseLine(line: string): Omit<AuthorizedKey, "line"> {
  // Options come first or not at all; no key type has the name of an option, a comma, a quote or an equals sign.
  const [first = ""] = line.split(/[ \t]/, 1);
  if (!/[=,"]/.test(first) && !knownOptions.has(first.toLowerCase()))
    return { ...parseKeyFields(line, "authorized-keys-format"), options: new Map() };
  const { options, length } = parseOptions(line);
  return { ...parseKeyFields(line.slice(length).replace(/^[ \t]+/, ""), "authorized-keys-format"), options };
}

/** `name`, `name="value"` with `\"` for a quote, separated by commas, up to the first blank outside quotes. */
function parseOptions(line: string): {
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly length: number;
} {
  const options = new Map<string, string[]>();
  const option = /([A-Za-z0-9-]+)(?:="((?:[^"\\]|\\.)*)")?(,|[ \t]|$)/y;
  for (;;) {
    const match = option.exec(line);
    if (match === null) throw format(`the options of "${printable(line, 80)}" are malformed`);
    const [, word = "", value, separator] = match;
    const name = word.toLowerCase();
    if (!knownOptions.has(name)) throw format(`the option "${printable(word, 64)}" is not known`);
    if (withValue.has(name) !== (value !== undefined)) throw format(`the option "${name}" is malformed`);
    const values = options.get(name) ?? [];
    if (value !== undefined) values.push(value.replace(/\\"/g, '"'));
    options.set(name, values);
    if (separator !== ",") return { options, length: option.lastIndex };
  }
}

function format(problem: string): SshError {
  return new SshError("authorized-keys-format", `reading authorized_keys: ${problem}`);
}
