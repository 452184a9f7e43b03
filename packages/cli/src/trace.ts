import { closeSync, fchmodSync, openSync, writeSync } from "node:fs";
import { type MessageObserver, redactMessage } from "netconf-kit";
import { UsageError } from "./exit-codes.ts";

/** Writes every NETCONF message of a session to a file for people, secrets left out. */
export interface Trace {
  readonly onMessage: MessageObserver;
  readonly close: () => void;
}

/** Opens a trace. The file is for its owner only: a configuration says much even without its secrets. */
export function traceTo(path: string): Trace {
  const file = openTrace(path);
  const start = performance.now();
  return {
    onMessage: (direction, message) => {
      const time = ((performance.now() - start) / 1000).toFixed(3);
      writeSync(file, `<!-- ${time} s, ${direction}, ${message.length} bytes -->\n${redactMessage(message)}\n\n`);
    },
    close: () => closeSync(file),
  };
}

function openTrace(path: string): number {
  try {
    const file = openSync(path, "w", 0o600);
    // The mode above counts for a new file only.
    fchmodSync(file, 0o600);
    return file;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`cannot write the trace: ${reason}`, { cause });
  }
}
