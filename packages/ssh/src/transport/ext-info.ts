import { SshError } from "../errors.ts";
import { decodeExtInfo, encodeExtInfo } from "../messages/transport.ts";
import { SshReader } from "../wire/reader.ts";
import { SshWriter } from "../wire/writer.ts";
import type { Role } from "./legal-messages.ts";

/** What each side adds to its kex algorithms, in its first KEXINIT only (RFC 8308 §2.1). */
export const extInfoIndicators: Readonly<Record<Role, string>> = { client: "ext-info-c", server: "ext-info-s" };

const SERVER_SIG_ALGS = "server-sig-algs";
/** OpenSSH PROTOCOL §1.8: whoever announces it, with this version, answers SSH_MSG_PING. */
const PING = "ping@openssh.com";
const PING_VERSION = "0";

/** Our SSH_MSG_EXT_INFO as a server (RFC 8308 §3.1): what users may log in with, and that pings are answered. */
export function serverExtInfo(signatureAlgorithms: readonly string[]): Uint8Array {
  const utf8 = new TextEncoder();
  const extensions = new Map([
    [SERVER_SIG_ALGS, utf8.encode(signatureAlgorithms.join(","))],
    [PING, utf8.encode(PING_VERSION)],
  ]);
  return encodeExtInfo({ type: "extInfo", extensions });
}

/**
 * Watches over SSH_MSG_EXT_INFO of the peer: it is legal as the first packet after the peer's first NEWKEYS, and from a
 * server once more right before USERAUTH_SUCCESS (RFC 8308 §2.4). Anywhere else it is an attempt at injection
 * (CVE-2023-46445).
 */
export class ExtInfoReceiver {
  readonly #role: Role;
  #packetsSinceNewKeys = 0;
  #successMustFollow = false;
  /** What the server says it accepts in publickey requests, once it has said so. */
  serverSignatureAlgorithms: readonly string[] | undefined;
  /** Whether the peer says that it answers SSH_MSG_PING. */
  answersPing = false;

  /** `role` is ours. */
  constructor(role: Role) {
    this.#role = role;
  }

  /** To be called for each packet of the peer after its first NEWKEYS, in order. Throws `message-not-allowed`. */
  observe(number: number, payload: Uint8Array, authenticating: boolean): void {
    const index = this.#packetsSinceNewKeys++;
    if (this.#successMustFollow && number !== USERAUTH_SUCCESS && number !== DISCONNECT)
      throw misplaced(`message ${number} follows an SSH_MSG_EXT_INFO in the middle of the authentication`);
    if (number !== EXT_INFO) return;
    if (index > 0) {
      if (this.#role === "server" || !authenticating || this.#successMustFollow)
        throw misplaced("SSH_MSG_EXT_INFO came neither after SSH_MSG_NEWKEYS nor before SSH_MSG_USERAUTH_SUCCESS");
      this.#successMustFollow = true;
    }
    this.#take(payload);
  }

  /** The second opportunity has passed, and nobody logs in any more. */
  authenticated(): void {
    this.#successMustFollow = false;
    this.serverSignatureAlgorithms = undefined;
  }

  #take(payload: Uint8Array): void {
    const { extensions } = decodeExtInfo(payload);
    const value = extensions.get(SERVER_SIG_ALGS);
    const ping = extensions.get(PING);
    this.answersPing = ping?.length === 1 && ping[0] === PING_VERSION.charCodeAt(0);
    // RFC 8308 §3.1: a server may ignore the list of a client. §2.4: a second message replaces the first.
    if (this.#role === "client") this.serverSignatureAlgorithms = value === undefined ? undefined : nameList(value);
  }
}

const DISCONNECT = 1;
const EXT_INFO = 7;
const USERAUTH_SUCCESS = 52;

function nameList(value: Uint8Array): readonly string[] {
  const list = new SshWriter(value.length + 4).string(value).take();
  return new SshReader(list, "malformed-message", "server-sig-algs").nameList();
}

function misplaced(problem: string): SshError {
  return new SshError("message-not-allowed", `reading extensions: ${problem}`, { phase: "authentication" });
}
