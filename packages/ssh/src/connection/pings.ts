import { decodePing, encodePing } from "../messages/transport.ts";
import { SshWriter } from "../wire/writer.ts";
import { type GlobalRequests, KEEPALIVE } from "./global-requests.ts";
import type { ConnectionPort } from "./port.ts";

const NO_DATA = new Uint8Array(0);

/**
 * Signs of life: SSH_MSG_PING where the peer has announced ping@openssh.com (OpenSSH PROTOCOL §1.8), elsewhere a global
 * request, which any implementation answers in some way.
 */
export class Pings {
  readonly #port: ConnectionPort;
  readonly #global: GlobalRequests;
  /** Tokens of our SSH_MSG_PING without an answer, by the data that comes back. */
  #asked: Map<string, number> | undefined;
  #nextToken = 0;

  constructor(port: ConnectionPort, global: GlobalRequests) {
    this.#port = port;
    this.#global = global;
  }

  /** Asks; the event `pong` with this token is the answer. */
  ping(): number {
    const token = this.#nextToken++;
    if (this.#port.peerAnswersPing) {
      const data = new SshWriter(8).u64(BigInt(token)).take();
      this.#asked ??= new Map();
      this.#asked.set(data.join(), token);
      this.#port.send(encodePing({ type: "ping", data }));
    } else this.#global.ask(KEEPALIVE, NO_DATA, () => this.#port.emit({ type: "pong", token }));
    return token;
  }

  /** The transport lets a PING through only when we have announced that we answer. */
  receivePing(payload: Uint8Array): void {
    this.#port.send(encodePing({ type: "pong", data: decodePing(payload).data }));
  }

  /** Data that we have not sent answers nothing. */
  receivePong(payload: Uint8Array): void {
    const data = decodePing(payload).data.join();
    const token = this.#asked?.get(data);
    if (token === undefined) return;
    this.#asked?.delete(data);
    this.#port.emit({ type: "pong", token });
  }
}
