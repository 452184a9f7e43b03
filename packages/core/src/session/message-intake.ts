import type { FrameSink } from "@netconf-kit/framing";
import { ByteScanner, MORE, TokenTree, type XmlElement, type XmlOptions, type XmlStart } from "@netconf-kit/xml";
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
      readonly scanner: ByteScanner;
    }
  | {
      readonly is: "streaming";
      readonly scanner: ByteScanner;
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

  /** Which entries of the reply to this request are wanted; `undefined` when it is not to be read as a stream. */
  awaited(messageId: string): EntrySelection | undefined {
    return this.#awaited.get(messageId);
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
        state.scanner.push(bytes);
        state.stream.read();
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
    state.scanner.end();
    const reply = state.stream.read();
    // The scanner has thrown already when the document was not complete.
    if (reply !== undefined) this.#options.onEnd(reply);
  }

  #deciding(): State {
    return { is: "deciding", head: [], length: 0, scanner: new ByteScanner(this.#options.xml) };
  }

  #decide(state: State & { is: "deciding" }, piece: Uint8Array): void {
    // As in readMessage: peers write line breaks before a message, and an XML declaration must not follow white space.
    const bytes = state.length === 0 ? withoutLeadingBlanks(piece) : piece;
    if (bytes.length === 0) return;
    state.head.push(bytes);
    state.length += bytes.length;
    const { scanner } = state;
    const rootSeen = findRoot(scanner, bytes);
    const stream = rootSeen === true ? this.#streamFor(scanner) : undefined;
    if (stream !== undefined) {
      this.#state = { is: "streaming", scanner, stream };
      this.#options.onBegin();
      stream.read();
    } else if (rootSeen !== false || state.length > MAX_HEAD_BYTES) this.#collect(state.head);
  }

  #collect(head: readonly Uint8Array[]): void {
    this.#state = COLLECTING;
    for (const bytes of head) this.#options.collector.data(bytes);
  }

  #streamFor(scanner: ByteScanner): ReplyStream | undefined {
    const { dialect } = this.#options;
    const tree = new TokenTree(scanner);
    const root: XmlStart = tree.pass();
    const element: XmlElement = { ...root, children: [] };
    const messageId = dialect.is(element, "rpc-reply") ? dialect.messageId(element) : undefined;
    const selection = messageId === undefined ? undefined : this.#awaited.get(messageId);
    return selection && new ReplyStream(scanner, tree, root, selection);
  }
}

/**
 * Whether the start tag of the root is there now. `undefined`: something is wrong, and shows again, with its usual reaction,
 * when the collected message is read.
 */
function findRoot(scanner: ByteScanner, bytes: Uint8Array): boolean | undefined {
  try {
    scanner.push(bytes);
    // Before the root there are no tokens.
    return scanner.next() !== MORE;
  } catch {
    return undefined;
  }
}
