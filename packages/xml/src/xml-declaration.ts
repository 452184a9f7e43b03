/** What an XML declaration says. */
export interface XmlDeclaration {
  readonly version: string;
  readonly encoding: string | undefined;
}

/** ASCII and its names for a locale that is not set up: a part of UTF-8. */
export const UTF8_NAMES: readonly string[] = ["utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968"];

/** Reads the text between `<?xml` and `?>`, which is ASCII; `undefined` when it is no declaration (XML 1.0 §2.8). */
export function readDeclaration(text: string): XmlDeclaration | undefined {
  const { version, encoding } = DECLARATION.exec(text)?.groups ?? {};
  return version === undefined ? undefined : { version, encoding };
}

/** In the only order there is. */
const DECLARATION =
  /^\s+version\s*=\s*(?<q1>["'])(?<version>1\.\d+)\k<q1>(?:\s+encoding\s*=\s*(?<q2>["'])(?<encoding>[A-Za-z][\w.-]*)\k<q2>)?(?:\s+standalone\s*=\s*(?<q3>["'])(?:yes|no)\k<q3>)?\s*$/;
