import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Framing } from "@netconf-kit/framing";
import type { BenchCase } from "./harness.ts";
import { LineProcess } from "./line-process.ts";

/** Parsers in other languages, each in a process that measures itself: see `rivals/`. */
export interface OtherFramers {
  cases(framing: Framing, chunkBytes: number, work: OtherWork): readonly BenchCase[];
  /** Who is not here, and what would change that. */
  readonly missing: readonly string[];
  readonly stop: () => Promise<void>;
}

export interface OtherWork {
  /** Bytes of a message: fewer for those that are slow. */
  readonly messageBytes: Readonly<Record<OtherName, number>>;
  /** Messages in a row. Default 1. */
  readonly count?: number;
  /** Names of our cases that do the same. */
  readonly against: readonly string[];
}

export type OtherName = "ncclient" | "libnetconf2";

interface Other {
  readonly name: OtherName;
  readonly process: LineProcess;
}

export async function startOtherFramers(): Promise<OtherFramers> {
  const folder = mkdtempSync(join(tmpdir(), "netconf-kit-bench-"));
  const starts: readonly { name: OtherName; start: () => Promise<LineProcess | undefined>; needs: string }[] = [
    { name: "ncclient", start: startNcclient, needs: "Debian's python3-ncclient, for /usr/bin/python3" },
    {
      name: "libnetconf2",
      start: () => startLibnetconf2(folder),
      needs: "gcc, pkg-config and Debian's libnetconf2-dev",
    },
  ];
  const found: Other[] = [];
  const missing: string[] = [];
  for (const { name, start, needs } of starts) {
    const process = await start();
    if (process === undefined) missing.push(`${name} needs ${needs}`);
    else found.push({ name, process });
  }
  return {
    missing,
    cases: (framing, chunkBytes, work) => found.map((other) => caseOf(other, framing, chunkBytes, work)),
    stop: async () => {
      for (const { process } of found) await process.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function caseOf({ name, process }: Other, framing: Framing, chunkBytes: number, work: OtherWork): BenchCase {
  const { count = 1, against } = work;
  const messageBytes = work.messageBytes[name];
  const size = count > 1 ? `${count} messages of ${messageBytes} B` : `${messageBytes / 2 ** 20} MiB`;
  const chunks = framing === "chunked" && count === 1 ? `${chunkBytes} B chunks, ` : "";
  return {
    name: `${name}, ${framing}, ${chunks}${size}`,
    rival: { name, version: process.greeting, against },
    rate: async () => {
      const answer = await process.ask(`${framing} ${chunkBytes} ${messageBytes} ${count}`);
      const rate = Number(answer);
      if (!(rate > 0)) throw new Error(`${name} answered "${answer}"`);
      return rate;
    },
  };
}

/** Debian's, not one that another interpreter on the path may have. */
function startNcclient(): Promise<LineProcess | undefined> {
  return LineProcess.start("/usr/bin/python3", [rivalSource("ncclient-framing.py")]);
}

async function startLibnetconf2(folder: string): Promise<LineProcess | undefined> {
  const program = join(folder, "libnetconf2-framing");
  try {
    const quiet: ExecFileSyncOptionsWithStringEncoding = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    const flags = execFileSync("pkg-config", ["--cflags", "--libs", "libnetconf2", "libyang"], quiet)
      .trim()
      .split(/\s+/);
    const version = execFileSync("pkg-config", ["--modversion", "libnetconf2"], quiet).trim();
    const source = rivalSource("libnetconf2-framing.c");
    execFileSync("gcc", ["-O2", "-o", program, `-DVERSION="${version}"`, source, ...flags, "-lpthread"], quiet);
  } catch {
    return undefined;
  }
  return LineProcess.start(program, []);
}

function rivalSource(name: string): string {
  return fileURLToPath(new URL(`../rivals/${name}`, import.meta.url));
}
