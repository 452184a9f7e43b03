import { type Clock, type Drive, type DuplexSocket, driveMachine, systemClock } from "@netconf-kit/socket";
import type { XmlElement } from "@netconf-kit/xml";
import { Capabilities, type ProtocolVersion } from "../capabilities.ts";
import { asError, assertNever, NetconfError } from "../errors.ts";
import { resolveLimits, type SessionLimits } from "../limits.ts";
import { isCloseSession, type RpcRequest } from "../messages/rpc.ts";
import { isRpcError, type RpcErrorInfo, rpcError } from "../messages/rpc-error.ts";
import type { RpcResult } from "../messages/rpc-reply.ts";
import { Fifo } from "../session/fifo.ts";
import { type ServerEvent, ServerMachine } from "../session/server-machine.ts";
import { type CloseReason, closingOnFailure, failed } from "./close-reason.ts";
import { Opening } from "./opening.ts";

/**
 * Carries out one request. A thrown `RpcError` becomes its errors; anything else thrown becomes `operation-failed` without
 * its text, which may hold what the client must not see. The session goes on either way.
 */
export type RpcHandler = (request: RpcRequest, session: ServerSession) => RpcResult | Promise<RpcResult>;

/** Settings of a server session. */
export interface ServerSessionOptions {
  /** 1 to 4294967295, unique in the server. */
  readonly sessionId: number;
  /** What we advertise, base versions included. */
  readonly capabilities: readonly string[];
  /** Called for one request after the other, RFC 6241 §4.5. `<close-session>` never reaches it: see `onCloseSession`. */
  readonly handler: RpcHandler;
  /** Whom the transport has authenticated. */
  readonly username: string;
  /** Milliseconds until the client's hello has to be here. Default 60 000. */
  readonly helloTimeout?: number;
  /** `lenient` takes messages without a namespace. Default `strict`. */
  readonly strictness?: "strict" | "lenient";
  readonly limits?: SessionLimits;
  /** Bytes of output that may wait for a client that does not read; a notification over it is refused. Default 16 MiB. */
  readonly maxQueuedOutputBytes?: number;
  readonly clock?: Clock;
  /** Told of every failure of the handler that is no `RpcError`, and of `onCloseSession`. */
  readonly onHandlerError?: (error: unknown, request: RpcRequest) => void;
  /** Told of every request that could not be read and was answered with these errors. */
  readonly onRefused?: (errors: readonly RpcErrorInfo[]) => void;
  /** Called as soon as the hellos are exchanged and before the first request. */
  readonly onOpen?: (session: ServerSession) => void;
  /**
   * Called for `<close-session>`, whose `<ok/>` waits for the result: the place to release what the session holds (RFC 6241
   * §7.8). The session ends in any case; what this throws goes to `onHandlerError`.
   */
  readonly onCloseSession?: (session: ServerSession) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** An open session, server end. */
export interface ServerSession extends AsyncDisposable {
  readonly sessionId: number;
  readonly username: string;
  readonly version: ProtocolVersion;
  /** The client's. */
  readonly capabilities: Capabilities;
  /**
   * Aborted when the session begins to end, before its connection is closed: RFC 6241 §7.9 wants operations in process to
   * stop.
   */
  readonly signal: AbortSignal;
  /**
   * Sends a notification (`eventTime`: RFC 3339). Resolves when the client keeps up.
   *
   * @throws NetconfError `session-closed`, `limit-output` (it was not sent)
   */
  notify(eventTime: string, content: XmlElement | readonly XmlElement[]): Promise<void>;
  /** Ends the session at once, as kill-session does. */
  terminate(reason?: Error): void;
  /** Ends the session without an error. */
  close(): Promise<void>;
  /** Never rejects. */
  readonly closed: Promise<CloseReason>;
}

const DEFAULT_HELLO_TIMEOUT = 60_000;
const DEFAULT_QUEUED_OUTPUT = 16 * 1024 * 1024;

/**
 * Serves one session over a connected, authenticated socket. Resolves when both hellos have been exchanged; the session
 * owns the socket from the call on, also when it fails.
 *
 * @throws NetconfError `hello-…`, `timeout-hello`, `peer-closed-…`; FramingError and XmlError of what the peer sent;
 * `signal.reason`
 *
 * @example
 * const session = await acceptServerSession(socket, {
 *   sessionId: 1, username: "ops", capabilities: [capabilityUris.base11],
 *   handler: () => ({ ok: true, content: [element("data", namespaces.base)] }),
 * });
 */
export function acceptServerSession(socket: DuplexSocket, options: ServerSessionOptions): Promise<ServerSession> {
  return closingOnFailure(socket, () => new Session(socket, options).opened);
}

class Session implements ServerSession {
  readonly sessionId: number;
  readonly username: string;
  version: ProtocolVersion = "1.0";
  capabilities: Capabilities = new Capabilities([]);
  readonly opened: Promise<ServerSession>;
  readonly closed: Promise<CloseReason>;
  readonly #options: ServerSessionOptions;
  readonly #machine: ServerMachine;
  readonly #drive: Drive;
  readonly #requests = new Fifo<RpcRequest>();
  readonly #abort = new AbortController();
  readonly #maxRequests: number;
  #working = false;
  #room: (() => void) | undefined;
  readonly #opening = new Opening<ServerSession>();
  #reason: CloseReason | undefined;

