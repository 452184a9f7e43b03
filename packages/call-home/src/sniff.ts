import { DialectError, type DialectErrorCode } from "./dialect-errors.ts";
import { isOutboundSshLine } from "./outbound-ssh.ts";
import { beginsProxyHeader, decodeProxyHeader, type ProxyHeader, type ProxyLimits } from "./proxy-protocol.ts";

/**
 * Tells by its first bytes how a connection begins: bytes in, a verdict out.
 *
 *   start ──▶ proxy header (when it has to come) ──▶ transport tls: done
 *                                               └──▶ first bytes ──▶ preamble lines ──▶ lines ──▶ "SSH-": done
 *
 * In Call Home the device is the SSH server, and both ends of SSH send their identification at once (RFC 4253 §4.2): so
 * waiting for it holds nothing up. With TLS the manager speaks first (RFC 8071 §3.1: it is the TLS client), and a device is
 * silent until then: nothing is sniffed but a balancer's header. Time is the caller's to limit.
 */
export interface SnifferOptions extends ProxyLimits {
  /** What the listener is for. */
  readonly transport: "ssh" | "tls";
  /** Whether the connection comes from a listed balancer: then a PROXY header has to come, and otherwise it must not. */
  readonly fromBalancer: boolean;
  /** Bytes until SSH begins, a PROXY header not counted. Default 16 384: the text of the longest host keys is 3000. */
  readonly maxPreambleBytes?: number;
}

/** What stood before SSH or TLS. */
export interface Sniffed {
  readonly proxy: ProxyHeader | undefined;
  /** The lines of a Junos preamble, without their ends; empty without one. */
  readonly preamble: readonly string[];
  /** What belongs to SSH or TLS and has arrived already. */
  readonly rest: Uint8Array;
}

type Phase = "proxy" | "first" | "preamble" | "lines" | "done";

/**
 * Finds out from its first bytes what a caller speaks.
 *
 * @example
 * const sniffer = new DialectSniffer({ transport: "ssh", fromBalancer: false });
 */
export class DialectSniffer {
  readonly #options: SnifferOptions;
  readonly #limit: number;
  #phase: Phase;
  /** All bytes so far, from 0 to `#end`. */
  #held: Uint8Array = new Uint8Array(512);
  #end = 0;
  /** Where a PROXY header ended. */
  #begin = 0;
  /** What SSH or TLS gets begins here. Lines before an identification are SSH's too (RFC 4253 §4.2). */
  #rest = 0;
  /** Where the present line begins, and where the search for its end goes on. */
  #line = 0;
  #searched = 0;
  #proxy: ProxyHeader | undefined;
  readonly #lines: string[] = [];

  constructor(options: SnifferOptions) {
    this.#options = options;
    this.#limit = options.maxPreambleBytes ?? DEFAULT_MAX_PREAMBLE_BYTES;
    this.#phase = options.fromBalancer ? "proxy" : options.transport === "tls" ? "done" : "first";
  }

