import { element } from "@netconf-kit/xml";
import { namespaces } from "../names.ts";
import { type Operation, okOperation, positiveUint32 } from "./operation.ts";

/**
 * Ends another session by force, RFC 6241 §7.9.
 *
 * @example
 * await session.rpc(killSession(4));
 */
export function killSession(sessionId: number): Operation<void> {
  const id = positiveUint32(sessionId, "a session-id");
  return okOperation("kill-session", [element("session-id", namespaces.base, id)], []);
}
