import {
  childElements,
  element,
  type NamespaceScope,
  qualifiedName,
  type XmlAttribute,
  type XmlElement,
} from "@netconf-kit/xml";
import type { ProtocolVersion } from "../capabilities.ts";
import { namespaces } from "../names.ts";
import type { Dialect } from "./dialect.ts";
import { type RpcErrorInfo, rpcError } from "./rpc-error.ts";

/** What a reply needs of its request. */
export interface RpcEnvelope {
  readonly prefix: string;
  /** All of them, `message-id` included; they go back unmodified. */
  readonly attributes: readonly XmlAttribute[];
  readonly scope: NamespaceScope;
}

/** One request as a server receives it. */
export interface RpcRequest extends RpcEnvelope {
  /** Counts the requests of the session, from 1. */
  readonly sequence: number;
  readonly messageId: string;
  /** The element inside `<rpc>`. */
  readonly operation: XmlElement;
}

/**
 * Builds `<rpc>` around an operation. RFC 6241 §4.1.
 *
 * @example
 * const rpc = buildRpc("101", element("get", namespaces.base));
 */
export function buildRpc(messageId: string, operation: XmlElement): XmlElement {
  return element("rpc", namespaces.base, [operation], { "message-id": messageId });
}

/** What a server makes of an `<rpc>`: a request, or the error to answer with. */
export type RpcReading =
  | { readonly kind: "request"; readonly messageId: string; readonly operation: XmlElement }
  | { readonly kind: "refused"; readonly errors: readonly RpcErrorInfo[] };

/**
 * Reads an `<rpc>`: the request, or the error to answer it with.
 *
 * @example
 * const reading = parseRpc(buildRpc("101", element("get", namespaces.base)), "1.1", new Dialect());
 */
export function parseRpc(root: XmlElement, version: ProtocolVersion, dialect: Dialect): RpcReading {
  const messageId = dialect.messageId(root);
  if (messageId === undefined) {
    // RFC 6241 §4.3: the one case whose reply has no message-id.
    return refused({ tag: "missing-attribute", type: "rpc", badAttribute: "message-id", badElement: "rpc" });
  }
  const [operation, second] = childElements(root);
  if (operation === undefined) {
    // RFC 6241 Appendix A: malformed-message MUST NOT be sent to a 1.0 client.
    const message = "the rpc holds no operation";
    return refused({ tag: version === "1.1" ? "malformed-message" : "operation-failed", type: "rpc", message });
  }
  if (second !== undefined) {
    const message = "the rpc holds more than one operation";
    return refused({ tag: "unknown-element", type: "protocol", badElement: second.name, message });
  }
  return { kind: "request", messageId, operation };
}

/**
 * True for `<close-session>`, the only operation that the session itself carries out. RFC 6241 §7.8.
 *
 * @example
 * isCloseSession(element("close-session", namespaces.base)); // true
 */
export function isCloseSession(operation: XmlElement): boolean {
  return qualifiedName(operation) === `{${namespaces.base}}close-session`;
}

function refused(error: Parameters<typeof rpcError>[0]): RpcReading {
  return { kind: "refused", errors: [rpcError(error)] };
}
