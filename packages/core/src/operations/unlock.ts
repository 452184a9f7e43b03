import type { Datastore } from "../names.ts";
import { datastoreElement, datastoreRequirements, type Operation, okOperation } from "./operation.ts";

/**
 * Releases the lock that this session holds, RFC 6241 §7.6.
 *
 * @example
 * await session.rpc(unlock("candidate"));
 */
export function unlock(target: Datastore): Operation<void> {
  return okOperation("unlock", [datastoreElement("target", target)], datastoreRequirements(target));
}
