import type { FrameSink } from "@netconf-kit/framing";
import { ByteReader, type XmlElement, type XmlOptions, type XmlSink, type XmlStart } from "@netconf-kit/xml";
import type { Dialect } from "../messages/dialect.ts";
import { withoutLeadingBlanks } from "../messages/read-message.ts";
import { type EntrySelection, ReplyStream } from "./reply-stream.ts";

export interface IntakeOptions {
  /** Takes the bytes of every message that is not read as a stream. */
  readonly collector: FrameSink;
  readonly dialect: Dialect;
  readonly xml: XmlOptions;
  /** A reply that is read as a stream begins. */
  readonly onBegin: () => void;
  /** It has ended: `reply` is what stood outside `<data>`. */
  readonly onEnd: (reply: XmlElement) => void;
}

/** The start tag of a reply comes early; a message that hides it longer than this is collected. */
const MAX_HEAD_BYTES = 64 * 1024;

type State =
  | { readonly is: "between" }
  | { readonly is: "collecting" }
  /** The root's start tag has not come yet. */
  | {
      readonly is: "deciding";
      readonly head: Uint8Array[];
      length: number;
      readonly reader: ByteReader;
      readonly root: RootWatch;
    }
  | {
      readonly is: "streaming";
      readonly reader: ByteReader;
      readonly stream: ReplyStream;
    };

const BETWEEN: State = { is: "between" };
const COLLECTING: State = { is: "collecting" };

/**
 * Decides for each message whether it is collected whole or read as it comes. While no streamed reply is awaited every
 * message goes to the collector, and this costs one comparison a piece. Otherwise the root's start tag decides.
 */
export class MessageIntake implements FrameSink {
  readonly #options: IntakeOptions;
  readonly #awaited = new Map<string, EntrySelection>();
  #state: State = BETWEEN;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** The reply to this request is to be read as a stream. */
  await(messageId: string, selection: EntrySelection): void {
    this.#awaited.set(messageId, selection);
  }

  /** The request has been answered, by whatever message. */
  forget(messageId: string): void {
    this.#awaited.delete(messageId);
  }

  data(bytes: Uint8Array): void {
    const state = this.#state;
    switch (state.is) {
      case "between":
        this.#state = this.#awaited.size === 0 ? COLLECTING : this.#deciding();
        this.data(bytes);
        return;
      case "collecting":
        this.#options.collector.data(bytes);
        return;
      case "streaming":
        state.reader.push(bytes);
        return;
      case "deciding":
        this.#decide(state, bytes);
    }
  }

  end(): void {
    const state = this.#state;
    if (state.is === "deciding") this.#collect(state.head);
    this.#state = BETWEEN;
    if (state.is !== "streaming") {
      this.#options.collector.end();
      return;
    }
    state.reader.end();
    const { reply } = state.stream;
    // The reader has thrown already when the document was not complete.
    if (reply !== undefined) this.#options.onEnd(reply);
  }

  #deciding(): State {
    const root = new RootWatch((start) => this.#streamFor(start));
    return { is: "deciding", head: [], length: 0, reader: new ByteReader(root, this.#options.xml), root };
  }

  #decide(state: State & { is: "deciding" }, piece: Uint8Array): void {
    // As in readMessage: peers write line breaks before a message, and an XML declaration must not follow white space.
    const bytes = state.length === 0 ? withoutLeadingBlanks(piece) : piece;
    if (bytes.length === 0) return;
    state.head.push(bytes);
    state.length += bytes.length;
    const problem = attempt(() => state.reader.push(bytes));
    const { stream } = state.root;
    if (stream !== undefined) {
      this.#state = { is: "streaming", reader: state.reader, stream };
      this.#options.onBegin();
      if (problem !== undefined) throw problem.error;
    } else if (state.root.seen || problem !== undefined || state.length > MAX_HEAD_BYTES) {
      // A problem shows again, with its usual reaction, when the collected message is read.
      this.#collect(state.head);
    }
  }

  #collect(head: readonly Uint8Array[]): void {
    this.#state = COLLECTING;
    for (const bytes of head) this.#options.collector.data(bytes);
  }

  #streamFor(start: XmlStart): ReplyStream | undefined {
    const { dialect } = this.#options;
    const element: XmlElement = { ...start, children: [] };
    const messageId = dialect.is(element, "rpc-reply") ? dialect.messageId(element) : undefined;
    const selection = messageId === undefined ? undefined : this.#awaited.get(messageId);
    return selection && new ReplyStream(selection);
  }
}

/** Looks at the root's start tag, and passes everything on when that begins an awaited reply. */
class RootWatch implements XmlSink {
  readonly #choose: (start: XmlStart) => ReplyStream | undefined;
  seen = false;
  stream: ReplyStream | undefined;

  constructor(choose: (start: XmlStart) => ReplyStream | undefined) {
    this.#choose = choose;
  }

  startElement(start: XmlStart): void {
    if (!this.seen) {
      this.seen = true;
      this.stream = this.#choose(start);
    }
    this.stream?.startElement(start);
  }

  endElement(): void {
    this.stream?.endElement();
  }

  text(text: string): void {
    this.stream?.text(text);
  }
}

function attempt(action: () => void): { readonly error: unknown } | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return { error };
  }
}
