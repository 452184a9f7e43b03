import { type Clock, type Drive, type DuplexSocket, driveMachine, systemClock } from "@netconf-kit/socket";
import type { XmlElement } from "@netconf-kit/xml";
import { Capabilities, type ProtocolVersion } from "../capabilities.ts";
import { asError, assertNever, NetconfError } from "../errors.ts";
import type { SessionLimits } from "../limits.ts";
import type { Deviation } from "../messages/dialect.ts";
import type { Notification } from "../messages/notification.ts";
import type { Reply, RpcReply } from "../messages/received-reply.ts";
import { RpcError } from "../messages/rpc-error.ts";
import { capabilityUris } from "../names.ts";
import { closeSession } from "../operations/close-session.ts";
import { checkRequirements, type Operation } from "../operations/operation.ts";
import { rawRpc } from "../operations/raw-rpc.ts";
import { type ClientEvent, ClientMachine } from "../session/client-machine.ts";
import type { EntryName } from "../session/reply-stream.ts";
import type { MessageObserver } from "../session/session-machine.ts";
import { BoundedQueue } from "./bounded-queue.ts";
import { type CloseReason, closingOnFailure, failed } from "./close-reason.ts";
import { Opening } from "./opening.ts";

/** Settings of a client session. */
export interface ClientSessionOptions {
  /** What we advertise. Default: base 1.0 and base 1.1. */
  readonly capabilities?: readonly string[];
  /** `lenient` forgives known deviations of devices and lists them in `deviations`. Default `strict`. */
  readonly strictness?: "strict" | "lenient";
  /** Milliseconds until the server's hello has to be here. Default 60 000. */
  readonly helloTimeout?: number;
  /** Milliseconds until a reply has to be here, unless the call says otherwise. Default 60 000; `Infinity` waits for good. */
  readonly rpcTimeout?: number;
  /** Milliseconds that `close()` waits for the reply to close-session. Default 5000. */
  readonly closeTimeout?: number;
  /**
   * Bytes of notifications kept for the consumer. Default 4 MiB. When they are over, the session stops reading, replies
   * included, until some are taken: nothing is lost, and the server is held back.
   */
  readonly maxNotificationBytes?: number;
  readonly limits?: SessionLimits;
  /**
   * When it is found out whether a `<data>` reply is well-formed inside. `"when-read"`, the default: when its value or body
   * is read, which then throws XmlError, and the session goes on; a reply that nobody reads costs next to nothing.
   * `"at-once"`: as it comes, and a bad one ends the session. Either way the envelope is checked as it comes, and the whole
   * of every other reply, errors among them: no reply counts as a success before that.
   */
  readonly checkReplies?: "when-read" | "at-once";
  /**
   * Sees every message, as it is sent or received, without its framing, but for replies read by `rpcStream`. For
   * transcripts; it may hold secrets.
   */
  readonly onMessage?: MessageObserver;
  readonly clock?: Clock;
  /** Aborts the opening; without effect on an open session. */
  readonly signal?: AbortSignal;
}

/** Settings of one request. */
export interface RpcOptions {
  /** The promise rejects with `signal.reason`. The request has been sent all the same: its outcome is unknown. */
  readonly signal?: AbortSignal;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Sends even when the server does not advertise what the operation needs. Default false. */
  readonly ignoreCapabilities?: boolean;
}

/** `timeout` counts until the first entry is here. */
export interface RpcStreamOptions extends RpcOptions {
  /** Names from below `<data>` down to the entries, such as `interfaces`, `interface`. Default: all that is two levels below. */
  readonly path?: readonly EntryName[];
  /** Estimated bytes of entries kept for the consumer. Default 4 MiB. */
  readonly maxQueuedBytes?: number;
}

