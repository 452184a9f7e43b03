import { SshConfigError } from "./ssh-config-error.ts";
import type { SshConfigLine } from "./ssh-config-files.ts";
import { matchesPattern, matchesPatterns, takeWord } from "./ssh-config-text.ts";

/** What the conditions of Host and Match look at. */
export interface MatchFacts {
  /** The name as it was given; in the final pass the one that HostName has made of it. */
  readonly host: string;
  readonly originalHost: string;
  /** The name to connect to, as far as it is known at this line. */
  readonly hostName: string;
  readonly user: string;
  readonly localUser: string;
  readonly finalPass: boolean;
  /** Called for `Match final`, which asks for a second pass. */
  readonly wantFinalPass: () => void;
}

/** Whether the block after `Host` counts: a pattern after `!` wins over all others. */
export function matchesHost(line: SshConfigLine, { host }: MatchFacts): boolean {
  let matched = false;
  for (const value of line.values) {
    if (value === "") throw new SshConfigError("bad-line", "Host has an empty pattern", line);
    if (value.startsWith("!")) {
      if (matchesPattern(host, value.slice(1))) return false;
    } else if (matchesPattern(host, value)) matched = true;
  }
  return matched;
}

/**
 * Whether the block after `Match` counts: all its conditions have to hold.
 *
 * Throws `match-not-supported` where a condition decides that would run a program (`exec`) or that is not known here: a block
 * left out, or one too many, could change who is trusted.
 */
export function matchesConditions(line: SshConfigLine, facts: MatchFacts): boolean {
  let result = true;
  let text = line.text;
  const take = (): string => {
    const taken = takeWord(text);
    if (taken === undefined) throw new SshConfigError("bad-line", "a quote stays open", line);
    text = taken.rest;
    return taken.word;
  };
  for (let count = 0; text !== "" && !text.startsWith("#"); count++) {
    const written = take();
    const negated = written.startsWith("!");
    const name = written.slice(negated ? 1 : 0).toLowerCase();
    if (name === "all") {
      if (count > 1 || (text !== "" && !text.startsWith("#")))
        throw new SshConfigError("bad-line", '"all" stands alone in Match', line);
      return result && !negated;
    }
    if (name === "final" || name === "canonical") {
      if (name === "final") facts.wantFinalPass();
      if (facts.finalPass === negated) result = false;
      continue;
    }
    const list = text === "" ? "" : take();
    if (list === "" || list.startsWith("#"))
      throw new SshConfigError("bad-line", `"${written}" in Match has no value`, line);
    // What has failed already is not asked any more: then nothing depends on a condition that is not known.
    if (result && conditionHolds(name, list, facts, line) === negated) result = false;
  }
  if (line.text.startsWith("#")) throw new SshConfigError("bad-line", "Match has no condition", line);
  return result;
}

function conditionHolds(name: string, list: string, facts: MatchFacts, line: SshConfigLine): boolean {
  switch (name) {
    case "host":
      return matchesPatterns(facts.hostName.toLowerCase(), list.toLowerCase().split(","));
    case "originalhost":
      return matchesPatterns(facts.originalHost.toLowerCase(), list.toLowerCase().split(","));
    case "user":
      return matchesPatterns(facts.user, list.split(","));
    case "localuser":
      return matchesPatterns(facts.localUser, list.split(","));
    case "exec":
      throw new SshConfigError("match-not-supported", "Match exec would run a program, and is not done here", line);
    default:
      throw new SshConfigError("match-not-supported", `the condition "${name}" of Match is not known`, line);
  }
}
