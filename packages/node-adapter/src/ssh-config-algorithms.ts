import { matchesPattern, matchesPatterns } from "./ssh-config-text.ts";

/**
 * The algorithms that a list of OpenSSH asks for, out of those there are. A list replaces the default; after `+` it stands
 * behind it, after `^` before it, and after `-` it is taken off. Names may have `*` and `?`. What nobody here has is left out.
 *
 * @param available all that there are, in the order of the default
 */
export function selectAlgorithms<Algorithm extends { readonly name: string }>(
  list: string,
  available: readonly Algorithm[],
  defaults: readonly Algorithm[] = available,
): readonly Algorithm[] {
  const patterns = list.replace(/^[-+^]/, "").split(",");
  const named = patterns.flatMap((pattern) => available.filter(({ name }) => matchesPattern(name, pattern)));
  switch (list.charAt(0)) {
    case "-":
      return defaults.filter(({ name }) => !matchesPatterns(name, patterns));
    case "+":
      return unique([...defaults, ...named]);
    case "^":
      return unique([...named, ...defaults]);
    default:
      return unique(named);
  }
}

function unique<Algorithm>(algorithms: readonly Algorithm[]): readonly Algorithm[] {
  return [...new Set(algorithms)];
}
