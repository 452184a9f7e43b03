import { type PacketSealer, paddingLength, plainSealer } from "../algorithms/packet-cipher.ts";
import type { RandomSource } from "../algorithms/provider.ts";
import { writeU32 } from "../wire/writer.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { PacketCounter } from "./packet-counter.ts";

/** The sending half of the binary packet protocol (RFC 4253 §6): packets are built and sealed in the output buffer. */
export class PacketWriter {
  readonly output: OutputBuffer = new OutputBuffer();
  readonly counter: PacketCounter = new PacketCounter();
  readonly #random: RandomSource;
  #sealer: PacketSealer = plainSealer;
  #noise: Uint8Array = new Uint8Array(0);
  #noiseAt = 0;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** Appends one packet whose payload is `head`, then `body`. Both are copied. */
  write(head: Uint8Array, body: Uint8Array = EMPTY): void {
    const sealer = this.#sealer;
    const payload = head.length + body.length;
    const padding = paddingLength(sealer, payload);
    const length = 1 + payload + padding;
    const packet = this.output.reserve(4 + length + sealer.tagLength);
    writeU32(packet, 0, length);
    packet[4] = padding;
    packet.set(head, 5);
    packet.set(body, 5 + head.length);
    this.#fillPadding(packet.subarray(5 + payload, 4 + length));
    sealer.seal(this.counter.sequence, packet);
    this.counter.count(packet.length);
  }

  /** Takes new keys into use (RFC 4253 §7.3). */
  rekey(sealer: PacketSealer, resetSequence: boolean): void {
    this.#sealer.destroy();
    this.#sealer = sealer;
    this.counter.rekeyed(resetSequence);
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

const EMPTY: Uint8Array = new Uint8Array(0);
/** At least one largest padding of 255 bytes. */
const NOISE_BYTES = 512;
