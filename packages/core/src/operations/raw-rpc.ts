import type { XmlElement } from "@netconf-kit/xml";
import type { Operation } from "./operation.ts";

/**
 * Any operation, as it is. The value is everything in the reply but `<rpc-error>`, `<ok/>` included.
 *
 * @example
 * const children = expectOk(await session.rpc(rawRpc(element("get-alarms", "urn:example"))));
 */
export function rawRpc(operation: XmlElement): Operation<readonly XmlElement[]> {
  const readLaterFor = ["ok", "data"] as const;
  return { name: operation.name, element: operation, requires: [], readLaterFor, decode: (reply) => reply.content };
}
