import { ChunkedDecoder } from "./chunked-decoder.ts";
import { EndOfMessageDecoder } from "./end-of-message-decoder.ts";
import { FramingError } from "./errors.ts";
import type { FrameSink } from "./frame-sink.ts";
import { type FrameLimits, type ResolvedFrameLimits, resolveLimits } from "./limits.ts";

/** How messages are told apart. RFC 6242 §4.3 and §4.2. */
export type Framing = "end-of-message" | "chunked";

/** How a stream begins, and its limits. */
export interface FrameDecoderOptions extends FrameLimits {
  /** What the stream begins with. Default `"end-of-message"`: a NETCONF session begins with a hello. */
  readonly framing?: Framing;
  /**
   * Forgives up to 16 blanks (white space and line breaks) between the hello's `]]>]]>` and the first chunk, which some
   * clients send. Default false: RFC 6242 §4.2 allows nothing there.
   */
  readonly skipBlanksAfterHello?: boolean;
}

/**
 * Cuts one direction of a NETCONF session into messages (RFC 6242). Holds no data: what comes in goes straight to the
 * sink, as views. Any split of the input gives the same messages.
 *
 * Every session begins with end-of-message framing; `switchToChunked()` is called when both hellos offer `:base:1.1`.
 * The natural place is inside `sink.end()` of the peer's hello: what follows in the same chunk is then read as chunks.
 *
 * After an error, also one that the sink threw, `push()` and `finish()` throw the same error again.
 *
 * @example
 * const decoder = new FrameDecoder();
 * const sink = new MessageCollector((message) => console.log(message.length));
 * decoder.push(new TextEncoder().encode("<hello/>]]>]]>"), sink); // 8
 * decoder.switchToChunked();
 * decoder.push(new TextEncoder().encode("\n#4\n<rpc\n#2\n/>\n##\n"), sink); // 6
 * decoder.finish();
 */
export class FrameDecoder {
  readonly #limits: ResolvedFrameLimits;
  readonly #blanksForgiven: number;
  readonly #endOfMessage: EndOfMessageDecoder;
  #chunked: ChunkedDecoder | undefined;
  /** Bytes of all chunks before the current one. */
  #offset = 0;
  #pushing = false;
  #finished = false;
  #failure: { readonly error: unknown } | undefined;

  /** @throws FramingError `bad-limit` */
  constructor(options: FrameDecoderOptions = {}) {
    this.#limits = resolveLimits(options);
    this.#blanksForgiven = options.skipBlanksAfterHello === true ? MAX_BLANKS : 0;
    this.#endOfMessage = new EndOfMessageDecoder(this.#limits);
    if (options.framing === "chunked") this.#chunked = new ChunkedDecoder(this.#limits, 0);
  }

  get framing(): Framing {
    return this.#chunked === undefined ? "end-of-message" : "chunked";
  }

  /** Whether the input so far ends with a complete message, or is empty. */
  get betweenMessages(): boolean {
    return (this.#chunked ?? this.#endOfMessage).betweenMessages;
  }

  /**
   * Takes the next bytes. The sink is called before this returns.
   *
   * @throws FramingError with fault `"peer"` when the bytes break the framing or a limit; `illegal-push` inside a sink or
   * after `finish()`
   */
  push(chunk: Uint8Array, sink: FrameSink): void {
    this.#enter();
    this.#pushing = true;
    try {
      this.#read(chunk, sink);
      this.#offset += chunk.length;
    } catch (error) {
      this.#failure = { error };
      throw error;
    } finally {
      this.#pushing = false;
    }
  }

  /**
   * From here on the input is chunked. Legal once, between two messages; also inside `sink.end()`.
   *
   * @throws FramingError `illegal-switch`
   */
  switchToChunked(): void {
    if (this.#chunked !== undefined) {
      throw new FramingError("illegal-switch", "cannot switch to chunked framing: the stream is chunked already");
    }
    // RFC 6242 §4.1: the new framing begins right behind the hello's delimiter.
    if (!this.#endOfMessage.atBoundary) {
      throw new FramingError("illegal-switch", "cannot switch to chunked framing: a message has begun");
    }
    this.#endOfMessage.stop();
    this.#chunked = new ChunkedDecoder(this.#limits, this.#blanksForgiven);
  }

  /**
   * The input has ended. White space behind the last `]]>]]>` is not a message and is allowed.
   *
   * @throws FramingError `truncated` inside a message
   */
  finish(): void {
    this.#enter();
    this.#finished = true;
    if (this.betweenMessages) return;
    const error = new FramingError("truncated", "cannot finish: the input ended inside a message", this.#offset);
    this.#failure = { error };
    throw error;
  }

  #enter(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#pushing) throw new FramingError("illegal-push", "cannot go on: the sink called back into its decoder");
    if (this.#finished) throw new FramingError("illegal-push", "cannot go on: the input has ended");
  }

  #read(chunk: Uint8Array, sink: FrameSink): void {
    const at = this.#chunked === undefined ? this.#endOfMessage.push(chunk, 0, sink, this.#offset) : 0;
    if (at < chunk.length) this.#chunked?.push(chunk, at, sink, this.#offset);
  }
}

const MAX_BLANKS = 16;
