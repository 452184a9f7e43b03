import { SshError } from "../errors.ts";

/** Messages that wait for a key exchange to end (RFC 4253 §7.1), oldest first, under a byte limit. */
export class HeldTraffic {
  readonly #maxBytes: number;
  /** Made with the first one: an idle connection keeps nothing. */
  #payloads: Uint8Array[] | undefined;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Throws `limit-exceeded`: what waits here are answers, so only a peer that asks without end gets there. */
  push(payload: Uint8Array): void {
    this.#bytes += payload.length + COST;
    if (this.#bytes > this.#maxBytes)
      throw new SshError(
        "limit-exceeded",
        `holding messages back during a key exchange: more than ${this.#maxBytes} bytes have gathered`,
        { phase: "key exchange" },
      );
    this.#payloads ??= [];
    this.#payloads.push(payload);
  }

  takeAll(): readonly Uint8Array[] {
    const all = this.#payloads ?? [];
    this.clear();
    return all;
  }

  clear(): void {
    this.#payloads = undefined;
    this.#bytes = 0;
  }
}

/** What keeping one small message really takes. */
const COST = 64;
