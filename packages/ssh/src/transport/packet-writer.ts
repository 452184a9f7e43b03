import { type PacketSealer, paddingLength, plainSealer } from "../algorithms/packet-cipher.ts";
import type { RandomSource } from "../algorithms/provider.ts";
import { writeU32 } from "../wire/writer.ts";
import { OutputBuffer } from "./output-buffer.ts";

/** The sending half of the binary packet protocol (RFC 4253 §6): packets are built and sealed in the output buffer. */
export class PacketWriter {
  readonly output: OutputBuffer = new OutputBuffer();
  readonly #random: RandomSource;
  #sealer: PacketSealer = plainSealer;
  #sequence = 0;
  #noise: Uint8Array = new Uint8Array(0);
  #noiseAt = 0;
  #bytes = 0;
  #packets = 0;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** Bytes sealed with the current keys. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Packets sealed with the current keys. */
  get packets(): number {
    return this.#packets;
  }

  /** The number of the next packet. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Appends one packet whose payload is `head`, then `body`. Both are copied. */
  write(head: Uint8Array, body?: Uint8Array): void {
    const sealer = this.#sealer;
    const payload = head.length + (body?.length ?? 0);
    const padding = paddingLength(sealer, payload);
    const length = 1 + payload + padding;
    const packet = this.output.reserve(4 + length + sealer.tagLength);
    writeU32(packet, 0, length);
    packet[4] = padding;
    packet.set(head, 5);
    if (body !== undefined) packet.set(body, 5 + head.length);
    this.#fillPadding(packet.subarray(5 + payload, 4 + length));
    sealer.seal(this.#sequence, packet);
    // RFC 4253 §6.4: the number wraps at 2^32 and is never reset, but for strict key exchange.
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#bytes += packet.length;
    this.#packets++;
  }

  /** Takes new keys into use (RFC 4253 §7.3). */
  rekey(sealer: PacketSealer, resetSequence: boolean): void {
    this.#sealer.destroy();
    this.#sealer = sealer;
    this.#bytes = 0;
    this.#packets = 0;
    if (resetSequence) this.#sequence = 0;
  }

  destroy(): void {
    this.#sealer.destroy();
  }

  /** RFC 4253 §6: padding SHOULD be random. One call of the source serves many packets; no byte is used twice. */
  #fillPadding(target: Uint8Array): void {
    if (this.#noiseAt + target.length > this.#noise.length) {
      this.#noise = this.#random(NOISE_BYTES);
      this.#noiseAt = 0;
    }
    target.set(this.#noise.subarray(this.#noiseAt, this.#noiseAt + target.length));
    this.#noiseAt += target.length;
  }
}

/** At least one largest padding of 255 bytes. */
const NOISE_BYTES = 512;
