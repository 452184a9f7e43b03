import type { Datastore } from "../names.ts";
import { datastoreElement, datastoreRequirements, type Operation, okOperation } from "./operation.ts";

/**
 * Locks a whole datastore for this session, RFC 6241 §7.5. Refused with `lock-denied` when another holds it.
 *
 * @example
 * expectOk(await session.rpc(lock("candidate")));
 */
export function lock(target: Datastore): Operation<void> {
  return okOperation("lock", [datastoreElement("target", target)], datastoreRequirements(target));
}
