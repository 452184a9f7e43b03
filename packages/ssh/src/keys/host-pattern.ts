/** How known_hosts writes a host: the name alone for port 22, `[name]:port` otherwise; in lower case. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/**
 * Whether a comma-separated list of patterns covers a name. `*` stands for any text and `?` for one character; a
 * pattern after `!` excludes what it covers, wherever it stands in the list.
 */
export function matchesPatternList(list: string, name: string): boolean {
  let matched = false;
  for (const pattern of list.toLowerCase().split(",")) {
    if (pattern.startsWith("!")) {
      if (matchesWildcard(pattern.slice(1), name)) return false;
    } else if (matchesWildcard(pattern, name)) {
      matched = true;
    }
  }
  return matched;
}

/** Goes back to the last star only, so a hostile pattern costs at most length × length steps. */
function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let i = 0;
  while (i < text.length) {
    const symbol = pattern.charAt(at);
    if (symbol === "*") {
      star = at++;
      resume = i;
    } else if (symbol !== "" && (symbol === "?" || symbol === text.charAt(i))) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (pattern.charAt(at) === "*") at++;
  return at === pattern.length;
}
