/** Whether a text can be a local name or a prefix: the NCName of Namespaces in XML 1.0 §3. */
export function isNcName(text: string): boolean {
  if (text === "") return false;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) ?? 0;
    if (at === 0 ? !isNameStart(code) : !isNameCharacter(code)) return false;
    at += code > 0xffff ? 2 : 1;
  }
  return true;
}

/**
 * The prefixes that qualified names inside a text may have, each at most once: whatever stands before a colon and can be a
 * name. Content has no syntax known here (XPath, identities, values with a colon), so there may be too many; none is missing.
 */
export function possiblePrefixes(text: string): ReadonlySet<string> {
  let colon = text.indexOf(":");
  if (colon < 0) return NONE;
  const found = new Set<string>();
  for (let from = 0; colon >= 0; colon = text.indexOf(":", from)) {
    const prefix = nameBefore(text, from, colon);
    if (prefix !== "") found.add(prefix);
    from = colon + 1;
  }
  return found;
}

/** The name that ends at `end`. By hand: a backtracking expression would fail on a text of many megabytes without a blank. */
function nameBefore(text: string, from: number, end: number): string {
  let start = end;
  while (start > from) {
    const code = codePointBefore(text, start);
    if (!isNameCharacter(code)) break;
    start -= code > 0xffff ? 2 : 1;
  }
  while (start < end && !isNameStart(text.codePointAt(start) ?? 0)) start += 1;
  return text.slice(start, end);
}

function codePointBefore(text: string, end: number): number {
  const code = text.codePointAt(end - 2) ?? 0;
  return code > 0xffff ? code : text.charCodeAt(end - 1);
}

/** XML 1.0 §2.3 NameStartChar, without the colon. */
export function isNameStart(code: number): boolean {
  if (code < 0x80) return isAsciiStart(code);
  return inRanges(code, START_RANGES);
}

/** XML 1.0 §2.3 NameChar, without the colon. */
export function isNameCharacter(code: number): boolean {
  if (code < 0x80) return isAsciiStart(code) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e;
  return inRanges(code, START_RANGES) || inRanges(code, MORE_RANGES);
}

function isAsciiStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

function inRanges(code: number, ranges: readonly (readonly [number, number])[]): boolean {
  for (const [first, last] of ranges) if (code >= first && code <= last) return true;
  return false;
}

const START_RANGES = [
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
  [0x10000, 0xeffff],
] as const;

const MORE_RANGES = [
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
] as const;

const NONE: ReadonlySet<string> = new Set();
