import type { AgreedAlgorithms } from "./negotiate.ts";
import { RekeyBudget } from "./rekey-budget.ts";

/** When keys are changed. Each bound may only be lowered below what the algorithms demand. */
export interface RekeyOptions {
  /** Bytes in one direction with the same keys. Default 1 GiB (RFC 4253 §9). */
  readonly bytes?: number;
  /** Packets in one direction with the same keys. Default and highest value 2^31 (RFC 4344 §3.1). */
  readonly packets?: number;
  /** Milliseconds with the same keys. Default one hour (RFC 4253 §9). */
  readonly milliseconds?: number;
}

const DEFAULT_BYTES = 2 ** 30;
const MAX_PACKETS = 2 ** 31;
const DEFAULT_MILLISECONDS = 3_600_000;

/** What one direction has done with its keys. */
export interface KeyUsage {
  readonly bytes: number;
  readonly packets: number;
}

/** Knows when the next key exchange is due, and when the peer asks for one too often. */
export class RekeyPolicy {
  /** From the first key exchange of the peer's own on. */
  #budget: RekeyBudget | undefined;
  readonly #maxPackets: number;
  readonly #milliseconds: number;
  readonly #bytes: number;
  #sendBytes: number;
  #receiveBytes: number;
  #dueAt: number | undefined;

  constructor(options: RekeyOptions = {}) {
    this.#bytes = options.bytes ?? DEFAULT_BYTES;
    this.#maxPackets = Math.min(options.packets ?? MAX_PACKETS, MAX_PACKETS);
    this.#milliseconds = options.milliseconds ?? DEFAULT_MILLISECONDS;
    this.#sendBytes = this.#bytes;
    this.#receiveBytes = this.#bytes;
  }

  /** When the keys have to be changed for their age. */
  get dueAt(): number | undefined {
    return this.#dueAt;
  }

  /** Keys have been changed. Ciphers with short blocks bear fewer bytes (RFC 4344 §3.2). */
  sendKeysChanged({ clientToServer, serverToClient }: AgreedAlgorithms, client: boolean, now: number): void {
    const [out, into] = client ? [clientToServer, serverToClient] : [serverToClient, clientToServer];
    this.#sendBytes = Math.min(this.#bytes, out.cipher.maxBytesPerKey);
    this.#receiveBytes = Math.min(this.#bytes, into.cipher.maxBytesPerKey);
    this.#dueAt = now + this.#milliseconds;
  }

  /** The peer begins a key exchange. Throws `limit-exceeded` when it has done so too often. */
  peerBegins(sent: KeyUsage, received: KeyUsage, now: number): void {
    this.#budget ??= new RekeyBudget();
    this.#budget.spend(now, sent.bytes + received.bytes);
  }

  isDue(sent: KeyUsage, received: KeyUsage): boolean {
    return (
      sent.bytes >= this.#sendBytes ||
      received.bytes >= this.#receiveBytes ||
      sent.packets >= this.#maxPackets ||
      received.packets >= this.#maxPackets
    );
  }
}
