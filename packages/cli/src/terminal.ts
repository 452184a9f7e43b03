import pc from "picocolors";
import { printable } from "./printable.ts";

/** Where a command writes. Results go to `out`, everything else to `err`. */
export interface Terminal {
  /** Writes a result. A file or a pipe gets it as it is; on a terminal what could steer it is escaped. */
  out(text: string | Uint8Array): Promise<void>;
  /** Writes text of our own, which may have colours. */
  styled(text: string): Promise<void>;
  /** Writes one line about the work: progress, warnings. */
  err(line: string): void;
  readonly color: ReturnType<typeof pc.createColors>;
}

/** The process's own terminal. Colours only where a person looks at them, and never with NO_COLOR. */
export function processTerminal(options: { readonly quiet: boolean }): Terminal {
  const { stdout, stderr } = process;
  const isTerminal = stdout.isTTY === true;
  const noColor = process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== "";
  const write = (text: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => stdout.write(text, (error) => (error ? reject(error) : resolve())));
  return {
    color: pc.createColors(isTerminal && !noColor),
    out: (text) =>
      write(isTerminal ? printable(typeof text === "string" ? text : new TextDecoder().decode(text)) : text),
    styled: write,
    err: (line) => {
      if (!options.quiet) stderr.write(`${printable(line)}\n`);
    },
  };
}
