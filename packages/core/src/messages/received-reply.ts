import {
  type CompactElement,
  childElements,
  element,
  encodeXml,
  type PlainValue,
  parseCompact,
  parseXml,
  type XmlElement,
  type XmlOptions,
} from "@netconf-kit/xml";
import { namespaces } from "../names.ts";
import type { Dialect } from "./dialect.ts";
import { checkDocument } from "./read-message.ts";
import { findRpcErrors, type RpcErrorInfo } from "./rpc-error.ts";

/**
 * What a reply holds, as bytes until somebody asks for more. `tree()`, `compact()` and `toPlain()` give the element whose
 * children are the result: `<data>` (RFC 6241 §7.1, §7.7) where the reply has one, otherwise the `<rpc-reply>` itself.
 *
 * Each of them throws XmlError with fault `"peer"` when what the server sent is not well-formed or exceeds a limit, unless
 * the session has checked that already: see `checkReplies` of `ClientSessionOptions`.
 *
 * @example
 * const reply = await session.rpc(getConfig("running"));
 * const namespaces = { "": "urn:ietf:params:xml:ns:yang:ietf-interfaces" };
 * for (const name of reply.body.compact().select("interfaces/interface/name", { namespaces })) console.log(name.text);
 */
export interface ReplyBody {
  /**
   * The whole message, without its framing. Not to be changed: trees are made of it. Written anew for a reply that says
   * nothing but `<ok/>`, which is not kept.
   */
  readonly bytes: Uint8Array;
  /** As an ordinary tree, made once. Costs some twenty times the memory of the bytes. */
  tree(): XmlElement;
  /** As a compact tree, made once: for large replies of which little is looked at. */
  compact(): CompactElement;
  /** As strings, objects and arrays: see `CompactElement.toPlain()`. */
  toPlain(): PlainValue;
}

/** What the envelope of a reply says: `<ok/>`, `<data>`, or anything else, which has then been checked or read at once. */
export type ReplyOutcome = "ok" | "data" | "other";

/** One `<rpc-reply>` as received. */
export interface RpcReply extends ReplyBody {
  readonly messageId: string | undefined;
  readonly outcome: ReplyOutcome;
  readonly root: XmlElement;
  /** Everything inside but `<rpc-error>`. */
  readonly content: readonly XmlElement[];
  /** Severity error. The operation failed when there is one. */
  readonly errors: readonly RpcErrorInfo[];
  readonly warnings: readonly RpcErrorInfo[];
  readonly dialect: Dialect;
  /** Finds out whether the body is well-formed, where that is still open. @throws XmlError with fault `"peer"` */
  check(): void;
}

/** What the operation gave, or every error of the reply. RFC 6241 §4.3: a server MUST report an error, so none means success. */
export type Reply<T> =
  | {
      readonly ok: true;
      /**
       * Read out of the body when it is asked for, in the case of get, get-config and `rawRpc`.
       *
       * @throws XmlError with fault `"peer"` when what the server has sent inside `<data>` is not well-formed
       */
      readonly value: T;
      readonly warnings: readonly RpcErrorInfo[];
      readonly body: ReplyBody;
    }
  | { readonly ok: false; readonly errors: readonly RpcErrorInfo[]; readonly body: ReplyBody };

/**
 * Reads a reply whose tree is there; `bytes` are those of the tree, and `xml` says how they are read.
 *
 * @example
 * const reply = parseReply(parseXml(text), new Dialect());
 */
export function parseReply(root: XmlElement, dialect: Dialect, bytes?: Uint8Array, xml: XmlOptions = {}): RpcReply {
  const envelope = { messageId: dialect.messageId(root), outcome: "other", checked: true } as const;
  return new ReceivedReply(envelope, dialect, xml, bytes, root);
}

/** What is known of a reply without its body. */
export interface ReplyEnvelope {
  readonly messageId: string | undefined;
  readonly outcome: ReplyOutcome;
  /** Whether the whole message is known to be well-formed. */
  readonly checked: boolean;
}

/**
 * A reply that is made into a tree when that is asked for. Without a tree at the start it has no `<rpc-error>`; without bytes
 * it is `<ok/>`, or what is left of a reply that was read as a stream.
 */
export class ReceivedReply implements RpcReply {
  readonly messageId: string | undefined;
  readonly outcome: ReplyOutcome;
  readonly errors: readonly RpcErrorInfo[];
  readonly warnings: readonly RpcErrorInfo[];
  readonly dialect: Dialect;
  readonly #xml: XmlOptions;
  #bytes: Uint8Array | undefined;
  #checked: boolean;
  #root: XmlElement | undefined;
  #compact: CompactElement | undefined;

  constructor(
    { messageId, outcome, checked }: ReplyEnvelope,
    dialect: Dialect,
    xml: XmlOptions,
    bytes: Uint8Array | undefined,
    root?: XmlElement,
  ) {
    this.messageId = messageId;
    this.outcome = outcome;
    this.dialect = dialect;
    this.#xml = xml;
    this.#bytes = bytes;
    this.#checked = checked;
    this.#root = root;
    const all = root === undefined ? NONE : findRpcErrors(root, dialect);
    this.errors = all.length === 0 ? NONE : all.filter((error) => error.severity === "error");
    this.warnings = all.length === 0 ? NONE : all.filter((error) => error.severity === "warning");
  }

  get bytes(): Uint8Array {
    this.#bytes ??= encodeXml(this.root);
    return this.#bytes;
  }

  get root(): XmlElement {
    this.#root ??= this.#bytes === undefined ? bareOk(this.messageId) : parseXml(this.#bytes, this.#xml);
    return this.#root;
  }

  get content(): readonly XmlElement[] {
    return childElements(this.root).filter((child) => child.name !== "rpc-error");
  }

  tree(): XmlElement {
    return this.dialect.child(this.root, "data") ?? this.root;
  }

  compact(): CompactElement {
    this.#compact ??= parseCompact(this.bytes, this.#xml);
    const root = this.#compact;
    const bare = this.dialect.lenient ? root.child("data", "") : undefined;
    return root.child("data", namespaces.base) ?? bare ?? root;
  }

  toPlain(): PlainValue {
    return this.compact().toPlain();
  }

  check(): void {
    if (!this.#checked) checkDocument(this.bytes, this.#xml);
    this.#checked = true;
  }
}

function bareOk(messageId: string | undefined): XmlElement {
  const attributes = messageId === undefined ? {} : { "message-id": messageId };
  return element("rpc-reply", namespaces.base, [element("ok", namespaces.base)], attributes);
}

const NONE: readonly RpcErrorInfo[] = /* @__PURE__ */ Object.freeze([]);
