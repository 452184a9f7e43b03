import { element, type XmlElement, type XmlNode } from "@netconf-kit/xml";
import { namespaces } from "../names.ts";
import type { RpcEnvelope } from "./rpc.ts";
import { buildRpcError, type RpcErrorInfo } from "./rpc-error.ts";

/** What a server answers. */
export type RpcResult =
  | {
      readonly ok: true;
      /** Nothing gives `<ok/>`, RFC 6241 §4.4. */
      readonly content?: readonly XmlNode[];
      readonly warnings?: readonly RpcErrorInfo[];
    }
  | { readonly ok: false; readonly errors: readonly RpcErrorInfo[] };

/**
 * Builds the reply to `rpc`: its attributes and namespace declarations come back unmodified, RFC 6241 §4.1 and §4.2.
 *
 * @example
 * const written = buildReply(parseXml(`<rpc message-id="101"/>`), { ok: true });
 */
export function buildReply(rpc: RpcEnvelope, result: RpcResult): XmlElement {
  return {
    name: "rpc-reply",
    namespace: namespaces.base,
    prefix: rpc.prefix,
    attributes: rpc.attributes,
    children: result.ok ? succeeded(result) : result.errors.map(buildRpcError),
    scope: rpc.scope,
  };
}

function succeeded(result: RpcResult & { ok: true }): readonly XmlNode[] {
  const content = result.content ?? [];
  const warnings = (result.warnings ?? []).map(buildRpcError);
  return [...warnings, ...(content.length > 0 ? content : [element("ok", namespaces.base)])];
}