/** An open session, client end. */
export interface ClientSession extends AsyncDisposable {
  readonly sessionId: number;
  readonly version: ProtocolVersion;
  /** The server's. */
  readonly capabilities: Capabilities;
  /** What a lenient session has forgiven so far. */
  readonly deviations: ReadonlySet<Deviation>;
  /**
   * Sends a request; requests are pipelined. An `<rpc-error>` is a value: see {@link expectOk}. A `<data>` reply stays bytes
   * until its value or its body is read: see {@link ReplyBody}.
   *
   * @throws NetconfError `capability-missing`, `limit-pending-rpcs`, `session-closed` (nothing was sent); `timeout-rpc` (the
   * session goes on); `malformed-reply`; XmlError for a reply to another operation whose `<data>` is not well-formed (the
   * session goes on); or the error that ended the session
   */
  rpc<T>(operation: Operation<T>, options?: RpcOptions): Promise<Reply<T>>;
  rpc(operation: XmlElement, options?: RpcOptions): Promise<Reply<readonly XmlElement[]>>;
  /**
   * Sends a request and gives the entries of its reply as they come, in bounded memory: while nobody takes them the session
   * stops reading, other replies included. Leaving the loop drops the rest.
   *
   * The loop throws what `rpc` throws; RpcError for `<rpc-error>`, after the entries that came before it.
   *
   * @example
   * for await (const entry of session.rpcStream(getConfig("running"))) console.log(textOf(entry));
   */
  rpcStream(operation: Operation<unknown> | XmlElement, options?: RpcStreamOptions): AsyncIterable<XmlElement>;
  /** All notifications of the session, from one queue. Ends with the session; throws the error that ended it. */
  notifications(): AsyncIterable<Notification>;
  /** Sends close-session, waits for its reply within the limit, closes. Never rejects. */
  close(): Promise<void>;
  /** Closes at once. Pending promises reject with `reason`. */
  abort(reason?: Error): void;
  /** Never rejects. */
  readonly closed: Promise<CloseReason>;
}

const DEFAULT_TIMEOUT = 60_000;
const DEFAULT_CLOSE_TIMEOUT = 5000;
const DEFAULT_NOTIFICATION_BYTES = 4 * 1024 * 1024;
const DEFAULT_QUEUED_BYTES = 4 * 1024 * 1024;

/**
 * Opens a session over a connected, authenticated socket: sends hello, waits for the server's, agrees on the version.
 * The session owns the socket from the call on, also when it fails.
 *
 * @throws NetconfError `hello-…`, `timeout-hello`, `peer-closed-…`; FramingError and XmlError of what the peer sent;
 * `signal.reason`
 *
 * @example
 * const session = await openClientSession(socket);
 * const data = expectOk(await session.rpc(getConfig("running")));
 * await session.close();
 */
export function openClientSession(socket: DuplexSocket, options: ClientSessionOptions = {}): Promise<ClientSession> {
  return closingOnFailure(socket, () => new Session(socket, options).opened);
}

/**
 * The value of a reply, or all its errors as one exception.
 *
 * @throws RpcError; XmlError when the value has to be read and is not well-formed
 * @example
 * const data = expectOk(await session.rpc(get()));
 */
export function expectOk<T>(reply: Reply<T>): T {
  if (reply.ok) return reply.value;
  throw new RpcError(reply.errors);
}

/** A request on its way. */
interface SentRequest {
  readonly messageId: string;
  readonly answered: Promise<RpcReply>;
  /** The reply is not wanted any more; `answered` rejects with this error. */
  readonly giveUp: (error: unknown) => void;
  /** The reply has begun to come: its time limit is met. */
  readonly stopClock: () => void;
  readonly dismiss: () => void;
}

/** A reply that is taken entry by entry. */
interface EntryStream {
  readonly entries: BoundedQueue<XmlElement>;
  readonly begun: () => void;
}

interface Waiter {
  resolve(reply: RpcReply): void;
  reject(error: unknown): void;
}

class Session implements ClientSession {
  sessionId = 0;
  version: ProtocolVersion = "1.0";
  capabilities: Capabilities = new Capabilities([]);
  readonly deviations: ReadonlySet<Deviation>;
  readonly opened: Promise<ClientSession>;
  readonly closed: Promise<CloseReason>;
  readonly #options: ClientSessionOptions;
  readonly #clock: Clock;
  readonly #machine: ClientMachine;
  readonly #drive: Drive;
  readonly #waiters = new Map<string, Waiter>();
  readonly #notifications: BoundedQueue<Notification>;
  readonly #streams = new Map<string, EntryStream>();
  readonly #opening = new Opening<ClientSession>();
  #reason: CloseReason | undefined;
  #closing: Promise<void> | undefined;

