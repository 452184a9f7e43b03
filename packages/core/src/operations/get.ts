import type { XmlElement } from "@netconf-kit/xml";
import { type Filter, filterElement, filterRequirements } from "./filter.ts";
import { dataOperation, type Operation } from "./operation.ts";
import { type WithDefaults, withDefaultsElements, withDefaultsRequirements } from "./with-defaults.ts";

/** What of the data a request asks for. */
export interface GetOptions {
  readonly filter?: Filter;
  readonly withDefaults?: WithDefaults;
}

/**
 * Running configuration and state, RFC 6241 §7.7. The value is `<data>`.
 *
 * @example
 * const reply = await session.rpc(get({ filter: { subtree: element("interfaces", "urn:ietf:params:xml:ns:yang:ietf-interfaces") } }));
 */
export function get(options: GetOptions = {}): Operation<XmlElement> {
  const filter = options.filter === undefined ? [] : [filterElement(options.filter)];
  return dataOperation(
    "get",
    [...filter, ...withDefaultsElements(options.withDefaults)],
    [...filterRequirements(options.filter), ...withDefaultsRequirements(options.withDefaults)],
  );
}
