import {
  attribute,
  childElements,
  element,
  isElement,
  type NamespaceScope,
  textOf,
  type XmlElement,
  type XmlNode,
} from "@netconf-kit/xml";
import { quoted } from "../errors.ts";
import { namespaces } from "../names.ts";
import { Dialect } from "./dialect.ts";

/** RFC 6241 §4.3: the layer where the error was found. */
export type RpcErrorType = "transport" | "rpc" | "protocol" | "application";

/** RFC 6241 Appendix A, the whole list. */
export type RpcErrorTag =
  | "in-use"
  | "invalid-value"
  | "too-big"
  | "missing-attribute"
  | "bad-attribute"
  | "unknown-attribute"
  | "missing-element"
  | "bad-element"
  | "unknown-element"
  | "unknown-namespace"
  | "access-denied"
  | "lock-denied"
  | "resource-denied"
  | "rollback-failed"
  | "data-exists"
  | "data-missing"
  | "operation-not-supported"
  | "operation-failed"
  | "partial-operation"
  | "malformed-message";

/** A known value, or whatever else a peer wrote there. */
type OrOther<Known extends string> = Known | (string & {});

/** One `<rpc-error>` with every field of RFC 6241 §4.3. A value, not an exception: see {@link RpcError}. */
export interface RpcErrorInfo {
  readonly type: OrOther<RpcErrorType> | undefined;
  readonly tag: OrOther<RpcErrorTag> | undefined;
  /** Anything that is not a warning is an error. */
  readonly severity: "error" | "warning";
  readonly appTag: string | undefined;
  /** An XPath and the prefixes it uses. */
  readonly path: { readonly text: string; readonly scope: NamespaceScope } | undefined;
  readonly message: { readonly text: string; readonly lang: string | undefined } | undefined;
  readonly info: RpcErrorDetails;
}

/** `<error-info>`: its elements, and the ones of RFC 6241 Appendix A read out. */
export interface RpcErrorDetails {
  readonly elements: readonly XmlElement[];
  readonly badAttribute: string | undefined;
  readonly badElement: string | undefined;
  readonly badNamespace: string | undefined;
  readonly okElements: readonly string[];
  readonly errElements: readonly string[];
  readonly noopElements: readonly string[];
  /** Who holds the lock; 0 is no NETCONF session. */
  readonly sessionId: number | undefined;
}

/** What {@link rpcError} takes: a tag and whatever else is known. */
export interface RpcErrorInput {
  readonly tag: RpcErrorTag;
  /** Default `"application"`, or the only type that Appendix A allows for the tag. */
  readonly type?: RpcErrorType;
  readonly severity?: "error" | "warning";
  readonly appTag?: string;
  readonly path?: string | { readonly text: string; readonly scope: NamespaceScope };
  readonly message?: string;
  /** Default `"en"`. */
  readonly lang?: string;
  readonly badAttribute?: string;
  readonly badElement?: string;
  readonly badNamespace?: string;
  readonly sessionId?: number;
  /** More elements for `<error-info>`, behind the ones above. */
  readonly info?: readonly XmlElement[];
}

/**
 * Makes an error for a reply.
 *
 * @example
 * rpcError({ tag: "lock-denied", message: "candidate is locked", sessionId: 4 });
 */
export function rpcError(input: RpcErrorInput): RpcErrorInfo {
  const elements: XmlElement[] = [];
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) elements.push(element(name, namespaces.base, String(value)));
  };
  add("session-id", input.sessionId);
  add("bad-attribute", input.badAttribute);
  add("bad-element", input.badElement);
  add("bad-namespace", input.badNamespace);
  elements.push(...(input.info ?? []));
  return {
    type: input.type ?? onlyType(input.tag),
    tag: input.tag,
    severity: input.severity ?? "error",
    appTag: input.appTag,
    path: typeof input.path === "string" ? { text: input.path, scope: NO_SCOPE } : input.path,
    message: input.message === undefined ? undefined : { text: input.message, lang: input.lang ?? "en" },
    info: details(elements, new Dialect()),
  };
}

/** RFC 6241 Appendix A: three tags leave no choice. */
function onlyType(tag: RpcErrorTag): RpcErrorType {
  if (tag === "malformed-message") return "rpc";
  return tag === "lock-denied" ? "protocol" : "application";
}

const NO_SCOPE: NamespaceScope = new Map();

/**
 * Reads one `<rpc-error>`. Never throws: an error that is badly written is still an error.
 *
 * @example
 * const { tag } = parseRpcError(buildRpcError(rpcError({ tag: "access-denied", message: "admins only" })), new Dialect());
 */