  /** The verdict; undefined while more bytes are needed. */
  get result(): Sniffed | undefined {
    if (this.#phase !== "done") return undefined;
    return { proxy: this.#proxy, preamble: this.#lines, rest: this.#held.slice(this.#rest, this.#end) };
  }

  /** @throws DialectError for what is no Call Home connection; afterwards the sniffer is of no use */
  receive(chunk: Uint8Array): void {
    this.#append(chunk);
    if (this.#phase === "proxy") this.#readProxyHeader();
    if (this.#phase === "first") this.#judgeFirstBytes();
    while (this.#phase === "preamble" || this.#phase === "lines") if (!this.#readLine()) break;
    const taken = (this.#phase === "done" ? this.#line : this.#end) - this.#begin;
    if (this.#phase !== "proxy" && taken > this.#limit) {
      throw new DialectError("limit-preamble", `the peer sent ${this.#limit} bytes without beginning with SSH`);
    }
  }

  /** @throws DialectError `closed-in-preamble`, unless the verdict is there */
  receiveEnd(): void {
    if (this.#phase === "done") return;
    const when = this.#end === 0 ? "before it said anything" : "before SSH began";
    throw new DialectError("closed-in-preamble", `the peer closed the connection ${when}`);
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#end + chunk.length;
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#end));
      this.#held = grown;
    }
    this.#held.set(chunk, this.#end);
    this.#end = needed;
  }

  #readProxyHeader(): void {
    const header = decodeProxyHeader(this.#held.subarray(0, this.#end), this.#options);
    if (header === undefined) return;
    this.#proxy = header;
    this.#begin = this.#rest = this.#line = this.#searched = header.length;
    this.#phase = this.#options.transport === "tls" ? "done" : "first";
  }

  #judgeFirstBytes(): void {
    const bytes = this.#held.subarray(this.#begin, this.#end);
    if (bytes.length === 0) return;
    if (beginsProxyHeader(bytes) === true) {
      throw new DialectError("proxy-header-unexpected", "a PROXY header came from an address that is no balancer's");
    }
    const text = String.fromCharCode(...bytes.subarray(0, MAX_START_LENGTH));
    const wrong = WRONG_STARTS.find(([start]) => text.startsWith(start));
    if (wrong !== undefined) throw new DialectError(wrong[1], wrong[2]);
    // "G" may become "GET ": wait while what there is could still be the beginning of something known.
    if (STARTS.some((start) => start.length > text.length && start.startsWith(text))) return;
    this.#phase = text.startsWith(PREAMBLE_START) ? "preamble" : "lines";
  }

  /** Takes one line, or finds SSH. False when more bytes are needed, or none. */
  #readLine(): boolean {
    const bytes = this.#held.subarray(this.#line, this.#line + SSH_START.length);
    if (SSH_START.every((byte, at) => bytes[at] === byte)) {
      this.#phase = "done";
      return false;
    }
    const unread = this.#held.subarray(this.#searched, this.#end);
    const lineFeed = unread.indexOf(LF);
    const part = lineFeed === -1 ? unread : unread.subarray(0, lineFeed);
    const allowed = this.#phase === "preamble" ? isPreambleByte : isTextByte;
    if (!part.every(allowed)) {
      throw new DialectError("not-ssh", "the peer sent bytes that are neither text nor an SSH identification");
    }
    this.#searched += part.length;
    if (lineFeed === -1) return false;
    this.#searched++;
    if (this.#phase === "preamble") this.#takePreambleLine();
    this.#line = this.#searched;
    return true;
  }

  #takePreambleLine(): void {
    const line = new TextDecoder().decode(this.#held.subarray(this.#line, this.#searched)).replace(/\r?\n$/, "");
    if (isOutboundSshLine(line)) this.#lines.push(line);
    else if (line !== "") {
      this.#phase = "lines";
      return;
    }
    this.#rest = this.#searched;
  }
}

const DEFAULT_MAX_PREAMBLE_BYTES = 16_384;
const LF = 0x0a;
const SSH_START = new TextEncoder().encode("SSH-");
const PREAMBLE_START = "MSG-ID:";
/** What begins otherwise, told by name so that an operator sees what is wrong. */
const WRONG_STARTS: readonly (readonly [start: string, code: DialectErrorCode, message: string])[] = [
  ["\x16\x03", "tls-instead", "the peer speaks TLS, as a client does, to a listener for SSH"],
  ["<", "xml-instead", "the peer sent XML without a secure transport"],
  ...["GET ", "HEAD ", "POST ", "PUT ", "OPTIONS ", "CONNECT ", "PRI * HTTP/", "HTTP/"].map(
    (start) => [start, "http-instead", "the peer speaks HTTP"] as const,
  ),
];

/** As characters of one byte each. PROXY headers are known by `beginsProxyHeader`. */
const STARTS: readonly string[] = [
  "SSH-",
  PREAMBLE_START,
  "PROXY ",
  "\r\n\r\n\x00\r\nQUIT\n",
  ...WRONG_STARTS.map(([start]) => start),
];
const MAX_START_LENGTH = 12;

const TAB = 0x09;
const CR = 0x0d;
const FIRST_PRINTABLE = 0x20;
const DELETE = 0x7f;

/** RFC 4253 §4.2: other lines before the identification are UTF-8 text. */
function isTextByte(byte: number): boolean {
  return (byte >= FIRST_PRINTABLE && byte !== DELETE) || byte === TAB || byte === CR;
}

/** Junos ends the text of its host key with NUL. */
function isPreambleByte(byte: number): boolean {
  return isTextByte(byte) || byte === 0;
}
