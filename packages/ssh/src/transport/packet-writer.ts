import {
  type CryptoJob,
  type JobSink,
  type PacketSealer,
  paddingLength,
  plainSealer,
} from "../algorithms/packet-cipher.ts";
import type { RandomSource } from "../algorithms/provider.ts";
import { writeU32 } from "../wire/writer.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { PacketCounter } from "./packet-counter.ts";
import { PacketsSealing } from "./packets-sealing.ts";
import { Padding } from "./padding.ts";

/**
 * The sending half of the binary packet protocol (RFC 4253 §6): packets are built and sealed in the output buffer; or large
 * ones aside, where the cipher has that.
 */
export class PacketWriter {
  readonly output: OutputBuffer = new OutputBuffer();
  readonly counter: PacketCounter = new PacketCounter();
  readonly #padding: Padding;
  readonly #sink: JobSink;
  #sealing: PacketsSealing | undefined;
  #sealer: PacketSealer = plainSealer;

  /** `sink` gets the jobs of packets that are sealed aside, to be run; `finish()` takes their results. */
  constructor(random: RandomSource, sink: JobSink) {
    this.#padding = Padding.from(random);
    this.#sink = sink;
  }

  /** Appends one packet whose payload is `head`, then `body`. Both are copied. */
  write(head: Uint8Array, body: Uint8Array = EMPTY): void {
    const sealer = this.#sealer;
    const { later, tagLength } = sealer;
    const payload = head.length + body.length;
    const padding = paddingLength(sealer, payload);
    const end = 5 + payload + padding;
    const aside = later !== undefined && end + tagLength >= later.leastBytes;
    const packet = aside ? new Uint8Array(end) : this.output.reserve(end + tagLength);
    writeU32(packet, 0, end - 4);
    packet[4] = padding;
    packet.set(head, 5);
    packet.set(body, 5 + head.length);
    this.#padding.fill(packet, 5 + payload, end);
    if (aside) {
      this.#sealing ??= new PacketsSealing(this.output, this.#sink);
      this.#sealing.begin(later, packet, tagLength);
    } else sealer.seal(this.counter.sequence, packet);
    this.counter.count(end + tagLength);
  }

  /** Whether it was a job of this half. */
  finish(job: CryptoJob, result: Uint8Array | undefined): boolean {
    return this.#sealing?.finish(job, result) === true;
  }

  /** Takes new keys into use (RFC 4253 §7.3). */
  rekey(sealer: PacketSealer, resetSequence: boolean): void {
    this.destroy();
    this.#sealer = sealer;
    this.counter.rekeyed(resetSequence);
  }

  /** Lets go of the keys. What has been written is sealed with them first. */
  destroy(): void {
    this.#sealing?.sealRest();
    this.#sealer.destroy();
  }
}

const EMPTY: Uint8Array = new Uint8Array(0);
