import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { ReadStream, WriteStream } from "node:tty";
import { UsageError } from "./exit-codes.ts";

/** Where a person can be asked. */
interface Console {
  readonly input: ReadStream;
  readonly output: NodeJS.WritableStream;
  readonly close: () => void;
}

/** Whether there is a terminal, on standard input or behind it. */
export function canAsk(): boolean {
  const found = openConsole();
  found?.close();
  return found !== undefined;
}

/** Asks a person. Where standard input holds something else, the terminal of the process is asked. */
export async function ask(
  prompt: string,
  options: { readonly echo: boolean; readonly hint?: string },
): Promise<string> {
  const found = openConsole();
  if (found === undefined) {
    const { hint = "use --password-env or --password-file" } = options;
    throw new UsageError(`cannot ask "${prompt.trim()}": there is no terminal`, { hint });
  }
  const output = options.echo ? found.output : new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: found.input, output, terminal: true });
  // Only now: whoever answers at once must not be echoed by the terminal.
  found.output.write(prompt);
  // Ctrl-C at a question means the same as anywhere else.
  reader.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const ended = new Promise<never>((_, reject) =>
    reader.once("close", () => reject(new UsageError(`"${prompt.trim()}" was not answered`))),
  );
  try {
    return await Promise.race([reader.question(""), ended]);
  } finally {
    ended.catch(() => {}); // the answer was there first
    reader.close();
    if (!options.echo) found.output.write("\n");
    found.close();
  }
}

function openConsole(): Console | undefined {
  if (process.stdin.isTTY === true) {
    return { input: process.stdin, output: process.stderr, close: () => process.stdin.pause() };
  }
  try {
    // Two descriptors: each stream closes its own.
    const input = new ReadStream(openSync("/dev/tty", "r"));
    const output = outputTo(input);
    const close = (): void => {
      input.destroy();
      output.destroy();
    };
    return { input, output, close };
  } catch {
    return undefined;
  }
}

function outputTo(input: ReadStream): WriteStream {
  const file = openSync("/dev/tty", "w");
  try {
    return new WriteStream(file);
  } catch (error) {
    closeSync(file);
    input.destroy();
    throw error;
  }
}
