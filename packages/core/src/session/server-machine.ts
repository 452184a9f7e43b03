import { isXmlError, type XmlElement } from "@netconf-kit/xml";
import type { Capabilities, ProtocolVersion } from "../capabilities.ts";
import { NetconfError } from "../errors.ts";
import { type Hello, parseSessionId } from "../messages/hello.ts";
import { buildNotification } from "../messages/notification.ts";
import { type MessageKind, readMessage } from "../messages/read-message.ts";
import { isCloseSession, parseRpc, type RpcEnvelope, type RpcRequest } from "../messages/rpc.ts";
import { type RpcErrorInfo, rpcError } from "../messages/rpc-error.ts";
import { buildReply, type RpcResult } from "../messages/rpc-reply.ts";
import { Fifo } from "./fifo.ts";
import { SessionMachine, type SessionMachineOptions } from "./session-machine.ts";
import type { SessionPhase } from "./states.ts";

/** What `ServerMachine` tells. */
export type ServerEvent =
  | { readonly kind: "ready"; readonly version: ProtocolVersion; readonly capabilities: Capabilities }
  /** To be answered with `answer()`. */
  | { readonly kind: "request"; readonly request: RpcRequest }
  /** A request that could not be read; the machine answers it itself. For counters and logs. */
  | { readonly kind: "refused"; readonly errors: readonly RpcErrorInfo[] }
  /** Nothing more will come or go. `"error"`: the machine has thrown, and says its last words. */
  | { readonly kind: "closed"; readonly by: "close-session" | "hang-up" | "error" };

/** Settings of a `ServerMachine`. */
export interface ServerMachineOptions extends SessionMachineOptions {
  readonly sessionId: number;
}

/** A request that has not been answered yet, or whose answer waits for an earlier one. */
interface Slot {
  readonly sequence: number;
  readonly envelope: RpcEnvelope;
  readonly closesSession: boolean;
  reply: readonly Uint8Array[] | undefined;
}

/**
 * The server end of a session. Commands: `answer`, `notify`. Answers may be given in any order; they go out in that of the requests.
 *
 * @example
 * const machine = new ServerMachine({ capabilities: [capabilityUris.base11], now: 0, helloTimeout: 60_000, sessionId: 1 });
 */
export class ServerMachine extends SessionMachine<ServerEvent> {
  readonly #slots = new Fifo<Slot>();
  readonly #open = new Map<number, Slot>();
  #sequence = 0;

  /** @throws NetconfError `invalid-argument` */
  constructor(options: ServerMachineOptions) {
    super("server", options, checkSessionId(options.sessionId));
  }

  /** Requests whose answers have not gone out. */
  get unansweredCount(): number {
    return this.#slots.length;
  }

  /**
   * @throws NetconfError `already-answered`; XmlError when XML cannot hold the result: the request then still waits for
   * an answer
   */
  answer(request: RpcRequest, result: RpcResult): void {
    const slot = this.#open.get(request.sequence);
    if (slot === undefined) {
      throw new NetconfError("already-answered", `cannot answer request ${request.sequence}: it has been answered`);
    }
    this.#settle(slot, result);
  }

  /** Sends a notification. `eventTime` is an RFC 3339 time. @throws NetconfError `not-open`, `session-closed` */
  notify(eventTime: string, content: readonly XmlElement[]): void {
    this.requireOpen("send a notification");
    this.send(this.encode(buildNotification(eventTime, content)));
  }

  protected override read(bytes: Uint8Array): XmlElement | undefined {
    try {
      return readMessage(bytes, this.limits.xml, this.dialect.lenient);
    } catch (error) {
      const refusal = this.phase === "open" ? this.#refusal(error) : undefined;
      if (refusal !== undefined) this.#refuse(NO_ENVELOPE, [refusal]);
      else if (this.phase !== "closing") throw error;
      return undefined;
    }
  }

  protected override handleHello(hello: Hello, version: ProtocolVersion): void {
    this.emit({ kind: "ready", version, capabilities: hello.capabilities });
  }

  protected override handleMessage(_kind: MessageKind, root: XmlElement): void {
    if (this.phase === "closing") return; // RFC 6241 §7.8: ignored
    const reading = parseRpc(root, this.version ?? "1.0", this.dialect);
    if (reading.kind === "refused") {
      this.#refuse(root, reading.errors);
      return;
    }
    const { messageId, operation } = reading;
    const closesSession = isCloseSession(operation);
    const slot = this.#openSlot(root, closesSession);
    const { prefix, attributes, scope } = root;
    this.emit({
      kind: "request",
      request: { sequence: slot.sequence, messageId, operation, prefix, attributes, scope },
    });
    if (closesSession) this.step("close-session");
  }

  protected override handleEnd(from: SessionPhase): void {
    this.#open.clear();
    // A client that has asked for the end need not wait for the answer.
    this.emit({ kind: "closed", by: from === "closing" ? "close-session" : "hang-up" });
  }

  protected override lastWords(error: unknown): void {
    if (this.phase !== "awaiting-hello") this.emit({ kind: "closed", by: "error" });
    if (this.version !== "1.1" || !isUnexpectedMessage(error)) return;
    const message = "only <rpc> may follow the hello";
    const errors = [rpcError({ tag: "malformed-message", message })];
    this.send(this.encode(buildReply(NO_ENVELOPE, { ok: false, errors })));
  }

  /** RFC 6241 §3: malformed-message; Appendix A: never to a 1.0 client, whose session ends instead. */
  #refusal(error: unknown): RpcErrorInfo | undefined {
    const reaction = isXmlError(error) ? error.reaction : "none";
    if (reaction === "none" || (reaction === "malformed-message" && this.version !== "1.1")) return undefined;
    return rpcError({ tag: reaction, type: "rpc", message: REFUSALS[reaction] });
  }

  #refuse(envelope: RpcEnvelope, errors: readonly RpcErrorInfo[]): void {
    this.emit({ kind: "refused", errors });
    this.#settle(this.#openSlot(envelope, false), { ok: false, errors });
  }

  #openSlot(envelope: RpcEnvelope, closesSession: boolean): Slot {
    const { prefix, attributes, scope } = envelope;
    const slot: Slot = {
      sequence: ++this.#sequence,
      envelope: { prefix, attributes, scope },
      closesSession,
      reply: undefined,
    };
    this.#slots.push(slot);
    this.#open.set(slot.sequence, slot);
    return slot;
  }

  /** RFC 6241 §4.5: responses go out only in the order the requests were received. */
  #settle(settled: Slot, result: RpcResult): void {
    settled.reply = this.encode(buildReply(settled.envelope, result));
    this.#open.delete(settled.sequence);
    for (let slot = this.#slots.peek(); slot?.reply !== undefined; slot = this.#slots.peek()) {
      this.#slots.shift();
      this.send(slot.reply);
      if (slot.closesSession) {
        this.finish();
        this.emit({ kind: "closed", by: "close-session" });
        return;
      }
    }
  }
}

function checkSessionId(sessionId: number): number {
  if (parseSessionId(String(sessionId)) !== undefined) return sessionId;
  throw new NetconfError("invalid-argument", `cannot use "${sessionId}" as a session-id: it has to be 1 to 4294967295`);
}

/** For a message from which no attribute could be read. */
const NO_ENVELOPE: RpcEnvelope = { prefix: "", attributes: [], scope: new Map() };

function isUnexpectedMessage(error: unknown): boolean {
  return error instanceof NetconfError && error.code === "unexpected-message";
}

const REFUSALS = {
  "malformed-message": "the message is not well-formed XML in UTF-8",
  "too-big": "the message exceeds a limit of this server",
} as const;