  constructor(socket: DuplexSocket, options: ServerSessionOptions) {
    const clock = options.clock ?? systemClock;
    this.sessionId = options.sessionId;
    this.username = options.username;
    this.#options = options;
    this.#maxRequests = resolveLimits(options.limits).maxPendingRpcs;
    this.opened = this.#opening.session;
    this.#machine = new ServerMachine({
      sessionId: options.sessionId,
      capabilities: options.capabilities,
      ...(options.limits && { limits: options.limits }),
      ...(options.strictness && { strictness: options.strictness }),
      now: clock.now(),
      helloTimeout: options.helloTimeout ?? DEFAULT_HELLO_TIMEOUT,
    });
    this.#drive = driveMachine(this.#machine, socket, { clock, onEvent: (event) => this.#onEvent(event) });
    this.closed = this.#drive.done.then(
      () => this.#finish(this.#reason ?? { by: "local" }),
      (error: unknown) => this.#finish(failed(error)),
    );
    this.#opening.abortBy(options.signal, (reason) => this.#drive.stop(asError(reason)));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async notify(eventTime: string, content: XmlElement | readonly XmlElement[]): Promise<void> {
    if (this.#abort.signal.aborted) {
      throw new NetconfError("session-closed", "cannot send a notification: the session is closed");
    }
    const limit = this.#options.maxQueuedOutputBytes ?? DEFAULT_QUEUED_OUTPUT;
    if (this.#machine.outputLength > limit) {
      throw new NetconfError(
        "limit-output",
        `cannot send a notification: more than ${limit} bytes wait for the client`,
      );
    }
    this.#machine.notify(eventTime, "children" in content ? [content] : content);
    this.#drive.flush();
    await this.#drive.writable();
  }

  terminate(reason?: Error): void {
    const error = reason ?? new NetconfError("session-terminated", `session ${this.sessionId} was terminated`);
    this.#abort.abort(error);
    this.#drive.stop(error);
  }

  async close(): Promise<void> {
    this.#abort.abort(new NetconfError("session-closed", "the session is closed"));
    this.#drive.stop();
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #onEvent(event: ServerEvent): Promise<void> | undefined {
    switch (event.kind) {
      case "ready":
        this.version = event.version;
        this.capabilities = event.capabilities;
        this.#options.onOpen?.(this);
        this.#opening.done(this);
        return undefined;
      case "request":
        this.#requests.push(event.request);
        this.#work().catch((error: unknown) => this.#drive.stop(asError(error)));
        return this.#waitForRoom();
      case "refused":
        this.#options.onRefused?.(event.errors);
        // The machine has the answer ready, but keeps it while an earlier request is unanswered.
        return this.#waitForRoom();
      case "closed":
        this.#abort.abort(new NetconfError("session-closed", "the session is closed"));
        // After an error the drive stops of its own accord, with that error.
        if (event.by === "error") return undefined;
        this.#reason ??= { by: event.by === "hang-up" ? "peer" : event.by };
        this.#drive.stop();
        return undefined;
      default:
        return assertNever(event);
    }
  }

  /** RFC 6241 §4.5: requests are processed serially. */
  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let request = this.#requests.shift(); request !== undefined; request = this.#requests.shift()) {
      const result = await (isCloseSession(request.operation) ? this.#closeSession(request) : this.#handle(request));
      if (this.#reason !== undefined || this.#machine.phase === "closed") break;
      this.#answer(request, result);
      if (this.#machine.unansweredCount < this.#maxRequests) this.#openRoom();
      this.#drive.flush();
      const pace = this.#drive.writable();
      if (pace !== undefined) await pace;
    }
    this.#working = false;
  }

  async #closeSession(request: RpcRequest): Promise<RpcResult> {
    try {
      await this.#options.onCloseSession?.(this);
    } catch (error) {
      this.#options.onHandlerError?.(error, request);
    }
    return OK;
  }

  async #handle(request: RpcRequest): Promise<RpcResult> {
    try {
      return await this.#options.handler(request, this);
    } catch (error) {
      if (isRpcError(error)) return { ok: false, errors: error.errors };
      this.#options.onHandlerError?.(error, request);
      return FAILED;
    }
  }

  #answer(request: RpcRequest, result: RpcResult): void {
    try {
      this.#machine.answer(request, result);
    } catch (error) {
      // The handler has put something into its result that XML cannot hold.
      this.#options.onHandlerError?.(error, request);
      this.#machine.answer(request, FAILED);
    }
  }

  /** Reading goes on when fewer requests than allowed are unanswered. */
  #waitForRoom(): Promise<void> | undefined {
    if (this.#machine.unansweredCount < this.#maxRequests) return undefined;
    return new Promise((resolve) => {
      this.#room = resolve;
    });
  }

  #openRoom(): void {
    this.#room?.();
    this.#room = undefined;
  }

  #finish(reason: CloseReason): CloseReason {
    this.#reason = reason;
    const error = reason.by === "error" ? reason.error : new NetconfError("session-closed", "the session is closed");
    this.#opening.fail(error);
    this.#openRoom();
    this.#abort.abort(error);
    return reason;
  }
}

const OK: RpcResult = { ok: true };
const FAILED: RpcResult = {
  ok: false,
  errors: [/* @__PURE__ */ rpcError({ tag: "operation-failed", message: "the operation failed inside the server" })],
};
