import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchCase } from "./harness.ts";
import { LineProcess } from "./line-process.ts";

export type OtherParser = "libxml2" | "lxml" | "pyexpat";
type How = "events" | "tree" | "replies";

/** Parsers in C and Python, each in a process that measures itself: see `rivals/`. */
export class OtherParsers {
  /** Who is not here, and what would change that. */
  readonly missing: readonly string[];
  readonly #found: ReadonlyMap<OtherParser, LineProcess>;
  readonly #folder: string;

  private constructor(found: ReadonlyMap<OtherParser, LineProcess>, missing: readonly string[], folder: string) {
    this.#found = found;
    this.missing = missing;
    this.#folder = folder;
  }

  static async start(): Promise<OtherParsers> {
    const folder = mkdtempSync(join(tmpdir(), "netconf-kit-bench-"));
    const starts = [
      ["libxml2", () => startLibxml2(folder), "gcc, pkg-config and Debian's libxml2-dev"],
      ["lxml", () => startPython("lxml"), "Debian's python3-lxml, for /usr/bin/python3"],
      ["pyexpat", () => startPython("pyexpat"), "Debian's python3, as /usr/bin/python3"],
    ] as const;
    const found = new Map<OtherParser, LineProcess>();
    const missing: string[] = [];
    for (const [name, start, needs] of starts) {
      const process = await start();
      if (process === undefined) missing.push(`${name} needs ${needs}`);
      else found.set(name, process);
    }
    return new OtherParsers(found, missing, folder);
  }

  /** Writes a document where the processes find it. */
  keep(name: string, parts: readonly Uint8Array[], separator: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, Buffer.concat(parts.flatMap((part) => [part, Buffer.from(separator)])));
    return path;
  }

  /** No case where the parser is absent. */
  cases(parser: OtherParser, how: How, path: string, against: readonly string[]): readonly BenchCase[] {
    const process = this.#found.get(parser);
    if (process === undefined) return [];
    return [
      {
        name: `${parser}, ${how}`,
        rival: { name: parser, version: process.greeting, against },
        rate: async () => {
          const answer = await process.ask(`${how} ${path}`);
          const rate = Number(answer);
          if (!(rate > 0)) throw new Error(`${parser} answered "${answer}"`);
          return rate;
        },
      },
    ];
  }

  async stop(): Promise<void> {
    for (const process of this.#found.values()) await process.stop();
    rmSync(this.#folder, { recursive: true });
  }
}

async function startLibxml2(folder: string): Promise<LineProcess | undefined> {
  const program = join(folder, "xml-libxml2");
  try {
    const quiet: ExecFileSyncOptionsWithStringEncoding = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    const flags = execFileSync("pkg-config", ["--cflags", "--libs", "libxml-2.0"], quiet).trim().split(/\s+/);
    execFileSync("gcc", ["-O2", "-o", program, source("xml-libxml2.c"), ...flags], quiet);
  } catch {
    return undefined;
  }
  return LineProcess.start(program, []);
}

/** Debian's, not one that another interpreter on the path may have. */
function startPython(parser: "lxml" | "pyexpat"): Promise<LineProcess | undefined> {
  return LineProcess.start("/usr/bin/python3", [source("xml-python.py"), parser]);
}

function source(name: string): string {
  return fileURLToPath(new URL(`../rivals/${name}`, import.meta.url));
}
