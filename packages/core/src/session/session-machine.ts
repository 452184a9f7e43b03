import { encodeMessage, FrameDecoder, type FrameSink, type Framing, MessageCollector } from "@netconf-kit/framing";
import type { ProtocolMachine } from "@netconf-kit/socket";
import type { XmlElement } from "@netconf-kit/xml";
import { Capabilities, commonVersion, type ProtocolVersion } from "../capabilities.ts";
import { NetconfError, quoted } from "../errors.ts";
import { type ResolvedLimits, resolveLimits, type SessionLimits } from "../limits.ts";
import { type Deviation, Dialect } from "../messages/dialect.ts";
import { encodeDocument, encodeReply } from "../messages/encode-message.ts";
import { buildHello, type Hello, parseHello } from "../messages/hello.ts";
import { type MessageKind, messageKind } from "../messages/read-message.ts";
import { Fifo } from "./fifo.ts";
import { nextPhase, type SessionInput, type SessionPhase, type SessionRole } from "./states.ts";

/** What both machines are told: capabilities, limits, the present. */
export interface SessionMachineOptions {
  /** What we advertise. */
  readonly capabilities: readonly string[];
  readonly limits?: SessionLimits;
  /** Default `strict`. */
  readonly strictness?: "strict" | "lenient";
  /**
   * Sees every message, as it is sent or received, without its framing, but for replies read by `rpcStream`. For
   * transcripts; it may hold secrets.
   */
  readonly onMessage?: MessageObserver;
  /** The caller's time at the start. */
  readonly now: number;
  /** How long the peer's hello may take, in the caller's milliseconds; `Infinity` for good. */
  readonly helloTimeout: number;
}

/** Sees one message. The bytes are only lent: keep a copy. */
export type MessageObserver = (direction: "sent" | "received", message: Uint8Array) => void;

