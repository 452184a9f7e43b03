import { printable } from "./ssh-config-text.ts";

/** The one table of codes, with what to do about each. Codes are API: they may be added, never renamed. */
export const sshConfigErrors = {
  /** A line that OpenSSH would not take either: no argument, too many of them, an open quote, a value that is none. */
  "bad-line": "correct the line",
  /** A file that is there and cannot be read. */
  unreadable: "make the file readable for its owner",
  /** A file of the user that others may change. */
  permissions: "take the file away from other users: chmod 600",
  /** More than a limit allows: bytes, files, depth of Include, entries of a list. */
  "limit-exceeded": "shorten the configuration",
  /** A condition that would run a program, or that only newer versions of OpenSSH know, decides about a block. */
  "match-not-supported": "write the block without this condition",
  /** A `%` token, an environment variable or a `~user` that cannot be replaced here. */
  "cannot-expand": "write the value out",
  /** A list of algorithms with nothing in it that this software has. */
  "no-algorithm": "add an algorithm to the list",
} as const;

/** A code of `sshConfigErrors`. */
export type SshConfigErrorCode = keyof typeof sshConfigErrors;

/** Where in a configuration something stands. */
export interface SshConfigPlace {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * A client configuration of OpenSSH that cannot be used. It is always the caller's file that is at fault, never a peer.
 *
 * @example
 * try { await readSshConfig(); } catch (error) {
 *   if (isSshConfigError(error)) console.error(error.code, error.file, error.line);
 * }
 */
export class SshConfigError extends Error {
  override readonly name = "SshConfigError";
  readonly layer = "ssh-config";
  readonly fault = "local";
  readonly rfc = "ssh_config(5)";
  readonly code: SshConfigErrorCode;
  readonly file: string | undefined;
  readonly line: number | undefined;

  constructor(
    code: SshConfigErrorCode,
    problem: string,
    place?: { readonly file: string; readonly line?: number },
    options?: { readonly cause?: unknown },
  ) {
    const where = place === undefined ? "" : `${place.file}${place.line === undefined ? "" : `, line ${place.line}`}: `;
    super(`cannot use the SSH configuration: ${printable(`${where}${problem}`)}`, options);
    this.code = code;
    this.file = place?.file;
    this.line = place?.line;
  }
}

/**
 * Whether a value is an `SshConfigError`, of this copy of the package or another one.
 *
 * @example
 * if (isSshConfigError(error)) console.error(error.file, error.line, error.message);
 */
export function isSshConfigError(value: unknown): value is SshConfigError {
  return value instanceof Error && value.name === "SshConfigError" && "layer" in value && value.layer === "ssh-config";
}
