import { type RpcErrorInfo, type RpcErrorTag, rpcError } from "@netconf-kit/core";
import type { XmlElement } from "@netconf-kit/xml";
import { type ConfigPath, xpathOf } from "./config-path.ts";

/**
 * An error that the client is told in `<rpc-error>` (RFC 6241 §4.3). A value, not an exception: one request can have many.
 * Validators and handlers of own operations return these.
 */
export interface ConfigError extends ErrorDetails {
  readonly type: "rpc" | "protocol" | "application";
  readonly tag: RpcErrorTag;
  readonly message: string;
  /** The node at fault, from the root of the data. */
  readonly path?: ConfigPath;
  readonly appTag?: string;
}

/** What `<error-info>` has to hold, depending on the tag (RFC 6241 Appendix A). */
export interface ErrorDetails {
  readonly badElement?: string;
  readonly badAttribute?: string;
  readonly badNamespace?: string;
  /** Who holds a lock; 0 is no NETCONF session. */
  readonly sessionId?: number;
  /** More children of `<error-info>`. */
  readonly info?: readonly XmlElement[];
}

/**
 * An error about the content of a configuration.
 *
 * @example
 * const validate = () => [dataError("invalid-value", "the MTU is too small", [{ namespace: "urn:example", name: "mtu" }])];
 */
export function dataError(tag: RpcErrorTag, message: string, path?: ConfigPath, details?: ErrorDetails): ConfigError {
  return { type: "application", tag, message, ...(path && path.length > 0 && { path }), ...details };
}

/**
 * An error about the operation that was asked for.
 *
 * @example
 * const refusal = protocolError("access-denied", "admins only");
 */
export function protocolError(tag: RpcErrorTag, message: string, details?: ErrorDetails): ConfigError {
  return { type: "protocol", tag, message, ...details };
}

/** The error as core writes it. The path brings the prefixes it uses (RFC 6241 §4.3, error-path). */
export function toRpcError(error: ConfigError): RpcErrorInfo {
  const { path, ...rest } = error;
  if (path === undefined) return rpcError(rest);
  const { xpath, namespaces } = xpathOf(path);
  return rpcError({ ...rest, path: { text: xpath, scope: namespaces } });
}

/** Carries errors for the client out of a nested call. Never leaves this package. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  readonly errors: readonly ConfigError[];

  constructor(errors: readonly ConfigError[]) {
    super(errors[0]?.message ?? "the request was refused");
    this.errors = errors;
  }
}

export function refuse(error: ConfigError): never {
  throw new RequestRefused([error]);
}