/** What the two ends of a session have in common: framing, hellos, phases, output, and one error for good. */
export abstract class SessionMachine<Event> implements ProtocolMachine<Event> {
  protected readonly limits: ResolvedLimits;
  protected readonly dialect: Dialect;
  readonly #role: SessionRole;
  readonly #ours: Capabilities;
  /** Takes whole messages. */
  protected readonly collector: MessageCollector;
  readonly #decoder: FrameDecoder;
  readonly #events = new Fifo<Event>();
  readonly #output: Uint8Array[] = [];
  readonly #helloDeadline: number;
  readonly #onMessage: MessageObserver | undefined;
  #outputLength = 0;
  #framing: Framing = "end-of-message";
  #phase: SessionPhase = "awaiting-hello";
  #version: ProtocolVersion | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(role: SessionRole, options: SessionMachineOptions, sessionId?: number) {
    this.#role = role;
    this.limits = resolveLimits(options.limits);
    this.dialect = new Dialect(options.strictness);
    this.#ours = new Capabilities(options.capabilities);
    this.#decoder = new FrameDecoder({ maxMessageBytes: Number.POSITIVE_INFINITY });
    this.collector = new MessageCollector((bytes) => this.#receiveMessage(bytes), {
      maxMessageBytes: this.limits.maxHelloBytes,
      reuseBytes: LENT_BYTES,
    });
    this.#helloDeadline = options.now + options.helloTimeout;
    this.#onMessage = options.onMessage;
    // RFC 6241 §8.1: a peer MUST NOT wait for the other side's hello before sending its own.
    this.send(this.encode(buildHello(options.capabilities, sessionId)));
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** Undefined until the hellos have been exchanged. */
  get version(): ProtocolVersion | undefined {
    return this.#version;
  }

  /** What a lenient session has forgiven so far. */
  get deviations(): ReadonlySet<Deviation> {
    return this.dialect.deviations;
  }

  get outputLength(): number {
    return this.#outputLength;
  }

  get deadline(): number | undefined {
    const waits = this.#phase === "awaiting-hello" && Number.isFinite(this.#helloDeadline);
    return waits ? this.#helloDeadline : undefined;
  }

  advance(now: number): void {
    this.#guarded(() => {
      if (this.#phase !== "awaiting-hello" || now < this.#helloDeadline) return;
      throw new NetconfError(
        "timeout-hello",
        `cannot open the session: the ${this.#peer}'s hello did not come in time`,
      );
    });
  }

  receive(chunk: Uint8Array): void {
    if (this.#phase === "closed") return;
    this.#guarded(() => this.#decoder.push(chunk, this.intake));
  }

  receiveEnd(): void {
    if (this.#phase === "closed") return;
    this.#guarded(() => {
      this.#finishInput();
      if (this.#phase === "awaiting-hello") {
        throw new NetconfError(
          "peer-closed-before-hello",
          `cannot open the session: the ${this.#peer} closed the connection`,
        );
      }
      const from = this.#phase;
      this.step("end");
      this.handleEnd(from);
    });
  }

  nextEvent(): Event | undefined {
    return this.#events.shift();
  }

  takeOutput(): Uint8Array | undefined {
    const pieces = this.#output;
    const [first] = pieces;
    if (first === undefined) return undefined;
    const bytes = pieces.length === 1 ? first : concatenate(pieces, this.#outputLength);
    pieces.length = 0;
    this.#outputLength = 0;
    return bytes;
  }

  /** The peer's hello is here and a version is agreed. */
  protected abstract handleHello(hello: Hello, version: ProtocolVersion): void;
  /** A message that the table allows in this phase. Its bytes are only lent. */
  protected abstract handleMessage(kind: MessageKind, root: XmlElement, bytes: Uint8Array): void;
  /** The peer has ended its direction between two messages. */
  protected abstract handleEnd(from: SessionPhase): void;
  /** Deals with a message of which no tree is needed; `false` for any other. The bytes are only lent. */
  protected takeUnread(_bytes: Uint8Array): boolean {
    return false;
  }
  /** Bytes of a message become a tree; a server answers instead of failing. `undefined`: the message has been dealt with. */
  protected abstract read(bytes: Uint8Array): XmlElement | undefined;
  /** Where the bytes of messages go. */
  protected get intake(): FrameSink {
    return this.collector;
  }

  /** Last words before the session ends with `error`. */
  protected lastWords(_error: unknown): void {}

  protected emit(event: Event): void {
    this.#events.push(event);
  }

  /** A message as it goes out. Throws only for content of our own side that XML cannot hold. */
  protected encode(root: XmlElement): readonly Uint8Array[] {
    const message = root.name === "rpc-reply" ? encodeReply(root) : encodeDocument(root);
    this.#onMessage?.("sent", message);
    return encodeMessage(this.#framing, message);
  }

  protected send(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      this.#output.push(piece);
      this.#outputLength += piece.length;
    }
  }

  /** Moves to the next phase. @throws NetconfError `unexpected-message` */
  protected step(input: SessionInput): void {
    const next = nextPhase(this.#role, this.#phase, input);
    if (next === undefined) {
      const phase = `phase "${this.#phase}"`;
      throw new NetconfError("unexpected-message", `cannot accept ${quoted(input)} from the ${this.#peer} in ${phase}`);
    }
    this.#phase = next;
  }

  /** Ends the session in good order: what arrives from now on is ignored. */
  protected finish(): void {
    this.#phase = "closed";
  }

  /** A command of our own side that is legal only in an open session. */
  protected requireOpen(what: string): void {
    if (this.#failure) throw this.#failure.error;
    if (this.#phase === "awaiting-hello") {
      throw new NetconfError("not-open", `cannot ${what}: the ${this.#peer}'s hello has not come yet`);
    }
    if (this.#phase !== "open") {
      throw new NetconfError("session-closed", `cannot ${what}: the session is closed`);
    }
  }

  get #peer(): SessionRole {
    return this.#role === "client" ? "server" : "client";
  }

  #receiveMessage(bytes: Uint8Array): void {
    if (this.#phase === "closed") return;
    this.#onMessage?.("received", bytes);
    if (this.takeUnread(bytes)) return;
    const root = this.read(bytes);
    if (root === undefined) return;
    const kind = messageKind(root, this.dialect);
    if (kind === undefined) {
      const name = quoted(`{${root.namespace}}${root.name}`);
      throw new NetconfError(
        "unexpected-message",
        `cannot accept a message from the ${this.#peer}: its root is ${name}`,
      );
    }
    this.step(kind);
    if (kind === "hello") this.#receiveHello(root);
    else this.handleMessage(kind, root, bytes);
  }

  #receiveHello(root: XmlElement): void {
    const hello = parseHello(root, this.#peer, this.dialect, this.limits.maxCapabilities);
    const version = commonVersion(this.#ours, hello.capabilities);
    if (version === undefined) {
      // RFC 6241 §8.1: without a common version the session MUST NOT continue.
      const offered = quoted(baseVersions(hello.capabilities));
      throw new NetconfError(
        "hello-no-common-version",
        `cannot agree on a protocol version: the ${this.#peer} offers ${offered}`,
      );
    }
    this.#version = version;
    if (version === "1.1") {
      // RFC 6242 §4.1: chunked framing for the remainder, also for what has already been received.
      this.#framing = "chunked";
      this.#decoder.switchToChunked();
    }
    this.collector.maxMessageBytes = this.limits.maxMessageBytes;
    this.handleHello(hello, version);
  }

  #finishInput(): void {
    try {
      this.#decoder.finish();
    } catch (cause) {
      throw new NetconfError("peer-closed-mid-message", `cannot read on: the ${this.#peer} closed inside a message`, {
        cause,
      });
    }
  }

  #guarded(action: () => void): void {
    if (this.#failure) throw this.#failure.error;
    try {
      action();
    } catch (error) {
      this.lastWords(error);
      this.#failure = { error };
      this.#phase = "failed";
      throw error;
    }
  }
}

/** Messages up to this size are collected in one buffer, one after the other. */
export const LENT_BYTES: number = 16 * 1024;

function baseVersions(capabilities: Capabilities): string {
  const bases = capabilities.uris().filter((uri) => /:netconf:base:/.test(uri));
  return bases.length === 0 ? "no base capability" : bases.join(" ");
}

function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
