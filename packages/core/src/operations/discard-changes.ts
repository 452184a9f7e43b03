import { capabilityUris } from "../names.ts";
import { type Operation, okOperation } from "./operation.ts";

/**
 * Makes candidate equal to running again, RFC 6241 §8.3.4.2.
 *
 * @example
 * await session.rpc(discardChanges());
 */
export function discardChanges(): Operation<void> {
  return okOperation("discard-changes", [], [{ anyOf: [capabilityUris.candidate], what: "discarding changes" }]);
}
