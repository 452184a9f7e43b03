/** Exit codes of the `netconf` command. A promise to scripts. */
export const exitCodes = {
  done: 0,
  /** The device answered with rpc-error. */
  rpcError: 1,
  /** Wrong usage or unreadable input. */
  usage: 2,
  /** Not reachable, reset or timed out. */
  unreachable: 3,
  /** Host key, certificate or login refused. */
  refused: 4,
  /** The peer broke the protocol. */
  protocol: 5,
  /** A bug of this command. */
  bug: 70,
} as const;

/** One of `exitCodes`. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Wrong usage or unreadable input: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;

  constructor(message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.hint = options.hint;
  }
}
