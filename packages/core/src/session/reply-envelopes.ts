import { EnvelopeScanner, type XmlOptions } from "@netconf-kit/xml";
import { checkDocument } from "../messages/read-message.ts";
import type { ReplyEnvelope } from "../messages/received-reply.ts";
import { namespaces } from "../names.ts";

export interface ReplyEnvelopesOptions {
  /** How a message is read where that is needed. */
  readonly xml: XmlOptions;
  /** Whether the inside of `<data>` is checked too. */
  readonly checkData: boolean;
}

/** A reply that needs no reading to be matched with its request. */
export interface MatchableReply extends ReplyEnvelope {
  readonly messageId: string;
  /** It says nothing beside its message-id and `<ok/>`: there is no need to keep it. */
  readonly bare: boolean;
}

/**
 * Tells which replies need no tree to be matched with their requests: those in the namespace of NETCONF with a message-id
 * that have no `<rpc-error>` at any depth, for devices put errors inside their results.
 */
export class ReplyEnvelopes {
  readonly #options: ReplyEnvelopesOptions;
  readonly #scanner: EnvelopeScanner;

  constructor(options: ReplyEnvelopesOptions) {
    this.#options = options;
    this.#scanner = new EnvelopeScanner(options.xml);
  }

  /**
   * `undefined` for a message that has to be read: another one than a reply, an error, one that needs forgiveness.
   *
   * @throws XmlError for a reply without `<data>` that is not well-formed, with `checkData` for any
   */
  read(message: Uint8Array): MatchableReply | undefined {
    const scanner = this.#scanner;
    if (!this.#scan(message)) return undefined;
    if (scanner.root !== "rpc-reply" || scanner.namespace !== namespaces.base || scanner.mentionsError)
      return undefined;
    // Ours are small numbers, and a number becomes a string faster than bytes do.
    const messageId = scanner.messageNumber < 0 ? scanner.messageId : String(scanner.messageNumber);
    if (messageId === undefined) return undefined;
    const outcome = scanner.outcome === "ok" || scanner.outcome === "data" ? scanner.outcome : "other";
    const { bare } = scanner;
    let { checked } = scanner;
    if (!checked && (this.#options.checkData || outcome !== "data")) {
      checkDocument(message, this.#options.xml);
      checked = true;
    }
    return { messageId, outcome, checked, bare };
  }

  /** Whether the scan says anything: what is wrong with a message is found, or forgiven, by reading it. */
  #scan(message: Uint8Array): boolean {
    try {
      this.#scanner.scan(message);
      return true;
    } catch {
      return false;
    }
  }
}
