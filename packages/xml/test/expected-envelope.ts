import { attribute, childElements, type EnvelopeOutcome, type EnvelopeScanner, type XmlElement } from "../src/mod.ts";

/** What the scan of an envelope has to find, from the tree. */
export function expectedEnvelope(root: XmlElement): object {
  const own = childElements(root).map(({ name, namespace }) => (namespace === root.namespace ? name : ""));
  return {
    root: root.name,
    namespace: root.namespace,
    messageId: attribute(root, "message-id"),
    outcome: outcome(root.name, own),
  };
}

/** The same of a scan. */
export function foundEnvelope({ root, namespace, messageId, outcome }: EnvelopeScanner): object {
  return { root, namespace, messageId, outcome };
}

function outcome(root: string, own: readonly string[]): EnvelopeOutcome {
  if (root === "hello" || root === "notification") return root;
  if (root !== "rpc-reply") return "other";
  if (own.includes("rpc-error")) return "rpc-error";
  return own[0] === "ok" || own[0] === "data" ? own[0] : "other";
}
