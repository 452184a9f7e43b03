import type { Fault } from "@netconf-kit/core";

type Entry = readonly [source: string, fault: Fault];

/** What can be wrong with a file that an operator writes. Codes are API. */
const TABLE = {
  /** No JSON. */
  "config-syntax": ["RFC 8259 §2", "local"],
  /** A member stands there twice. */
  "config-duplicate-member": ["RFC 8259 §4", "local"],
  "config-unknown-member": ["listen.schema.json", "local"],
  "config-missing-member": ["listen.schema.json", "local"],
  /** Of another type, or out of its bounds. */
  "config-value": ["listen.schema.json", "local"],
  /** A text that is no IP address. */
  "config-address": ["RFC 4291 §2.2", "local"],
  /** A name, a key, an address or a port that two entries lay claim to. */
  "config-duplicate": ["listen.schema.json", "local"],
  /** Two settings that cannot be together, or one that needs another. */
  "config-conflict": ["listen.schema.json", "local"],
  /** A password or a private key in the file itself. */
  "config-inline-secret": ["RFC 8071 §5", "local"],
  "config-version": ["listen state", "local"],
  "config-too-large": ["listen.schema.json", "local"],
} as const;

/** A code of `configErrors`. */
export type ConfigErrorCode = keyof typeof TABLE;

/** The meaning of every code: where the rule stands, and whose fault it is. */
export const configErrors: Readonly<Record<ConfigErrorCode, Entry>> = TABLE;

/** One thing that is wrong, and where. */
export interface ConfigProblem {
  readonly code: ConfigErrorCode;
  /** `/devices/0/credentials` (RFC 6901); empty for the whole. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  /** Says no secret. */
  readonly message: string;
}

/**
 * A configuration that cannot be used. `code` is that of the first problem; all of them are in `problems`.
 *
 * @example
 * try { parseListenConfig(text); } catch (error) {
 *   if (isConfigError(error)) console.error(error.message);
 * }
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly layer = "call-home";
  readonly code: ConfigErrorCode;
  readonly fault: Fault;
  readonly rfc: string;
  /** In the order of the text, a hundred at most. Never empty. */
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly [ConfigProblem, ...ConfigProblem[]]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
    this.code = problems[0].code;
    [this.rfc, this.fault] = configErrors[this.code];
  }
}

/**
 * True for a `ConfigError` of any copy of this package.
 *
 * @example
 * if (isConfigError(error)) console.error(error.code, error.message);
 */
export function isConfigError(value: unknown): value is ConfigError {
  return value instanceof Error && value.name === "ConfigError" && "problems" in value;
}

function describeProblem({ line, column, path, message }: ConfigProblem): string {
  return `line ${line}, column ${column}: ${path === "" ? "" : `${path}: `}${message}`;
}
