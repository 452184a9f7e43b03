import { element, type XmlElement } from "@netconf-kit/xml";
import { type Datastore, namespaces } from "../names.ts";
import { filterElement, filterRequirements } from "./filter.ts";
import type { GetOptions } from "./get.ts";
import {
  dataOperation,
  datastoreElement,
  datastoreRequirements,
  type Operation,
  urlElement,
  urlRequirements,
} from "./operation.ts";
import { withDefaultsElements, withDefaultsRequirements } from "./with-defaults.ts";

/**
 * Configuration of one datastore, or of a file that a URL names; RFC 6241 §7.1. The value is `<data>`.
 *
 * @example
 * const running = expectOk(await session.rpc(getConfig("running")));
 */
export function getConfig(
  source: Datastore | { readonly url: string },
  options: GetOptions = {},
): Operation<XmlElement> {
  const named = typeof source === "string";
  const from = named
    ? datastoreElement("source", source)
    : element("source", namespaces.base, [urlElement(source.url)]);
  const filter = options.filter === undefined ? [] : [filterElement(options.filter)];
  return dataOperation(
    "get-config",
    [from, ...filter, ...withDefaultsElements(options.withDefaults)],
    [
      ...(named ? datastoreRequirements(source) : urlRequirements(source.url)),
      ...filterRequirements(options.filter),
      ...withDefaultsRequirements(options.withDefaults),
    ],
  );
}
