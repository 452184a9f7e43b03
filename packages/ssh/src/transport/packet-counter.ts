import type { KeyUsage } from "./rekey.ts";

/** Numbers the packets of one direction, and counts what its present keys have protected. */
export class PacketCounter implements KeyUsage {
  #sequence = 0;
  #bytes = 0;
  #packets = 0;

  /** The number of the next packet. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Bytes on the wire under the present keys. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Packets under the present keys. */
  get packets(): number {
    return this.#packets;
  }

  /** A packet of `size` bytes has passed. */
  count(size: number): void {
    // RFC 4253 §6.4: the number wraps at 2^32 and is never reset, but for strict key exchange.
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#bytes += size;
    this.#packets++;
  }

  /** New keys are in use (RFC 4253 §7.3). */
  rekeyed(resetSequence: boolean): void {
    this.#bytes = 0;
    this.#packets = 0;
    if (resetSequence) this.#sequence = 0;
  }
}
