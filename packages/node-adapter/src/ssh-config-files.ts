import { lstat, open, readdir } from "node:fs/promises";
import { isAbsolute, join, parse, sep } from "node:path";
import { SshConfigError, type SshConfigPlace } from "./ssh-config-error.ts";
import { matchesPattern, splitValues, takeWord } from "./ssh-config-text.ts";

/** A line with something on it. */
export interface SshConfigLine extends SshConfigPlace {
  /** In lower case. */
  readonly keyword: string;
  /** What follows the keyword, as it stands. */
  readonly text: string;
  /** The same in words. */
  readonly values: readonly string[];
  /** The files of an Include. */
  readonly included?: readonly (readonly SshConfigLine[])[];
}

/** What a configuration may cost. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_FILES = 256;
/** OpenSSH's own limit. */
const MAX_DEPTH = 16;

export interface SshConfigFileKind {
  /** Where relative names in Include start. */
  readonly folder: string;
  /** What `~` is; absent where it has no meaning. */
  readonly home?: string;
  /** Whether nobody but the owner may be able to change it. */
  readonly ownerOnly: boolean;
}

/** Reads configuration files with all that they include, one set of limits for all. */
export class SshConfigReader {
  #files = 0;

  /** Throws `unreadable` where there is no such file. */
  async require(path: string, kind: SshConfigFileKind): Promise<readonly SshConfigLine[]> {
    const lines = await this.read(path, kind);
    if (lines === undefined) throw new SshConfigError("unreadable", "there is no such file", at(path));
    return lines;
  }

  /** `undefined` where there is no such file. */
  async read(path: string, kind: SshConfigFileKind, depth = 0): Promise<readonly SshConfigLine[] | undefined> {
    if (depth > MAX_DEPTH) throw new SshConfigError("limit-exceeded", `more than ${MAX_DEPTH} Includes deep`, at(path));
    if (++this.#files > MAX_FILES) throw new SshConfigError("limit-exceeded", `more than ${MAX_FILES} files`, at(path));
    const text = await readTextFile(path, kind.ownerOnly);
    if (text === undefined) return undefined;
    const lines: SshConfigLine[] = [];
    for (const [index, raw] of text.split("\n").entries()) {
      const line = parseLine(raw, { file: path, line: index + 1 });
      if (line?.keyword === "include") lines.push({ ...line, included: await this.#include(line, kind, depth) });
      else if (line !== undefined) lines.push(line);
    }
    return lines;
  }

  async #include(
    line: SshConfigLine,
    kind: SshConfigFileKind,
    depth: number,
  ): Promise<readonly (readonly SshConfigLine[])[]> {
    const files: (readonly SshConfigLine[])[] = [];
    for (const value of line.values) {
      for (const path of await glob(includePath(value, line, kind))) {
        const lines = await this.read(path, kind, depth + 1);
        if (lines !== undefined) files.push(lines);
      }
    }
    return files;
  }
}

function at(file: string): { readonly file: string } {
  return { file };
}

function includePath(value: string, line: SshConfigLine, { folder, home }: SshConfigFileKind): string {
  if (value === "") throw new SshConfigError("bad-line", "Include has an empty name", line);
  if (!value.startsWith("~")) return isAbsolute(value) ? value : join(folder, value);
  if (home === undefined || !/^~(\/|$)/.test(value))
    throw new SshConfigError("cannot-expand", `"${value}" is no file that can be found`, line);
  return join(home, value.slice(1));
}

/** Reads one line; `undefined` when nothing is on it. Throws `bad-line`. */
export function parseLine(raw: string, place: SshConfigPlace): SshConfigLine | undefined {
  const trimmed = raw.replace(/[ \t\r\n\f]+$/, "").replace(/^[ \t]+/, "");
  if (trimmed === "" || trimmed.startsWith("#")) return undefined;
  const taken = takeWord(trimmed);
  if (taken === undefined) throw new SshConfigError("bad-line", "a quote stays open", place);
  const { word, rest: text } = taken;
  if (text === "") throw new SshConfigError("bad-line", `"${word}" has no value`, place);
  const values = splitValues(text);
  if (values === undefined) throw new SshConfigError("bad-line", "a quote stays open", place);
  return { ...place, keyword: word.toLowerCase(), text, values };
}

async function readTextFile(path: string, ownerOnly: boolean): Promise<string | undefined> {
  try {
    const file = await open(path, "r");
    try {
      const facts = await file.stat();
      if (ownerOnly) checkOwner(path, facts);
      const bytes = new Uint8Array(MAX_FILE_BYTES + 1);
      let length = 0;
      // A device file tells no size: what is read counts.
      for (let more = 1; more > 0 && length < bytes.length; length += more)
        more = (await file.read(bytes, length, bytes.length - length)).bytesRead;
      if (length > MAX_FILE_BYTES)
        throw new SshConfigError("limit-exceeded", `more than ${MAX_FILE_BYTES} bytes`, at(path));
      return new TextDecoder().decode(bytes.subarray(0, length));
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause) || cause instanceof SshConfigError) throw cause;
    if (cause.code === "ENOENT") return undefined;
    throw new SshConfigError("unreadable", cause.message, at(path), { cause });
  }
}

/** What others may write to could name their keys, hosts and agents. Systems without owners have nothing to check. */
function checkOwner(path: string, { uid, mode }: { readonly uid: number; readonly mode: number }): void {
  const own = process.getuid?.();
  if (own === undefined) return;
  if ((uid !== 0 && uid !== own) || (mode & 0o022) !== 0)
    throw new SshConfigError("permissions", "other users may change it", at(path));
}

/** The files that a name with wildcards stands for, sorted. A name without them stands for itself. */
async function glob(pattern: string): Promise<readonly string[]> {
  if (!/[*?[]/.test(pattern)) return [pattern];
  const { root } = parse(pattern);
  let found: readonly string[] = [root];
  for (const part of pattern.slice(root.length).split(sep)) {
    const next = await Promise.all(found.map((folder) => entriesLike(folder, part)));
    found = next.flat();
  }
  return [...found].sort();
}

async function entriesLike(folder: string, part: string): Promise<readonly string[]> {
  if (!/[*?[]/.test(part)) {
    const path = join(folder, part);
    return (await exists(path)) ? [path] : [];
  }
  const names = await readdir(folder).catch((): string[] => []);
  const hidden = part.startsWith(".");
  return names
    .filter((name) => (hidden || !name.startsWith(".")) && matchesGlob(name, part))
    .map((n) => join(folder, n));
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** `*`, `?` and sets such as `[a-z]`; a set is tried as each of its letters, so that stars stay cheap. */
function matchesGlob(name: string, pattern: string): boolean {
  const set = /\[([!^]?)([^\]/]+)\]/.exec(pattern);
  if (set === null) return matchesPattern(name, pattern);
  const [whole, negated, letters = ""] = set;
  const member = setOf(letters, negated !== "");
  if (member === undefined) return name === pattern;
  const before = pattern.slice(0, set.index);
  const after = pattern.slice(set.index + whole.length);
  return [...name].some(
    (letter, i, all) =>
      member.test(letter) &&
      matchesPattern(all.slice(0, i).join(""), before) &&
      matchesGlob(all.slice(i + 1).join(""), after),
  );
}

/** `undefined` for a range that runs backwards. */
function setOf(letters: string, negated: boolean): RegExp | undefined {
  try {
    return new RegExp(`^[${negated ? "^" : ""}${letters.replace(/[\\\]^]/g, "\\$&")}]$`);
  } catch {
    return undefined;
  }
}
