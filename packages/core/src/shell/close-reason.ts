import type { DuplexSocket } from "@netconf-kit/socket";
import { asError } from "../errors.ts";

/** How a session came to its end. */
export type CloseReason =
  /** `close()`. */
  | { readonly by: "local" }
  /** A server's session: the client sent close-session (RFC 6241 §7.8). */
  | { readonly by: "close-session" }
  /** The peer hung up between two messages and owed nothing, but said no farewell. */
  | { readonly by: "peer" }
  /** Every promise that was pending has rejected with this same error. */
  | { readonly by: "error"; readonly error: Error };

export function failed(error: unknown): CloseReason {
  return { by: "error", error: asError(error) };
}

/** A session owns its socket from the start: also options that make no session end it. */
export async function closingOnFailure<T>(socket: DuplexSocket, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    await socket.close(asError(error));
    throw error;
  }
}
