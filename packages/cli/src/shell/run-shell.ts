import { createInterface, type Interface } from "node:readline";
import { type ExitCode, exitCodes, UsageError } from "../exit-codes.ts";
import { printable } from "../printable.ts";
import { reportError } from "../report-error.ts";
import { type ShellContext, shellCommands } from "./shell-commands.ts";

export interface ShellOptions {
  readonly context: ShellContext;
  readonly input: NodeJS.ReadableStream;
  /** For the prompt and what is typed; without it lines come from a file or a pipe, and the first error is the end. */
  readonly console: NodeJS.WritableStream | undefined;
  readonly signal: AbortSignal;
}

/** Reads and does lines until `quit`, the end of the input, or the end of the session. Gives the exit code. */
export async function runShell({ context, input, console, signal }: ShellOptions): Promise<ExitCode> {
  const { session, terminal } = context;
  const reader = createInterface({
    input,
    ...(console !== undefined && { output: console, terminal: true, completer: complete, prompt: "netconf> " }),
  });
  let running: AbortController | undefined;
  let ended = false;
  reader.on("SIGINT", () => {
    if (running !== undefined) running.abort(new UsageError("interrupted; the device may do it all the same"));
    else clearLine(reader);
  });
  const close = (): void => reader.close();
  signal.addEventListener("abort", close, { once: true });
  void session.closed.then(() => {
    ended = true;
    close();
  });
  try {
    if (console !== undefined) terminal.err("help shows the commands, Tab completes, Ctrl-D ends");
    reader.prompt();
    for await (const line of reader) {
      if (QUIT.has(line.trim())) return exitCodes.done;
      running = new AbortController();
      try {
        await doLine(line, context, running.signal);
      } catch (error) {
        const { line: words, exitCode } = reportError(error);
        terminal.err(printable(words));
        if (console === undefined) return exitCode;
      }
      running = undefined;
      if (ended) break;
      reader.prompt();
    }
    if (!ended || signal.aborted) return exitCodes.done;
    const reason = await session.closed;
    terminal.err(
      reason.by === "error" ? `the session is over: ${reason.error.message}` : "the device has ended the session",
    );
    return exitCodes.unreachable;
  } finally {
    signal.removeEventListener("abort", close);
    reader.close();
  }
}

/** Does one line; blank ones and comments (`#`) do nothing. @throws what the command throws; UsageError */
async function doLine(line: string, context: ShellContext, signal: AbortSignal): Promise<void> {
  const words = line.trim();
  const [name = ""] = words.split(/\s/, 1);
  if (name === "" || name.startsWith("#")) return;
  if (name === "help") return context.terminal.out(help());
  const command = shellCommands.get(name);
  if (command === undefined) throw new UsageError(`there is no command "${name}"`, { hint: "help shows them" });
  await command.run(words.slice(name.length).trim(), context, signal);
}

const QUIT: ReadonlySet<string> = new Set(["quit", "exit"]);

function help(): string {
  const lines = [...shellCommands].map(([name, { usage, does }]) => `  ${`${name} ${usage}`.padEnd(36)}${does}\n`);
  return `${lines.join("")}  ${"quit".padEnd(36)}end the session\n
A FILTER is XML, @ and a file with it, or an XPath expression. Lines that begin with # do nothing.\n`;
}

/** What Tab offers: commands, then what may follow. As `readline` wants it: the words, and the part that they complete. */
export function complete(line: string): [string[], string] {
  const [, name = "", blank = "", word = ""] = /^\s*(\S*)(\s*)(\S*)$/.exec(line) ?? [];
  if (blank === "") return [matching([...shellCommands.keys(), "help", "quit"], name), name];
  return [matching(shellCommands.get(name)?.words ?? [], word), word];
}

function matching(words: readonly string[], beginning: string): string[] {
  return words.filter((word) => word.startsWith(beginning));
}

function clearLine(reader: Interface): void {
  reader.write(null, { ctrl: true, name: "e" });
  reader.write(null, { ctrl: true, name: "u" });
}
