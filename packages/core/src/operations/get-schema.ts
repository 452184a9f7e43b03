import { element, textOf } from "@netconf-kit/xml";
import { NetconfError } from "../errors.ts";
import { namespaces } from "../names.ts";
import type { Operation } from "./operation.ts";

/**
 * Fetches the text of a schema, RFC 6022 §3.1. The value is the module as the server stores it.
 *
 * @example
 * const module = expectOk(await session.rpc(getSchema("ietf-interfaces", { version: "2018-02-20" })));
 */
export function getSchema(
  identifier: string,
  options: { readonly version?: string; readonly format?: string } = {},
): Operation<string> {
  const content = [element("identifier", namespaces.monitoring, identifier)];
  if (options.version !== undefined) content.push(element("version", namespaces.monitoring, options.version));
  if (options.format !== undefined) content.push(element("format", namespaces.monitoring, options.format));
  return {
    name: "get-schema",
    element: element("get-schema", namespaces.monitoring, content),
    requires: [{ anyOf: [namespaces.monitoring], what: "fetching a schema" }],
    decode: (reply) => {
      // Devices also answer in the base namespace or in none.
      const data = reply.content.find((candidate) => candidate.name === "data");
      if (data !== undefined) return textOf(data);
      throw new NetconfError("malformed-reply", "cannot read a schema: the reply has no <data>");
    },
  };
}
