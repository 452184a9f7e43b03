import { element } from "@netconf-kit/xml";
import { capabilityUris, namespaces } from "../names.ts";
import { type Operation, okOperation } from "./operation.ts";

/**
 * Undoes a confirmed commit now, RFC 6241 §8.4.4.1. `persistId` names one made by another session.
 *
 * @example
 * await session.rpc(cancelCommit({ persistId: "change-4711" }));
 */
export function cancelCommit(options: { readonly persistId?: string } = {}): Operation<void> {
  const { persistId } = options;
  const content = persistId === undefined ? [] : [element("persist-id", namespaces.base, persistId)];
  return okOperation("cancel-commit", content, [
    { anyOf: [capabilityUris.confirmedCommit11], what: "cancelling a commit" },
  ]);
}
