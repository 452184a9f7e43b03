import { element } from "@netconf-kit/xml";
import { namespaces } from "../names.ts";
import {
  datastoreElement,
  datastoreRequirements,
  type Operation,
  okOperation,
  urlElement,
  urlRequirements,
} from "./operation.ts";

/**
 * Deletes the startup datastore or a file, RFC 6241 §7.4. Running cannot be deleted.
 *
 * @example
 * await session.rpc(deleteConfig("startup"));
 */
export function deleteConfig(target: "startup" | { readonly url: string }): Operation<void> {
  if (target === "startup") {
    return okOperation("delete-config", [datastoreElement("target", target)], datastoreRequirements(target));
  }
  const to = element("target", namespaces.base, [urlElement(target.url)]);
  return okOperation("delete-config", [to], urlRequirements(target.url));
}
