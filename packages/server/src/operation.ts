import type { XmlElement } from "@netconf-kit/xml";
import type { ConfigError } from "./config-error.ts";
import type { Actor } from "./datastores.ts";

/** What a handler is told beside the operation itself. */
export interface OperationContext {
  readonly session: Actor;
  /** Aborted when the session ends; RFC 6241 §7.9 wants operations in process to stop then. */
  readonly signal: AbortSignal | undefined;
}

/** What an operation gives: nothing for `<ok/>`, elements for the reply, or errors. */
export type OperationResult =
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing is the common case
  void | { readonly content: readonly XmlElement[] } | { readonly errors: readonly ConfigError[] };

/** Carries out one operation. What it throws becomes `operation-failed` without its text. */
export type OperationHandler = (
  operation: XmlElement,
  context: OperationContext,
) => OperationResult | Promise<OperationResult>;

/**
 * An operation by its qualified name.
 *
 * @example
 * const restart: OperationDefinition = {
 *   namespace: "urn:ietf:params:xml:ns:yang:ietf-system", name: "system-restart",
 *   handler: () => reboot(),
 * };
 */
export interface OperationDefinition {
  readonly namespace: string;
  readonly name: string;
  readonly handler: OperationHandler;
}
