import type { XmlElement } from "@netconf-kit/xml";
import { childIndex, identityOf } from "./child-index.ts";
import { elementsOf, hasElements, withChildren } from "./config-tree.ts";
import { openNode, type SchemaNode, type ServerSchema } from "./schema.ts";

/** What a client asks for, so that a provider need not make more. */
export interface StateRequest {
  /** The `<filter>` of the request; `undefined` when everything is wanted. What is given too much is filtered out. */
  readonly filter: XmlElement | undefined;
  /** Aborted when the session ends. */
  readonly signal: AbortSignal | undefined;
}

/** Gives state data: top-level elements, which are merged with the configuration by the keys of their lists. */
export interface StateProvider {
  /** When given, the provider is asked only if the filter lets this top-level node through. */
  readonly namespace?: string;
  readonly name?: string;
  readonly state: (request: StateRequest) => readonly XmlElement[] | Promise<readonly XmlElement[]>;
}

/** Running together with the state data that a request may be about (RFC 6241 §7.7). */
export async function withState(
  running: XmlElement,
  providers: readonly StateProvider[],
  request: StateRequest,
  schema: ServerSchema,
): Promise<XmlElement> {
  let data = running;
  for (const provider of providers) {
    if (!isWanted(provider, request.filter)) continue;
    data = mergeState(data, await provider.state(request), schema.root);
  }
  return data;
}

function isWanted(provider: StateProvider, filter: XmlElement | undefined): boolean {
  if (filter === undefined) return true;
  return elementsOf(filter).some(
    (wanted) =>
      (provider.name === undefined || wanted.name === provider.name) &&
      (provider.namespace === undefined || wanted.namespace === "" || wanted.namespace === provider.namespace),
  );
}

/** Puts state into a tree: into the container or list entry that is there already, otherwise behind its siblings. */
function mergeState(data: XmlElement, state: readonly XmlElement[], node: SchemaNode): XmlElement {
  if (state.length === 0) return data;
  const index = childIndex(data, node);
  const merged = new Map<XmlElement, XmlElement>();
  const added: XmlElement[] = [];
  for (const part of state) {
    const childNode = node.child(part.name, part.namespace) ?? openNode;
    const identity = identityOf(part, childNode);
    const before = identity === undefined ? undefined : index.get(identity);
    if (before === undefined) added.push(part);
    else if (hasElements(part)) {
      merged.set(before, mergeState(merged.get(before) ?? before, elementsOf(part), childNode));
    }
  }
  const children = merged.size === 0 ? data.children : elementsOf(data).map((part) => merged.get(part) ?? part);
  return withChildren(data, [...children, ...added]);
}