export function parseRpcError(source: XmlElement, dialect: Dialect): RpcErrorInfo {
  const text = (name: string): string | undefined => {
    const found = dialect.child(source, name);
    return found && textOf(found).trim();
  };
  const path = dialect.child(source, "error-path");
  const message = dialect.child(source, "error-message");
  const info = dialect.child(source, "error-info");
  return {
    type: text("error-type"),
    tag: text("error-tag"),
    severity: text("error-severity") === "warning" ? "warning" : "error",
    appTag: text("error-app-tag"),
    path: path && { text: textOf(path).trim(), scope: path.scope },
    message: message && { text: textOf(message).trim(), lang: attribute(message, "lang", namespaces.xml) },
    info: details(info ? childElements(info) : [], dialect),
  };
}

function details(elements: readonly XmlElement[], dialect: Dialect): RpcErrorDetails {
  const all = (name: string): string[] =>
    elements.filter((candidate) => dialect.is(candidate, name)).map((found) => textOf(found).trim());
  const sessionId = all("session-id")[0];
  return {
    elements,
    badAttribute: all("bad-attribute")[0],
    badElement: all("bad-element")[0],
    badNamespace: all("bad-namespace")[0],
    okElements: all("ok-element"),
    errElements: all("err-element"),
    noopElements: all("noop-element"),
    sessionId: sessionId !== undefined && /^\d{1,10}$/.test(sessionId) ? Number(sessionId) : undefined,
  };
}

/**
 * Writes one `<rpc-error>`, its children in the order of RFC 6241 Appendix B.
 *
 * @example
 * const denied = buildRpcError(rpcError({ tag: "access-denied", message: "admins only" }));
 */
export function buildRpcError(error: RpcErrorInfo): XmlElement {
  const children: XmlNode[] = [];
  const add = (name: string, text: string | undefined): void => {
    if (text !== undefined) children.push(element(name, namespaces.base, text));
  };
  add("error-type", error.type);
  add("error-tag", error.tag);
  add("error-severity", error.severity);
  add("error-app-tag", error.appTag);
  if (error.path) {
    // The prefixes of the XPath have to be declared, although no name of an element uses them.
    children.push({ ...element("error-path", namespaces.base, error.path.text), scope: withBase(error.path.scope) });
  }
  if (error.message) children.push(buildErrorMessage(error.message));
  if (error.info.elements.length > 0) children.push(element("error-info", namespaces.base, error.info.elements));
  return element("rpc-error", namespaces.base, children);
}

function buildErrorMessage(message: { readonly text: string; readonly lang: string | undefined }): XmlElement {
  const built = element("error-message", namespaces.base, message.text);
  if (message.lang === undefined) return built;
  return { ...built, attributes: [{ name: "lang", namespace: namespaces.xml, prefix: "xml", value: message.lang }] };
}

function withBase(scope: NamespaceScope): NamespaceScope {
  return new Map([...scope, ["", namespaces.base]]);
}

/** Every `<rpc-error>` of a reply, also those that devices hide in results (`<commit-results>`); never looks into `<data>`. */
export function findRpcErrors(reply: XmlElement, dialect: Dialect): RpcErrorInfo[] {
  const found: RpcErrorInfo[] = [];
  const look = (parent: XmlElement, depth: number): void => {
    for (const node of parent.children) {
      if (!isElement(node)) continue;
      if (node.name === "rpc-error") {
        if (dialect.is(node, "rpc-error")) found.push(parseRpcError(node, dialect));
      } else if (depth < MAX_NESTING && node.name.endsWith(RESULTS)) look(node, depth + 1);
      else if (depth > 0 && depth < MAX_NESTING && node.name !== "data") look(node, depth + 1);
    }
  };
  look(reply, 0);
  return found;
}

/** `<commit-results>`, `<load-configuration-results>`, `<multi-routing-engine-results>`: the containers seen in the field. */
const RESULTS = "-results";
const MAX_NESTING = 6;

/**
 * Thrown by `expectOk` and by server handlers: holds every error of one reply.
 *
 * @example
 * try { expectOk(await session.rpc(lock("candidate"))); } catch (error) {
 *   if (isRpcError(error) && error.errors[0]?.tag === "lock-denied") retryLater();
 * }
 */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly layer = "netconf" as const;
  readonly code = "rpc-error" as const;
  readonly fault = "peer" as const;
  readonly rfc = "RFC 6241 §4.3";
  /** Never empty. */
  readonly errors: readonly RpcErrorInfo[];

  constructor(errors: readonly RpcErrorInfo[], options?: { readonly cause?: unknown }) {
    super(describe(errors), options);
    this.errors = errors;
  }
}

/**
 * True for an `RpcError` of any copy of this package.
 *
 * @example
 * if (isRpcError(error)) for (const { tag, message } of error.errors) console.error(tag, message?.text);
 */
export function isRpcError(error: unknown): error is RpcError {
  return error instanceof Error && error.name === "RpcError" && "errors" in error;
}

function describe(errors: readonly RpcErrorInfo[]): string {
  const first = errors[0];
  const tag = quoted(first?.tag ?? "none");
  const text = first?.message ? `: ${quoted(first.message.text, 400)}` : "";
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return `the server answered with error-tag ${tag}${text}${more}`;
}
