import { element, type XmlElement } from "@netconf-kit/xml";
import type { Datastores } from "../datastores.ts";
import { BASE_NAMESPACE } from "../namespaces.ts";
import type { OperationContext, OperationDefinition } from "../operation.ts";
import { datastoreName, OperationParameters, subtreeFilter } from "../operation-parameters.ts";
import type { ServerSchema } from "../schema.ts";
import { type StateProvider, withState } from "../state-data.ts";
import { filterSubtree } from "../subtree-filter.ts";

/** `<get>` and `<get-config>` (RFC 6241 §7.1, §7.7). */
export function retrieveOperations(
  datastores: Datastores,
  schema: ServerSchema,
  providers: readonly StateProvider[],
): readonly OperationDefinition[] {
  const reply = (data: XmlElement, filter: XmlElement | undefined): { readonly content: readonly XmlElement[] } => {
    const selected = filter === undefined ? data : filterSubtree(data, filter, schema);
    return { content: [element("data", BASE_NAMESPACE, selected.children)] };
  };
  const getConfig = (operation: XmlElement): { readonly content: readonly XmlElement[] } => {
    const parameters = new OperationParameters(operation, ["source", "filter"]);
    const source = datastoreName(parameters.required("source"));
    return reply(datastores.read(source), subtreeFilter(parameters.optional("filter")));
  };
  const get = async (
    operation: XmlElement,
    { signal }: OperationContext,
  ): Promise<{ readonly content: readonly XmlElement[] }> => {
    const filter = subtreeFilter(new OperationParameters(operation, ["filter"]).optional("filter"));
    return reply(await withState(datastores.running, providers, { filter, signal }, schema), filter);
  };
  return [
    { namespace: BASE_NAMESPACE, name: "get-config", handler: getConfig },
    { namespace: BASE_NAMESPACE, name: "get", handler: get },
  ];
}
