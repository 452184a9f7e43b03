import { type Operation, okOperation } from "./operation.ts";

/**
 * Ends the session in good order, RFC 6241 §7.8. `session.close()` sends it and waits.
 *
 * @example
 * await session.rpc(closeSession());
 */
export function closeSession(): Operation<void> {
  return okOperation("close-session", [], []);
}
