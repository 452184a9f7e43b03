import { childElements, element, type XmlElement, type XmlNode } from "@netconf-kit/xml";
import { namespaces } from "../names.ts";
import type { Dialect } from "./dialect.ts";
import type { RpcEnvelope } from "./rpc.ts";
import { buildRpcError, findRpcErrors, type RpcErrorInfo } from "./rpc-error.ts";

/** One `<rpc-reply>` as received. */
export interface RpcReply {
  readonly messageId: string | undefined;
  readonly root: XmlElement;
  /** Everything inside but `<rpc-error>`. */
  readonly content: readonly XmlElement[];
  /** Severity error. The operation failed when there is one. */
  readonly errors: readonly RpcErrorInfo[];
  readonly warnings: readonly RpcErrorInfo[];
  readonly dialect: Dialect;
}

/** What the operation gave, or every error of the reply. RFC 6241 §4.3: a server MUST report an error, so none means success. */
export type Reply<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly RpcErrorInfo[] }
  | { readonly ok: false; readonly errors: readonly RpcErrorInfo[] };

export function parseReply(root: XmlElement, dialect: Dialect): RpcReply {
  const all = findRpcErrors(root, dialect);
  return {
    messageId: dialect.messageId(root),
    root,
    content: childElements(root).filter((child) => child.name !== "rpc-error"),
    errors: all.filter((error) => error.severity === "error"),
    warnings: all.filter((error) => error.severity === "warning"),
    dialect,
  };
}

/** What a server answers. */
export type RpcResult =
  | {
      readonly ok: true;
      /** Nothing gives `<ok/>`, RFC 6241 §4.4. */
      readonly content?: readonly XmlNode[];
      readonly warnings?: readonly RpcErrorInfo[];
    }
  | { readonly ok: false; readonly errors: readonly RpcErrorInfo[] };

/** Builds the reply to `rpc`: its attributes and namespace declarations come back unmodified, RFC 6241 §4.1 and §4.2. */
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
