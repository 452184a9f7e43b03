import { byteAt } from "./byte-classes.ts";
import { ByteScanner } from "./byte-scanner.ts";
import { DONE, END, MORE, START } from "./byte-token.ts";
import { DECODER, NO_BYTES } from "./text-codec.ts";
import {
  BASE_DECLARATION,
  BASE_NAMESPACE,
  DATA,
  DECLARATION,
  DECLARATION_START,
  DEFAULT_NAMESPACE,
  endOf,
  isReplyName,
  MESSAGE_ID,
  mayBeReserved,
  mentionsError,
  namespaceOf,
  OK,
  PREFIX_DECLARATION,
  plainNameEnd,
  plainValueEnd,
  prefixEnd,
  RPC_ERROR,
  rootFormAt,
  skipWhite,
  startsWith,
} from "./usual-envelope.ts";
import type { XmlOptions } from "./xml-sink.ts";

/**
 * What a message is. For a reply: `"rpc-error"` when it has such an element, otherwise what its first element says (`"ok"`,
 * `"data"`), `"other"` for the output of any other operation and for none. Also `"other"`: requests and unknown messages.
 * The elements of a reply are those in the namespace of its root.
 */
export type EnvelopeOutcome = "ok" | "data" | "rpc-error" | "hello" | "notification" | "other";

/**
 * Finds out what a complete message is, without reading its body: root, namespace, message-id (RFC 6241 §4.1) and outcome;
 * the body stays bytes. The usual messages cost a look at their root and make no object; anything unusual is read by the
 * scanner. One of these looks at any number of messages: its fields tell of the last one.
 *
 * The result is right for a message that is well-formed. Whether a body is, is found out when it is read, unless `checked`
 * says that the whole message has been; after `"ok"` it always has.
 *
 * @example
 * const envelope = new EnvelopeScanner();
 * envelope.scan(new TextEncoder().encode('<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="7"><ok/></rpc-reply>'));
 * envelope.outcome; // "ok"
 * envelope.messageNumber; // 7
 */
export class EnvelopeScanner {
  /** Local name of the root element, and its namespace. */
  root = "";
  namespace = "";
  outcome: EnvelopeOutcome = "other";
  /** What is between the tags of the root: bytes of the message from here … */
  bodyStart = 0;
  /** … to here. */
  bodyEnd = 0;
  /** Whether the whole message is known to be well-formed; otherwise that of the body is still open. */
  checked = false;
  /** Whether the message is a reply that says nothing but its message-id and `<ok/>`. */
  bare = false;
  /** Whether "rpc-error" is written anywhere in the body of a reply: deeper than the outcome looks, or in a text. */
  mentionsError = false;
  /** The message-id as a number where it is one to nine decimal digits without a zero in front, otherwise -1. */
  messageNumber = -1;
  readonly #options: XmlOptions;
  #bytes: Uint8Array = NO_BYTES;
  /** The message-id: bytes without references, or a string. */
  #idStart = -1;
  #idEnd = -1;
  #id: string | undefined;

  constructor(options: XmlOptions = {}) {
    this.#options = options;
  }

  /** The message-id; `undefined` when there is none. Valid as long as the bytes of the message stay as they are. */
  get messageId(): string | undefined {
    if (this.#id === undefined && this.#idStart >= 0) {
      this.#id = DECODER.decode(this.#bytes.subarray(this.#idStart, this.#idEnd));
    }
    return this.#id;
  }

  /** @throws XmlError for an unusual message that is malformed */
  scan(message: Uint8Array): void {
    this.#bytes = message;
    this.#idStart = -1;
    this.#id = undefined;
    this.checked = false;
    this.bare = false;
    this.mentionsError = false;
    if (!this.#scanUsual(message)) this.#scanAny(message);
    this.messageNumber = this.#number();
  }

  #scanUsual(bytes: Uint8Array): boolean {
    const end = endOf(bytes);
    let at = skipWhite(bytes, 0, end);
    if (at > 0 && startsWith(bytes, at, end, DECLARATION_START)) return false;
    if (startsWith(bytes, at, end, DECLARATION)) at = skipWhite(bytes, at + DECLARATION.length, end);
    const root = rootFormAt(bytes, at, end);
    if (root === undefined) return false;
    const inside = this.#scanAttributes(bytes, at + root.start.length, end);
    // The last tag is that of the root, without white space: nothing follows it.
    const stop = end - root.end.length;
    if (inside < 0 || stop < inside || !startsWith(bytes, stop, end, root.end)) return false;
    this.root = root.name;
    this.bodyStart = inside;
    this.bodyEnd = stop;
    if (root.outcome !== undefined) {
      this.outcome = root.outcome;
      return true;
    }
    return this.#scanReply(bytes, inside, stop);
  }