  constructor(socket: DuplexSocket, options: ClientSessionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#notifications = new BoundedQueue(options.maxNotificationBytes ?? DEFAULT_NOTIFICATION_BYTES);
    this.opened = this.#opening.session;
    this.#machine = new ClientMachine({
      capabilities: options.capabilities ?? [capabilityUris.base10, capabilityUris.base11],
      ...(options.checkReplies && { checkReplies: options.checkReplies }),
      ...(options.limits && { limits: options.limits }),
      ...(options.onMessage && { onMessage: options.onMessage }),
      ...(options.strictness && { strictness: options.strictness }),
      now: this.#clock.now(),
      helloTimeout: options.helloTimeout ?? DEFAULT_TIMEOUT,
    });
    this.deviations = this.#machine.deviations;
    this.#drive = driveMachine(this.#machine, socket, { clock: this.#clock, onEvent: (event) => this.#onEvent(event) });
    this.closed = this.#drive.done.then(
      () => this.#finish(this.#reason ?? { by: "local" }),
      (error: unknown) => this.#finish(failed(error)),
    );
    this.#opening.abortBy(options.signal, (reason) => this.#drive.stop(asError(reason)));
  }

  rpc<T>(operation: Operation<T>, options?: RpcOptions): Promise<Reply<T>>;
  rpc(operation: XmlElement, options?: RpcOptions): Promise<Reply<readonly XmlElement[]>>;
  async rpc(operation: Operation<unknown> | XmlElement, options: RpcOptions = {}): Promise<Reply<unknown>> {
    const wanted = "decode" in operation ? operation : rawRpc(operation);
    const reply = await this.#send(wanted, options, () => this.#machine.request(wanted.element)).answered;
    const { errors, warnings } = reply;
    if (errors.length > 0) return { ok: false, errors: [...errors, ...warnings], body: reply };
    if (wanted.readLaterFor?.includes(reply.outcome)) return laterReply(wanted, reply);
    return { ok: true, value: wanted.decode(reply), warnings, body: reply };
  }

  rpcStream(operation: Operation<unknown> | XmlElement, options: RpcStreamOptions = {}): AsyncIterable<XmlElement> {
    const wanted = "decode" in operation ? operation : rawRpc(operation);
    return { [Symbol.asyncIterator]: () => this.#streamEntries(wanted, options) };
  }

  notifications(): AsyncIterable<Notification> {
    return this.#notifications;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  abort(reason?: Error): void {
    this.#notifications.discardOverflow();
    this.#drive.stop(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #onEvent(event: ClientEvent): Promise<void> | undefined {
    switch (event.kind) {
      case "ready":
        this.sessionId = event.sessionId;
        this.version = event.version;
        this.capabilities = event.capabilities;
        this.#opening.done(this);
        return undefined;
      case "reply":
        this.#take(event.messageId)?.resolve(event.reply);
        return undefined;
      case "entry":
        return this.#takeEntry(event.messageId, event.entry, event.size);
      case "notification":
        return this.#notifications.push(event.notification, event.length);
      case "closed":
        this.#reason ??= this.#closing === undefined ? { by: "peer" } : { by: "local" };
        this.#drive.stop();
        return undefined;
      default:
        return assertNever(event);
    }
  }

  #takeEntry(messageId: string, entry: XmlElement, size: number): Promise<void> | undefined {
    const stream = this.#streams.get(messageId);
    stream?.begun();
    return stream?.entries.push(entry, size);
  }

  async *#streamEntries(operation: Operation<unknown>, options: RpcStreamOptions): AsyncGenerator<XmlElement, void> {
    const entries = new BoundedQueue<XmlElement>(options.maxQueuedBytes ?? DEFAULT_QUEUED_BYTES);
    const request = this.#send(operation, options, () => this.#machine.requestEntries(operation.element, options.path));
    this.#streams.set(request.messageId, { entries, begun: request.stopClock });
    request.answered.then(
      (reply) => entries.end(reply.errors.length > 0 ? new RpcError([...reply.errors, ...reply.warnings]) : undefined),
      (error: unknown) => entries.end(asError(error)),
    );
    try {
      yield* entries;
    } finally {
      this.#streams.delete(request.messageId);
      request.giveUp(new Error("the rest of the reply is not wanted"));
      // Nobody takes what is still to come: it must not hold up the session.
      entries.discardOverflow();
    }
  }

  /** Sends a request. What it throws, it throws before anything was sent. */
  #send(operation: Operation<unknown>, options: RpcOptions, request: () => string): SentRequest {
    options.signal?.throwIfAborted();
    if (this.#reason?.by === "error") throw sessionClosed(operation.name, this.#reason.error);
    if (this.#reason !== undefined) throw sessionClosed(operation.name);
    if (options.ignoreCapabilities !== true) checkRequirements(operation, this.capabilities);
    const messageId = request();
    const answered = new Promise<RpcReply>((resolve, reject) => {
      this.#waiters.set(messageId, { resolve, reject });
    });
    const limits = this.#limit(messageId, operation.name, options);
    answered.then(limits.dismiss, limits.dismiss);
    this.#drive.flush();
    return { messageId, answered, ...limits };
  }

  /** Gives up a request when its time is over or its signal fires, until dismissed. */
  #limit(messageId: string, name: string, options: RpcOptions): Omit<SentRequest, "messageId" | "answered"> {
    const { signal } = options;
    const giveUp = (error: unknown): void => {
      const waiter = this.#take(messageId);
      if (waiter === undefined) return;
      this.#machine.abandon(messageId);
      waiter.reject(error);
    };
    const onAbort = (): void => giveUp(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const timeout = options.timeout ?? this.#options.rpcTimeout ?? DEFAULT_TIMEOUT;
    const cancel = Number.isFinite(timeout)
      ? this.#clock.schedule(this.#clock.now() + timeout, () => {
          const text = `no reply to <${name}> (message-id ${messageId}) within ${timeout} ms; its outcome is unknown`;
          giveUp(new NetconfError("timeout-rpc", text));
        })
      : undefined;
    const dismiss = (): void => {
      cancel?.();
      signal?.removeEventListener("abort", onAbort);
    };
    return { giveUp, stopClock: () => cancel?.(), dismiss };
  }

  #take(messageId: string): Waiter | undefined {
    const waiter = this.#waiters.get(messageId);
    this.#waiters.delete(messageId);
    return waiter;
  }

  async #close(): Promise<void> {
    this.#notifications.discardOverflow();
    if (this.#machine.phase === "open") {
      const timeout = this.#options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT;
      // However the request ends, closing goes on: a server may hang up instead of answering.
      const operation = closeSession();
      const send = (): string => this.#machine.request(operation.element);
      await new Promise<RpcReply>((resolve) => resolve(this.#send(operation, { timeout }, send).answered)).catch(
        () => {},
      );
    }
    this.#reason ??= { by: "local" };
    this.#drive.stop();
    await this.closed;
  }

  #finish(reason: CloseReason): CloseReason {
    this.#reason = reason;
    const cause = reason.by === "error" ? reason.error : undefined;
    const error = cause ?? new NetconfError("session-closed", "the session closed before the reply came");
    this.#opening.fail(error);
    for (const waiter of this.#waiters.values()) waiter.reject(error);
    this.#waiters.clear();
    this.#notifications.end(cause);
    return reason;
  }
}

/** The value is read once, when somebody asks for it. */
function laterReply<T>(operation: Operation<T>, reply: RpcReply): Reply<T> {
  let read: { readonly value: T } | undefined;
  return {
    ok: true,
    get value() {
      read ??= { value: operation.decode(reply) };
      return read.value;
    },
    warnings: reply.warnings,
    body: reply,
  };
}

function sessionClosed(name: string, cause?: Error): NetconfError {
  const text = `cannot send <${name}>: the session is closed`;
  return new NetconfError("session-closed", text, cause && { cause });
}
