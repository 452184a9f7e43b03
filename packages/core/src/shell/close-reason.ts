import { asError } from "../errors.ts";

/** How a session came to its end. */
export type CloseReason =
  /** `close()`, or an answered close-session. */
  | { readonly by: "local" }
  /** The peer ended the connection between two messages, and owed nothing. */
  | { readonly by: "peer" }
  /** Every promise that was pending has rejected with this same error. */
  | { readonly by: "error"; readonly error: Error };

export function failed(error: unknown): CloseReason {
  return { by: "error", error: asError(error) };
}
