import type { XmlElement } from "@netconf-kit/xml";
import type { Capabilities, ProtocolVersion } from "../capabilities.ts";
import { NetconfError } from "../errors.ts";
import type { Hello } from "../messages/hello.ts";
import { type Notification, parseNotification } from "../messages/notification.ts";
import { type MessageKind, readMessage } from "../messages/read-message.ts";
import { buildRpc, isCloseSession } from "../messages/rpc.ts";
import { parseReply, type RpcReply } from "../messages/rpc-reply.ts";
import { MessageIntake } from "./message-intake.ts";
import { PendingRpcs } from "./pending-rpcs.ts";
import type { EntryName } from "./reply-stream.ts";
import { SessionMachine, type SessionMachineOptions } from "./session-machine.ts";
import type { SessionPhase } from "./states.ts";

export type ClientEvent =
  | {
      readonly kind: "ready";
      readonly sessionId: number;
      readonly version: ProtocolVersion;
      readonly capabilities: Capabilities;
    }
  | { readonly kind: "reply"; readonly messageId: string; readonly reply: RpcReply }
  /** One entry of a reply that is read as a stream; `size` estimates the bytes of its tree. */
  | { readonly kind: "entry"; readonly messageId: string; readonly entry: XmlElement; readonly size: number }
  /** `length` is the size of the message in bytes. */
  | { readonly kind: "notification"; readonly notification: Notification; readonly length: number }
  /** The server ended the connection in good order. */
  | { readonly kind: "closed" };

/** The client end of a session. Commands: `request`, `requestEntries`, `abandon`. */
export class ClientMachine extends SessionMachine<ClientEvent> {
  readonly #pending: PendingRpcs;
  readonly #intake: MessageIntake;

  constructor(options: SessionMachineOptions) {
    super("client", options);
    this.#pending = new PendingRpcs(this.limits.maxPendingRpcs);
    this.#intake = new MessageIntake({
      collector: this.collector,
      dialect: this.dialect,
      xml: { ...this.limits.xml, ...UNBOUNDED, ...(this.dialect.lenient && LENIENT_XML) },
      onBegin: () => this.step("rpc-reply"),
      onEnd: (root) => this.#takeReply(root),
    });
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /**
   * Sends an operation; the result is its message-id. Legal only after the server's hello: only then is the framing
   * known, and some servers stall when a client's hello and first request reach them in one read.
   *
   * @throws NetconfError `not-open`, `session-closed`, `limit-pending-rpcs`, or the error that ended the session; XmlError
   * when XML cannot hold the operation
   */
  request(operation: XmlElement): string {
    this.requireOpen("send a request");
    const messageId = this.#pending.add();
    try {
      this.send(this.encode(buildRpc(messageId, operation)));
    } catch (error) {
      this.#pending.forget(messageId);
      throw error;
    }
    if (isCloseSession(operation)) this.step("close-session");
    return messageId;
  }

  /**
   * Sends an operation whose reply is read as a stream: an event for each entry as it comes, then the reply without its
   * `<data>`. The size of such a reply has no limit, that of an entry has.
   *
   * @throws as `request`
   */
  requestEntries(operation: XmlElement, path?: readonly EntryName[]): string {
    const messageId = this.request(operation);
    this.#intake.await(messageId, {
      ...(path && { path }),
      maxEntryBytes: this.limits.maxMessageBytes,
      onEntry: (entry, size) => {
        if (this.#pending.wants(messageId)) this.emit({ kind: "entry", messageId, entry, size });
      },
    });
    return messageId;
  }

  /** The reply to this request is not wanted any more; when it comes it is dropped. */
  abandon(messageId: string): void {
    this.#pending.abandon(messageId);
  }

  protected override get intake(): MessageIntake {
    return this.#intake;
  }

  protected override read(bytes: Uint8Array): XmlElement {
    return readMessage(bytes, this.limits.xml, this.dialect.lenient);
  }

  protected override handleHello(hello: Hello, version: ProtocolVersion): void {
    const { capabilities, sessionId } = hello;
    // parseHello has refused a server's hello without one.
    if (sessionId === undefined) throw new NetconfError("hello-missing-session-id", "cannot happen: no session-id");
    this.emit({ kind: "ready", sessionId, version, capabilities });
  }

  protected override handleMessage(kind: MessageKind, root: XmlElement, length: number): void {
    if (kind === "notification") {
      this.emit({ kind: "notification", notification: parseNotification(root, this.dialect), length });
      return;
    }
    this.#takeReply(root);
  }

  #takeReply(root: XmlElement): void {
    const reply = parseReply(root, this.dialect);
    const messageId = reply.messageId ?? this.#withoutMessageId(reply);
    this.#intake.forget(messageId);
    if (this.#pending.settle(messageId) === "wanted") this.emit({ kind: "reply", messageId, reply });
  }

  protected override handleEnd(from: SessionPhase): void {
    // A peer that hangs up on close-session owes nothing worth an error.
    if (this.#pending.size > 0 && from === "open") {
      const count = `${this.#pending.size} ${this.#pending.size === 1 ? "reply" : "replies"}`;
      throw new NetconfError("peer-closed", `cannot read on: the server closed the connection and owes ${count}`);
    }
    this.emit({ kind: "closed" });
  }

  /** A server that could not read a request answers without its message-id; replies come in order, so it is the oldest. */
  #withoutMessageId(reply: RpcReply): string {
    const oldest = this.#pending.oldest();
    const allowed = reply.errors.length > 0 || this.dialect.forgives("missing-message-id");
    if (oldest !== undefined && allowed) return oldest;
    throw new NetconfError("missing-message-id", "cannot match a reply: it has no message-id"); // RFC 6241 §4.2
  }
}

/** A reply that is read as a stream may be of any size: each entry has its own limit. */
const UNBOUNDED = { maxBytes: Number.POSITIVE_INFINITY, maxElements: Number.POSITIVE_INFINITY } as const;
const LENIENT_XML = { otherEncoding: "ignore" } as const;
