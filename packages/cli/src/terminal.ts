import pc from "picocolors";

/** Where a command reads and writes. Results go to `out`, everything else to `err`. */
export interface Terminal {
  /** Writes a result, as it is. */
  out(text: string | Uint8Array): Promise<void>;
  /** Writes one line about the work: progress, warnings, errors. */
  err(line: string): void;
  readonly quiet: boolean;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly color: ReturnType<typeof pc.createColors>;
}

/** The process's own terminal. Colours only where a person looks at them, and never with NO_COLOR. */
export function processTerminal(options: { readonly quiet: boolean }): Terminal {
  const wanted = process.env.NO_COLOR === undefined || process.env.NO_COLOR === "";
  return {
    quiet: options.quiet,
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    color: pc.createColors(wanted && process.stdout.isTTY === true),
    out: (text) =>
      new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve()))),
    err: (line) => {
      if (!options.quiet) process.stderr.write(`${line}\n`);
    },
  };
}