  /** From behind the name of the root to behind its `>`; -1 for what is not usual. */
  #scanAttributes(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    let declared = 0;
    this.namespace = "";
    for (;;) {
      const before = at;
      at = skipWhite(bytes, at, end);
      if (at > before && this.namespace === "" && startsWith(bytes, at, end, BASE_DECLARATION)) {
        this.namespace = BASE_NAMESPACE;
        at += BASE_DECLARATION.length;
        continue;
      }
      if (at >= end) return -1;
      if (byteAt(bytes, at) === 0x3e) return at + 1;
      if (at === before) return -1;
      const isId = startsWith(bytes, at, end, MESSAGE_ID);
      const isDefault = !isId && startsWith(bytes, at, end, DEFAULT_NAMESPACE);
      let nameEnd = at;
      if (isId) nameEnd += MESSAGE_ID.length - 1;
      else if (isDefault) nameEnd += DEFAULT_NAMESPACE.length - 1;
      else {
        // One declaration of a prefix is usual; of several the names would have to be compared.
        if (!startsWith(bytes, at, end, PREFIX_DECLARATION) || declared++ > 0) return -1;
        nameEnd = prefixEnd(bytes, at + PREFIX_DECLARATION.length, end);
      }
      if (nameEnd < 0 || nameEnd + 1 >= end || byteAt(bytes, nameEnd) !== 0x3d) return -1;
      const stop = plainValueEnd(bytes, nameEnd + 1, end);
      if (stop < 0) return -1;
      const start = nameEnd + 2;
      if (isId) {
        if (this.#idStart >= 0) return -1;
        this.#idStart = start;
        this.#idEnd = stop;
      } else if (isDefault) {
        if (this.namespace !== "" || stop === start) return -1;
        this.namespace = namespaceOf(bytes, start, stop);
        if (this.namespace === "") return -1;
      } else if (stop === start || mayBeReserved(bytes, start, stop)) return -1;
      at = stop + 1;
    }
  }

  #scanReply(bytes: Uint8Array, inside: number, stop: number): boolean {
    const at = skipWhite(bytes, inside, stop);
    if (startsWith(bytes, at, stop, OK) && skipWhite(bytes, at + OK.length, stop) === stop) {
      this.outcome = "ok";
      this.checked = true;
      this.bare = true;
      return true;
    }
    if (at === stop) {
      this.outcome = "other";
      this.checked = true;
      return true;
    }
    if (startsWith(bytes, at, stop, RPC_ERROR)) {
      this.outcome = "rpc-error";
      this.mentionsError = true;
      return true;
    }
    // An element that has one of the names in another form, or an error further on, is for the scanner to judge.
    if (!startsWith(bytes, at, stop, DATA)) {
      const nameEnd = plainNameEnd(bytes, at + 1, stop);
      if (byteAt(bytes, at) !== 0x3c || nameEnd < 0 || isReplyName(bytes, at + 1, nameEnd)) return false;
      this.outcome = "other";
    } else this.outcome = "data";
    return !mentionsError(bytes, at, stop);
  }

  #scanAny(bytes: Uint8Array): void {
    const scanner = new ByteScanner(this.#options);
    this.#idStart = -1;
    scanner.push(bytes);
    let first: string | undefined;
    let failed = false;
    for (let token = scanner.next(); token !== DONE; token = scanner.next()) {
      if (token === MORE) scanner.end();
      else if (token === START && scanner.depth === 1) this.#takeRoot(scanner);
      else if (token === START && scanner.depth === 2) {
        const own = scanner.namespace === this.namespace ? scanner.name.local : "";
        first ??= own;
        failed ||= own === "rpc-error";
      } else if (token === END && scanner.depth === 0) this.bodyEnd = Math.max(scanner.offset, this.bodyStart);
    }
    this.outcome = outcomeOf(this.root, first, failed);
    this.checked = true;
    this.mentionsError = this.root === "rpc-reply" && mentionsError(bytes, this.bodyStart, this.bodyEnd);
  }

  #takeRoot(scanner: ByteScanner): void {
    this.root = scanner.name.local;
    this.namespace = scanner.namespace;
    this.bodyStart = scanner.offsetAfter;
    for (let i = 0; i < scanner.attributeCount; i++) {
      if (scanner.attributeName(i).text === "message-id") this.#id = scanner.attributeValue(i);
    }
  }

  #number(): number {
    if (this.#idStart < 0) return this.#id !== undefined && NUMBER.test(this.#id) ? Number(this.#id) : -1;
    const length = this.#idEnd - this.#idStart;
    if (length < 1 || length > 9 || (length > 1 && byteAt(this.#bytes, this.#idStart) === 0x30)) return -1;
    let number = 0;
    for (let at = this.#idStart; at < this.#idEnd; at++) {
      const digit = byteAt(this.#bytes, at) - 0x30;
      if (digit < 0 || digit > 9) return -1;
      number = number * 10 + digit;
    }
    return number;
  }
}

function outcomeOf(root: string, first: string | undefined, failed: boolean): EnvelopeOutcome {
  if (root === "hello" || root === "notification") return root;
  if (root !== "rpc-reply") return "other";
  if (failed) return "rpc-error";
  return first === "ok" || first === "data" ? first : "other";
}

const NUMBER = /^(?:0|[1-9][0-9]{0,8})$/;
