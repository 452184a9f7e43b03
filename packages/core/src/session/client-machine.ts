import type { XmlElement, XmlOptions } from "@netconf-kit/xml";
import type { Capabilities, ProtocolVersion } from "../capabilities.ts";
import { NetconfError } from "../errors.ts";
import type { Hello } from "../messages/hello.ts";
import { type Notification, parseNotification } from "../messages/notification.ts";
import { type MessageKind, readMessage, withoutLeadingBlanks } from "../messages/read-message.ts";
import { parseReply, ReceivedReply, type RpcReply } from "../messages/received-reply.ts";
import { buildRpc, isCloseSession } from "../messages/rpc.ts";
import { MessageIntake } from "./message-intake.ts";
import { PendingRpcs } from "./pending-rpcs.ts";
import { ReplyEnvelopes } from "./reply-envelopes.ts";
import { type EntryName, readEntries } from "./reply-stream.ts";
import { LENT_BYTES, SessionMachine, type SessionMachineOptions } from "./session-machine.ts";
import type { SessionPhase } from "./states.ts";

/** What `ClientMachine` tells. */
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

export interface ClientMachineOptions extends SessionMachineOptions {
  /**
   * When it is found out whether a `<data>` reply is well-formed inside: when somebody reads it, the default, which ends
   * nothing but that reading; or at once, which ends the session. All other replies are checked at once in any case.
   */
  readonly checkReplies?: "when-read" | "at-once";
}

/**
 * The client end of a session. Commands: `request`, `requestEntries`, `abandon`.
 *
 * @example
 * const machine = new ClientMachine({ capabilities: [capabilityUris.base11], now: clock.now(), helloTimeout: 60_000 });
 */
export class ClientMachine extends SessionMachine<ClientEvent> {
  readonly #pending: PendingRpcs;
  readonly #envelopes: ReplyEnvelopes;
  readonly #intake: MessageIntake;
  readonly #xml: XmlOptions;

  constructor(options: ClientMachineOptions) {
    super("client", options);
    this.#pending = new PendingRpcs(this.limits.maxPendingRpcs);
    this.#xml = { ...this.limits.xml, ...(this.dialect.lenient && LENIENT_XML) };
    this.#envelopes = new ReplyEnvelopes({ xml: this.#xml, checkData: options.checkReplies === "at-once" });
    this.#intake = new MessageIntake({
      collector: this.collector,
      dialect: this.dialect,
      xml: { ...this.#xml, ...UNBOUNDED },
      onBegin: () => this.step("rpc-reply"),
      onEnd: (root) => {
        const reply = parseReply(root, this.dialect);
        const messageId = reply.messageId ?? this.#withoutMessageId(reply);
        if (this.#settle(messageId)) this.emit({ kind: "reply", messageId, reply });
      },
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

  protected override takeUnread(message: Uint8Array): boolean {
    const bytes = withoutLeadingBlanks(message);
    const found = this.#envelopes.read(bytes);
    if (found === undefined) return false;
    this.step("rpc-reply");
    this.#giveEntries(found.messageId, bytes);
    if (this.#settle(found.messageId)) {
      const { messageId, bare } = found;
      const reply = new ReceivedReply(found, this.dialect, this.#xml, bare ? undefined : kept(bytes));
      this.emit({ kind: "reply", messageId, reply });
    }
    return true;
  }

  protected override handleMessage(kind: MessageKind, root: XmlElement, bytes: Uint8Array): void {
    if (kind === "notification") {
      const { length } = bytes;
      this.emit({ kind: "notification", notification: parseNotification(root, this.dialect), length });
      return;
    }
    const reply = parseReply(root, this.dialect, kept(withoutLeadingBlanks(bytes)), this.#xml);
    const messageId = reply.messageId ?? this.#withoutMessageId(reply);
    this.#giveEntries(messageId, reply.bytes);
    if (this.#settle(messageId)) this.emit({ kind: "reply", messageId, reply });
  }

  /** A reply that was to be read as a stream has had to be collected: without a message-id, or with a very late root. */
  #giveEntries(messageId: string, bytes: Uint8Array): void {
    const selection = this.#intake.awaited(messageId);
    if (selection !== undefined) readEntries(bytes, this.#xml, selection);
  }

  /** Whether somebody still waits for the reply that has come. */
  #settle(messageId: string): boolean {
    this.#intake.forget(messageId);
    return this.#pending.settle(messageId) === "wanted";
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

/** Lent bytes, to be kept: a copy where they would hold on to much more than themselves, or be overwritten. */
function kept(bytes: Uint8Array): Uint8Array {
  const small = bytes.length <= LENT_BYTES || bytes.length * 2 < bytes.buffer.byteLength;
  return small ? new Uint8Array(bytes) : bytes;
}

/** A reply that is read as a stream may be of any size: each entry has its own limit. */
const UNBOUNDED = { maxBytes: Number.POSITIVE_INFINITY, maxElements: Number.POSITIVE_INFINITY } as const;
const LENIENT_XML = { otherEncoding: "ignore" } as const;
