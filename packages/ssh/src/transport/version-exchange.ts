import { SshError } from "../errors.ts";
import { printable } from "../wire/printable.ts";
import type { InputBuffer } from "./input-buffer.ts";
import type { Role } from "./legal-messages.ts";

/** RFC 4253 §4.2: the identification string has at most 255 characters, CR and LF included. */
const MAX_LINE_BYTES = 255;
/** Lines that a server may send before its identification. The RFC names no number; nothing real sends more. */
const MAX_LINES_BEFORE = 50;
const LF = 10;
const CR = 13;
const MIN_PRINTABLE = 0x20;
const MAX_PRINTABLE = 0x7e;

/** What we send, without CR and LF: `SSH-2.0-software` (RFC 4253 §4.2). Throws `local-usage` when `software` does not fit. */
export function identification(software: string): string {
  // Printable US-ASCII without white space and minus; a comment may follow behind one blank.
  if (!/^[\x21-\x2c\x2e-\x7e]{1,120}( [\x20-\x7e]{0,100})?$/.test(software))
    throw new SshError(
      "local-usage",
      `the software version "${printable(software)}" cannot stand in an SSH identification`,
    );
  return `SSH-2.0-${software}`;
}

/** Reads the peer's identification, and what a server may say before it. */
export class VersionReader {
  readonly #role: Role;
  #linesBefore = 0;

  /** `role` is ours. */
  constructor(role: Role) {
    this.#role = role;
  }

  /** The identification without CR and LF, as it enters the exchange hash, once its line is complete. Throws for anything that cannot become one. */
  next(input: InputBuffer): string | undefined {
    for (;;) {
      const end = input.indexOf(LF, MAX_LINE_BYTES);
      if (end < 0) {
        this.#checkUnfinished(input);
        return undefined;
      }
      const withCr = input.peek(end);
      const line = withCr[end - 1] === CR ? withCr.subarray(0, end - 1) : withCr;
      input.skip(end + 1);
      if (startsWithSsh(line)) return this.#identification(line);
      this.#countLineBefore(line);
    }
  }

  #checkUnfinished(input: InputBuffer): void {
    if (input.length >= MAX_LINE_BYTES)
      throw new SshError(
        "version-line-too-long",
        `reading the SSH identification: a line has more than ${MAX_LINE_BYTES} bytes`,
        { phase: "version exchange" },
      );
    // A server learns at the first byte that its peer does not speak SSH, not at the end of a line that never comes.
    if (this.#role === "server") {
      const start = input.peek(Math.min(input.length, SSH_PREFIX.length));
      if (start.some((byte, at) => byte !== SSH_PREFIX.charCodeAt(at))) throw notSsh(start);
    }
  }

  #countLineBefore(line: Uint8Array): void {
    // RFC 4253 §4.2: only the server may send other lines before its identification.
    if (this.#role === "server") throw notSsh(line);
    this.#linesBefore++;
    if (this.#linesBefore > MAX_LINES_BEFORE)
      throw new SshError(
        "limit-exceeded",
        `reading the SSH identification: more than ${MAX_LINES_BEFORE} other lines came before it`,
        { phase: "version exchange" },
      );
  }

  #identification(line: Uint8Array): string {
    const text = decoder.decode(line);
    // RFC 4253 §4.2: US-ASCII without the null character; other control characters have no place there either.
    if (line.some((byte) => byte < MIN_PRINTABLE || byte > MAX_PRINTABLE))
      throw new SshError(
        "version-mismatch",
        `reading the SSH identification: "${printable(text)}" is not printable US-ASCII`,
        { phase: "version exchange" },
      );
    // RFC 4253 §5.1: a client takes "1.99" of a server as "2.0"; no server has to do so.
    if (!text.startsWith("SSH-2.0-") && !(this.#role === "client" && text.startsWith("SSH-1.99-")))
      throw new SshError(
        "version-mismatch",
        `reading the SSH identification: "${printable(text)}" does not offer SSH version 2.0`,
        { phase: "version exchange" },
      );
    return text;
  }
}

const SSH_PREFIX = "SSH-";
const decoder = new TextDecoder();

function startsWithSsh(line: Uint8Array): boolean {
  for (let at = 0; at < SSH_PREFIX.length; at++) if (line[at] !== SSH_PREFIX.charCodeAt(at)) return false;
  return true;
}

function notSsh(line: Uint8Array): SshError {
  return new SshError(
    "version-mismatch",
    `reading the SSH identification: the peer began with "${printable(decoder.decode(line), 60)}", which is not SSH`,
    { phase: "version exchange" },
  );
}
